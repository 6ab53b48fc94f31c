package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Why a master key file is not used. They come wrapped, with the file's name.
var (
	ErrNotPrivate = errors.New("it can be read by others than its owner: set its mode to 0600")
	ErrNotAKey    = errors.New("it holds no usable master key")
)

// CreateMasterFile writes a new master key to a new file of mode 0600, as a Tink
// keyset in JSON. It never replaces a file (errors.Is fs.ErrExist): without the
// old key every person's identity would be lost. Keep a copy of the file apart
// from the database's backups (R12).
func CreateMasterFile(path string) error {
	handle, err := newKeyset()
	if err != nil {
		return err
	}
	if err := writeNew(path, handle); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// RotateMasterFile adds a new primary key to a master key file: what is wrapped
// from now on is wrapped with it, and what older keys wrapped still opens. The
// file is replaced at once or not at all. A second rotation at the same time
// answers fs.ErrExist; so does one after a crash, until the file it names is
// removed.
func RotateMasterFile(path string) error {
	handle, err := readKeyset(path)
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
	next := path + ".next"
	if err := writeNew(next, handle); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return errors.Join(fmt.Errorf("replace the master key file: %w", err), os.Remove(next))
	}
	return syncFolder(filepath.Dir(path))
}

// OpenMaster reads the master key from a file that CreateMasterFile made. A
// missing file answers fs.ErrNotExist, a file that others may read ErrNotPrivate,
// and anything else than a master key ErrNotAKey; no error holds its content.
//
// The file is read again when something does not open, once a second at most: a
// running program takes up a rotated key by itself.
func OpenMaster(path string) (*Master, error) {
	handle, err := readKeyset(path)
	if err != nil {
		return nil, err
	}
	master, err := masterOf(handle)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, ErrNotAKey)
	}
	master.read = func() (*keyset.Handle, error) { return readKeyset(path) }
	return master, nil
}

// ParseMaster reads a master key from the text of such a file.
func ParseMaster(text string) (*Master, error) {
	handle, err := parseKeyset([]byte(text))
	if err != nil {
		return nil, err
	}
	return masterOf(handle)
}

func readKeyset(path string) (*keyset.Handle, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, err)
	}
	handle, err := parseKeyset(text)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, err)
	}
	return handle, nil
}

func parseKeyset(text []byte) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, ErrNotAKey // the cause may hold the key
	}
	return handle, nil
}

// writeNew writes a keyset to a file that is not there yet.
func writeNew(path string, handle *keyset.Handle) error {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return errors.New("seal: write the master key as JSON") // the cause may hold the key
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create the master key file: %w", err)
	}
	_, err = file.Write(text.Bytes())
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
