package seal

import (
	"bytes"
	"errors"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Why the text of a master key is not used. Where it lies in a file, they come
// wrapped, with the file's name.
var (
	ErrNotAKey   = errors.New("it holds no usable master key")
	ErrPlain     = errors.New("it is not encrypted by a key in a KMS")
	ErrEncrypted = errors.New("it is encrypted by a key in a KMS")
)

// purpose is the associated data of an encrypted master key: nothing else that
// the same KMS key encrypted passes for one.
var purpose = []byte("master keyset")

// parseKeyset reads what keysetText wrote for the same kms.
func parseKeyset(text []byte, kms tink.AEAD) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err == nil {
		if kms != nil {
			return nil, ErrPlain
		}
		return handle, nil
	}
	encrypted, err := keyset.NewJSONReader(bytes.NewReader(text)).ReadEncrypted()
	switch {
	case err != nil || len(encrypted.GetEncryptedKeyset()) == 0:
		return nil, ErrNotAKey // the cause may hold the key
	case kms == nil:
		return nil, ErrEncrypted
	}
	key := &asked{AEAD: kms}
	handle, err = keyset.ReadWithAssociatedData(keyset.NewJSONReader(bytes.NewReader(text)), key, purpose)
	switch {
	case key.err != nil:
		return nil, key.err
	case err != nil:
		return nil, ErrNotAKey
	}
	return handle, nil
}

// keysetText is a keyset as JSON, plain or encrypted by kms.
func keysetText(handle *keyset.Handle, kms tink.AEAD) ([]byte, error) {
	var text bytes.Buffer
	out := keyset.NewJSONWriter(&text)
	if kms == nil {
		if err := insecurecleartextkeyset.Write(handle, out); err != nil {
			return nil, errors.New("seal: write the master key as JSON") // the cause may hold the key
		}
		return text.Bytes(), nil
	}
	key := &asked{AEAD: kms}
	if err := handle.WriteWithAssociatedData(out, key, purpose); key.err != nil {
		return nil, key.err
	} else if err != nil {
		return nil, errors.New("seal: write the encrypted master key as JSON")
	}
	// Some may encrypt and not decrypt: what does not open again must not take
	// the place of what does.
	if _, err := parseKeyset(text.Bytes(), kms); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// asked is a key in a KMS and what the KMS said last: Tink's own errors keep
// only its text.
type asked struct {
	tink.AEAD
	err error
}

// Encrypt asks the KMS.
func (a *asked) Encrypt(plaintext, aad []byte) (ciphertext []byte, err error) {
	ciphertext, a.err = a.AEAD.Encrypt(plaintext, aad)
	return ciphertext, a.err
}

// Decrypt asks the KMS.
func (a *asked) Decrypt(ciphertext, aad []byte) (plaintext []byte, err error) {
	plaintext, a.err = a.AEAD.Decrypt(ciphertext, aad)
	return plaintext, a.err
}
