package seal

import (
	"bytes"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Master wraps the persons' keys. It is a Tink keyset, so that a newer key may
// be added beside an older one with Tink's own tools: the primary key wraps, and
// every enabled key unwraps. It may be used by several goroutines.
type Master struct{ aead tink.AEAD }

// NewMaster is a new master key that lives in memory only, for tests.
func NewMaster() (*Master, error) {
	handle, err := newKeyset()
	if err != nil {
		return nil, err
	}
	return masterOf(handle)
}

// NewKey makes a person's key and wraps it for the place where it will lie,
// bound to the person: seal.At("person_key", "wrapped", personID). Only wrapped
// is stored; deleting it erases the person (R12).
func (m *Master) NewKey(aad string) (wrapped []byte, key Key, err error) {
	if m == nil || m.aead == nil || aad == "" {
		return nil, Key{}, ErrUse
	}
	handle, err := newKeyset()
	if err != nil {
		return nil, Key{}, err
	}
	var out bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&out), m.aead, []byte(aad)); err != nil {
		return nil, Key{}, errors.New("seal: wrap a person's key") // the cause may describe the key
	}
	key, err = keyOf(handle)
	return out.Bytes(), key, err
}

// Unwrap is the person's key that NewKey wrapped for the same place with this
// master key, and ErrClosed for anything else.
func (m *Master) Unwrap(wrapped []byte, aad string) (Key, error) {
	if m == nil || m.aead == nil || aad == "" {
		return Key{}, ErrUse
	}
	reader := keyset.NewBinaryReader(bytes.NewReader(wrapped))
	handle, err := keyset.ReadWithAssociatedData(reader, m.aead, []byte(aad))
	if err != nil {
		return Key{}, ErrClosed
	}
	return keyOf(handle)
}

// String keeps the key out of logs.
func (*Master) String() string { return "seal.Master" }

// GoString keeps the key out of logs.
func (*Master) GoString() string { return "seal.Master" }

func newKeyset() (*keyset.Handle, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, errors.New("seal: make a key")
	}
	return handle, nil
}

func masterOf(handle *keyset.Handle) (*Master, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, ErrClosed
	}
	return &Master{primitive}, nil
}

func keyOf(handle *keyset.Handle) (Key, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return Key{}, ErrClosed
	}
	return Key{primitive}, nil
}
