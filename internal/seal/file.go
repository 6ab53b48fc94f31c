package seal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrNotPrivate says why a master key file is not used. It comes wrapped, with
// the file's name.
var ErrNotPrivate = errors.New("it can be read by others than its owner: set its mode to 0600")

// CreateMasterFile writes a new master key to a new file of mode 0600, as a Tink
// keyset in JSON, encrypted by kms; nil leaves it plain, here and below. It never
// replaces a file (errors.Is fs.ErrExist): without the old key every person's
// identity would be lost. Keep a copy of the file apart from the database's
// backups (R12).
func CreateMasterFile(path string, kms tink.AEAD) error {
	handle, err := newKeyset()
	if err != nil {
		return err
	}
	if err := writeNew(path, handle, kms); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// RotateMasterFile adds a new primary key to a master key file: what is wrapped
// from now on is wrapped with it, and what older keys wrapped still opens. The
// file is replaced at once or not at all. A second rotation at the same time
// answers fs.ErrExist; so does one after a crash, until the file it names is
// removed.
func RotateMasterFile(path string, kms tink.AEAD) error {
	handle, err := readKeyset(path, kms)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err == nil {
		handle, err = manager.Handle()
	}
	if err != nil {
		return errors.New("seal: add a master key") // the cause may describe the key
	}
	return replace(path, handle, kms)
}

// MoveMasterFile puts the master key in a file from under one KMS's key under
// another's. The keys in it, and so everything wrapped, stay as they are; the
// file is replaced as RotateMasterFile replaces it.
func MoveMasterFile(path string, from, to tink.AEAD) error {
	handle, err := readKeyset(path, from)
	if err != nil {
		return err
	}
	return replace(path, handle, to)
}

// OpenMaster reads the master key from a file that CreateMasterFile made. A
// missing file answers fs.ErrNotExist, a file that others may read ErrNotPrivate,
// one that is encrypted where kms is nil ErrEncrypted, or the other way round
// ErrPlain, anything else than a master key ErrNotAKey, and a KMS that does not
// open it what the KMS says; no error holds its content.
//
// The file is read again when something does not open, once a second at most,
// and the KMS asked again where it has changed: a running program takes up a
// rotated key by itself.
func OpenMaster(path string, kms tink.AEAD) (*Master, error) {
	file := &source{path: path, kms: kms}
	handle, err := file.changed()
	if err != nil {
		return nil, err
	}
	master, err := masterOf(handle)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, ErrNotAKey)
	}
	master.changed = file.changed
	return master, nil
}

// ParseMaster reads a master key from the text of such a file.
func ParseMaster(text string, kms tink.AEAD) (*Master, error) {
	handle, err := parseKeyset([]byte(text), kms)
	if err != nil {
		return nil, err
	}
	return masterOf(handle)
}

// source is a master key file and what was last read from it.
type source struct {
	path string
	kms  tink.AEAD
	last [sha256.Size]byte
}

// changed is the file's keyset, nil where it is the one that was read last.
func (s *source) changed() (*keyset.Handle, error) {
	text, err := readPrivate(s.path)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", s.path, err)
	}
	sum := sha256.Sum256(text)
	if sum == s.last {
		return nil, nil
	}
	handle, err := parseKeyset(text, s.kms)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", s.path, err)
	}
	s.last = sum
	return handle, nil
}

func readKeyset(path string, kms tink.AEAD) (*keyset.Handle, error) {
	file := source{path: path, kms: kms}
	return file.changed()
}

// replace writes a keyset over a file, at once or not at all.
func replace(path string, handle *keyset.Handle, kms tink.AEAD) error {
	next := path + ".next"
	if err := writeNew(next, handle, kms); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return errors.Join(fmt.Errorf("replace the master key file: %w", err), os.Remove(next))
	}
	return syncFolder(filepath.Dir(path))
}

// writeNew writes a keyset to a file that is not there yet.
func writeNew(path string, handle *keyset.Handle, kms tink.AEAD) error {
	text, err := keysetText(handle, kms)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create the master key file: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the master key file: %w", err), os.Remove(path))
	}
	return nil
}

func readPrivate(path string) ([]byte, error) {
	const largest = 64 << 10
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // a PathError would name the file twice
	}
	defer file.Close()
	about, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !about.Mode().IsRegular() || about.Size() > largest:
		return nil, ErrNotAKey
	case about.Mode().Perm()&0o077 != 0:
		return nil, ErrNotPrivate
	}
	return io.ReadAll(io.LimitReader(file, largest))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the master key's folder: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("write the master key's folder: %w", err)
	}
	return nil
}
