package picture

import "encoding/binary"

// An orientation is how a picture is turned to be looked at: 2 to 8 as EXIF
// counts them. 0 stands for upright, or for none that can be read.
type orientation byte

const (
	orientationTag = 0x0112
	shortType      = 3  // an unsigned number of 16 bits
	fieldSize      = 12 // bytes: tag, type, count, value
)

// orientationOf reads one field of EXIF, which is a TIFF file in small. It looks
// at the first directory only: the next is about the thumbnail.
func orientationOf(tiff []byte) orientation {
	order := byteOrder(tiff)
	if order == nil {
		return 0
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	fields := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(fields) < fieldSize {
			return 0
		}
		if order.Uint16(fields) == orientationTag && order.Uint16(fields[2:]) == shortType {
			if o := order.Uint16(fields[8:]); o >= 2 && o <= 8 {
				return orientation(o)
			}
			return 0
		}
		fields = fields[fieldSize:]
	}
	return 0
}

// byteOrder is the order that a TIFF file's header names; nil where there is no
// such header.
func byteOrder(tiff []byte) binary.ByteOrder {
	if len(tiff) < 8 {
		return nil
	}
	switch string(tiff[:4]) {
	case "II*\x00":
		return binary.LittleEndian
	case "MM\x00*":
		return binary.BigEndian
	}
	return nil
}

// exif is the smallest EXIF that says an orientation and nothing else.
func (o orientation) exif() []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01") // the directory, at 8, has one field
	tiff = binary.BigEndian.AppendUint16(tiff, orientationTag)
	tiff = binary.BigEndian.AppendUint16(tiff, shortType)
	tiff = binary.BigEndian.AppendUint32(tiff, 1)
	return append(tiff, 0, byte(o), 0, 0, 0, 0, 0, 0) // the value, and that no directory follows
}
