// Package seal encrypts identity (R12): name, birth date, contact points,
// addresses and family are stored only as what Key.Seal returns.
//
// It is envelope encryption. Each person has a key of their own, AES-256-GCM,
// which lies in the database wrapped by the master key; the master key lies
// outside the database, in a file or a variable, where a key in a KMS may encrypt
// it in its turn (package kms). So a copy of the database alone opens nothing, and
// to delete a person's wrapped key is to erase the person: whatever was sealed
// with it, in whatever table or backup of those tables, opens never again. It is
// as final as the oldest backup that still holds the wrapped key.
//
// Every sealed value is bound to its place (see At), a person's key to the
// person. A value that somebody moved to another row or column does not open.
//
// What is too large for memory, such as a file, is sealed as a Stream, whose own
// key lies wrapped by the person's.
package seal

import (
	"errors"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// What can go wrong. Neither text says anything about a key or a value.
var (
	// ErrClosed is the one answer to everything that does not open: another
	// key, another place, or altered bytes. Which of them is not said.
	ErrClosed = errors.New("seal: this does not open here")
	// ErrUse is a mistake in the calling code: a zero Key or Master, or no place.
	ErrUse = errors.New("seal: used without a key or without a place")
)

// At is the place of a value: table, column and row. Seal and Open take it as
// associated data, and so do NewKey and Unwrap, with the person's id as row:
//
//	seal.At("person_key", "wrapped", personID)
//
// Different places never give the same text.
func At(table, column, rowID string) string {
	return strconv.Quote(table) + "." + strconv.Quote(column) + "#" + strconv.Quote(rowID)
}

// Key seals and opens what belongs to one person (R12). It comes from
// Master.NewKey or Master.Unwrap, lives in memory only, and may be used by
// several goroutines. The zero Key answers ErrUse.
type Key struct{ aead tink.AEAD }

// Seal encrypts plaintext for one place. Sealing the same text twice gives
// different bytes, about 33 more than the text has; an empty text may be sealed.
func (k Key) Seal(plaintext []byte, aad string) ([]byte, error) {
	if k.aead == nil || aad == "" {
		return nil, ErrUse
	}
	sealed, err := k.aead.Encrypt(plaintext, []byte(aad))
	if err != nil {
		return nil, errors.New("seal: encrypt a value") // the cause may describe the key
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place with the same key, and
// answers ErrClosed for anything else. Who calls it records the opening (R12).
func (k Key) Open(ciphertext []byte, aad string) ([]byte, error) {
	if k.aead == nil || aad == "" {
		return nil, ErrUse
	}
	plaintext, err := k.aead.Decrypt(ciphertext, []byte(aad))
	if err != nil {
		return nil, ErrClosed
	}
	return plaintext, nil
}

// String keeps the key out of logs.
func (Key) String() string { return "seal.Key" }

// GoString keeps the key out of logs.
func (Key) GoString() string { return "seal.Key" }
