package seal

import (
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/streamingaead/aesgcmhkdf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// segment is how much of a stream is sealed at a time, in bytes: what one stream
// holds in memory is some three times as much.
const segment = 64 << 10

// Stream seals and opens what is too large for memory, such as a file of a
// person's (R12), a segment at a time. It has a key of its own, which lies
// wrapped by the person's: without the person's key the stream opens no more.
// It comes from Key.NewStream or Key.OpenStream and is bound to one place. The
// zero Stream answers ErrUse.
type Stream struct {
	aead tink.StreamingAEAD
	aad  []byte
}

// NewStream makes a key for one stream at one place (see At), and wraps it with
// the person's key for the same place.
func (k Key) NewStream(aad string) (wrapped []byte, s Stream, err error) {
	if k.aead == nil || aad == "" {
		return nil, Stream{}, ErrUse
	}
	handle, err := newStreamKeyset()
	if err != nil {
		return nil, Stream{}, errors.New("seal: make a stream's key") // the cause may describe the key
	}
	if wrapped, err = wrap(k.aead, handle, aad); err != nil {
		return nil, Stream{}, err
	}
	s, err = streamOf(handle, aad)
	return wrapped, s, err
}

// OpenStream is the stream whose key NewStream wrapped for the same place with
// the same person's key, and ErrClosed for anything else.
func (k Key) OpenStream(wrapped []byte, aad string) (Stream, error) {
	if k.aead == nil || aad == "" {
		return Stream{}, ErrUse
	}
	handle, err := unwrap(k.aead, wrapped, aad)
	if err != nil {
		return Stream{}, err
	}
	return streamOf(handle, aad)
}

// Seal encrypts what is written, into w. Nothing of it opens as a whole until
// Close has written the last segment; Close leaves w open. A stream is sealed
// into once.
func (s Stream) Seal(w io.Writer) (io.WriteCloser, error) {
	if s.aead == nil {
		return nil, ErrUse
	}
	sealed, err := s.aead.NewEncryptingWriter(w, s.aad)
	if err != nil {
		return nil, fmt.Errorf("seal: begin a stream: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal wrote. Every byte it gives is as it was sealed and at
// its place; that nothing is missing at the end is known only at io.EOF. For
// whatever was altered, moved or cut short it answers ErrClosed, and where r
// fails, r's error.
func (s Stream) Open(r io.Reader) (io.Reader, error) {
	if s.aead == nil {
		return nil, ErrUse
	}
	source := &remembering{r: r}
	opened, err := s.aead.NewDecryptingReader(source, s.aad)
	if err != nil {
		return nil, ErrClosed
	}
	return &opening{opened, source}, nil
}

// opening is a stream that is read.
type opening struct {
	opened io.Reader
	source *remembering
}

func (o *opening) Read(p []byte) (int, error) {
	n, err := o.opened.Read(p)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case o.source.err != nil:
		return 0, o.source.err
	}
	return 0, ErrClosed // n bytes of what does not open are nobody's
}

// remembering keeps the error of a reader, which decryption replaces by its own.
type remembering struct {
	r   io.Reader
	err error // never io.EOF
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// String keeps the key out of logs.
func (Stream) String() string { return "seal.Stream" }

// GoString keeps the key out of logs.
func (Stream) GoString() string { return "seal.Stream" }

func newStreamKeyset() (*keyset.Handle, error) {
	form, err := aesgcmhkdf.NewParameters(aesgcmhkdf.ParametersOpts{
		KeySizeInBytes: 32, DerivedKeySizeInBytes: 32, HKDFHashType: aesgcmhkdf.SHA256, SegmentSizeInBytes: segment,
	})
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManager()
	id, err := manager.AddNewKeyFromParameters(form)
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err != nil {
		return nil, err
	}
	return manager.Handle()
}

func streamOf(handle *keyset.Handle, aad string) (Stream, error) {
	primitive, err := streamingaead.New(handle)
	if err != nil {
		return Stream{}, ErrClosed
	}
	return Stream{primitive, []byte(aad)}, nil
}
