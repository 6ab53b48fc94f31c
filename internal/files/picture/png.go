package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	anySize      = 1<<31 - 1 // the largest that a PNG's chunk can have
	largestExif  = 64 << 10
)

// pngChunks are the chunks that stay, with the most bytes that each may have:
// the picture, its palette and transparency, and what its colours and the size
// of its dots are.
var pngChunks = map[string]uint32{
	"IHDR": 13, "PLTE": 768, "IDAT": anySize, "IEND": 0,
	"tRNS": 768, "gAMA": 4, "cHRM": 32, "sRGB": 1, "sBIT": 4, "pHYs": 9, "iCCP": 4 << 20,
}

// PNG copies a PNG from src to dst without its metadata, and leaves src after
// the picture's end. Every chunk's checksum is looked at, also of what is left
// out. Of an animation the first picture stays. It uses some 70 KB of memory,
// however large the picture is.
func PNG(dst io.Writer, src *bufio.Reader) error {
	return buffered(dst, func(out *bufio.Writer) error {
		return (&png{in: src, out: out}).copy()
	})
}

// png is a picture on its way.
type png struct {
	in            *bufio.Reader
	out           *bufio.Writer
	buffer        [32 << 10]byte
	begun, filled bool // the header came, and a part of the picture
	turned        bool // the orientation was written
}

func (p *png) copy() error {
	begin := make([]byte, len(pngSignature))
	if _, err := io.ReadFull(p.in, begin); err != nil {
		return err
	}
	if string(begin) != pngSignature {
		return notPNG
	}
	if _, err := p.out.Write(begin); err != nil {
		return err
	}
	for {
		c, err := p.chunk()
		if err != nil {
			return err
		}
		if err := p.part(c); err != nil || c.name == "IEND" {
			return err
		}
	}
}

// chunk is a chunk's head; its content is still to be read.
type chunk struct {
	size uint32
	name string
	sum  hash.Hash32 // of the name, and of the content when it was read
}

func (p *png) chunk() (chunk, error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(p.in, head); err != nil {
		return chunk{}, err
	}
	c := chunk{binary.BigEndian.Uint32(head), string(head[4:]), crc32.NewIEEE()}
	for _, letter := range head[4:] {
		if letter|0x20 < 'a' || letter|0x20 > 'z' {
			return chunk{}, damaged
		}
	}
	if c.size > anySize {
		return chunk{}, damaged
	}
	_, err := c.sum.Write(head[4:])
	return c, err
}

// part copies one chunk or leaves it out.
func (p *png) part(c chunk) error {
	if err := p.inOrder(c.name); err != nil {
		return err
	}
	most, kept := pngChunks[c.name]
	switch {
	case kept && c.size > most:
		return damaged
	case kept:
		return p.keep(c)
	case c.name == "eXIf" && c.size <= largestExif:
		return p.turn(c)
	case c.name[0]&0x20 == 0: // a capital: the picture cannot be shown without it
		return strange
	}
	return p.content(io.Discard, c)
}

func (p *png) inOrder(name string) error {
	if p.begun == (name == "IHDR") || name == "IEND" && !p.filled {
		return misplaced
	}
	p.begun = true
	p.filled = p.filled || name == "IDAT"
	return nil
}

// keep copies a chunk as it is.
func (p *png) keep(c chunk) error {
	if _, err := p.out.Write(append(binary.BigEndian.AppendUint32(nil, c.size), c.name...)); err != nil {
		return err
	}
	if err := p.content(p.out, c); err != nil {
		return err
	}
	_, err := p.out.Write(c.sum.Sum(nil))
	return err
}

// turn copies of a chunk of EXIF which side of the picture is up.
func (p *png) turn(c chunk) error {
	var tiff bytes.Buffer
	if err := p.content(&tiff, c); err != nil {
		return err
	}
	o := orientationOf(tiff.Bytes())
	if o == 0 || p.turned {
		return nil
	}
	p.turned = true
	content := append([]byte(c.name), o.exif()...)
	whole := binary.BigEndian.AppendUint32(nil, uint32(len(content)-len(c.name)))
	whole = append(whole, content...)
	_, err := p.out.Write(binary.BigEndian.AppendUint32(whole, crc32.ChecksumIEEE(content)))
	return err
}

// content copies a chunk's content to dst, and compares its checksum with the
// one that follows.
func (p *png) content(dst io.Writer, c chunk) error {
	content := io.LimitReader(p.in, int64(c.size))
	if n, err := io.CopyBuffer(io.MultiWriter(dst, c.sum), content, p.buffer[:]); err != nil {
		return err
	} else if n < int64(c.size) {
		return tooShort
	}
	said := make([]byte, c.sum.Size())
	if _, err := io.ReadFull(p.in, said); err != nil {
		return err
	}
	if !bytes.Equal(said, c.sum.Sum(nil)) {
		return damaged
	}
	return nil
}
