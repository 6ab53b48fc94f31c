package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Master wraps the persons' keys. It is a Tink keyset: the primary key wraps,
// and every key in it unwraps, so that a newer key may be added beside an older
// one (RotateMasterFile) and everything wrapped anew (Rewrap) while programs
// run. It may be used by several goroutines.
type Master struct {
	ring    atomic.Pointer[ring]
	changed func() (*keyset.Handle, error) // a keyset that is newer than the last one; nil where it cannot change

	mu     sync.Mutex
	readAt time.Time
}

// ring is the keyset as it was last read.
type ring struct {
	aead    tink.AEAD
	primary uint32
}

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
	if !m.usable() || aad == "" {
		return nil, Key{}, ErrUse
	}
	handle, err := newKeyset()
	if err != nil {
		return nil, Key{}, err
	}
	if wrapped, err = wrap(m.ring.Load().aead, handle, aad); err != nil {
		return nil, Key{}, err
	}
	key, err = keyOf(handle)
	return wrapped, key, err
}

// Unwrap is the person's key that NewKey wrapped for the same place with this
// master key, and ErrClosed for anything else.
func (m *Master) Unwrap(wrapped []byte, aad string) (Key, error) {
	handle, err := m.unwrap(wrapped, aad)
	if err != nil {
		return Key{}, err
	}
	return keyOf(handle)
}

// Rewrap wraps a wrapped key anew with the primary key: the key itself, and
// with it everything sealed, stays as it is.
func (m *Master) Rewrap(wrapped []byte, aad string) ([]byte, error) {
	handle, err := m.unwrap(wrapped, aad)
	if err != nil {
		return nil, err
	}
	return wrap(m.ring.Load().aead, handle, aad)
}

// Current reports whether a wrapped key is wrapped with the primary key. It does
// not say whether it opens.
func (m *Master) Current(wrapped []byte) bool {
	if !m.usable() {
		return false
	}
	encrypted, err := keyset.NewBinaryReader(bytes.NewReader(wrapped)).ReadEncrypted()
	if err != nil {
		return false
	}
	text := encrypted.GetEncryptedKeyset() // begins with 1 and the key's id
	return len(text) > 5 && text[0] == 1 && binary.BigEndian.Uint32(text[1:5]) == m.ring.Load().primary
}

func (m *Master) usable() bool { return m != nil && m.ring.Load() != nil }

func (m *Master) unwrap(wrapped []byte, aad string) (*keyset.Handle, error) {
	if !m.usable() || aad == "" {
		return nil, ErrUse
	}
	ring := m.ring.Load()
	handle, err := unwrap(ring.aead, wrapped, aad)
	if err == nil {
		return handle, nil
	}
	next, cause := m.renewed(ring)
	switch {
	case cause != nil: // the key may be there, behind a KMS that is not
		return nil, fmt.Errorf("%w; read the master key again: %w", ErrClosed, cause)
	case next == nil:
		return nil, err
	}
	return unwrap(next.aead, wrapped, aad)
}

// readAgainAfter keeps what never opens from reading the file each time.
const readAgainAfter = time.Second

// renewed is a newer ring than the one that failed, nil where there is none,
// after looking for it where the keyset came from.
func (m *Master) renewed(failed *ring) (*ring, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.ring.Load(); now != failed {
		return now, nil
	}
	if m.changed == nil || time.Since(m.readAt) < readAgainAfter {
		return nil, nil
	}
	handle, err := m.changed()
	m.readAt = time.Now() // not before: those who waited for a slow KMS must not ask it one by one
	if handle == nil {
		return nil, err
	}
	next, err := ringOf(handle)
	if err != nil {
		return nil, err
	}
	m.ring.Store(next)
	return next, nil
}

func wrap(with tink.AEAD, handle *keyset.Handle, aad string) ([]byte, error) {
	var out bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&out), with, []byte(aad)); err != nil {
		return nil, errors.New("seal: wrap a key") // the cause may describe the key
	}
	return out.Bytes(), nil
}

func unwrap(with tink.AEAD, wrapped []byte, aad string) (*keyset.Handle, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), with, []byte(aad))
	if err != nil {
		return nil, ErrClosed
	}
	return handle, nil
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
	r, err := ringOf(handle)
	if err != nil {
		return nil, err
	}
	m := &Master{}
	m.ring.Store(r)
	return m, nil
}

func ringOf(handle *keyset.Handle) (*ring, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, ErrClosed
	}
	return &ring{primitive, handle.KeysetInfo().GetPrimaryKeyId()}, nil
}

func keyOf(handle *keyset.Handle) (Key, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return Key{}, ErrClosed
	}
	return Key{primitive}, nil
}
