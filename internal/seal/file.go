package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
func CreateMasterFile(path string) (err error) {
	handle, err := newKeyset()
	if err != nil {
		return err
	}
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
	return syncFolder(filepath.Dir(path))
}

// OpenMaster reads the master key from a file that CreateMasterFile made. A
// missing file answers fs.ErrNotExist, a file that others may read ErrNotPrivate,
// and anything else than a master key ErrNotAKey; no error holds its content.
func OpenMaster(path string) (*Master, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, ErrNotAKey)
	}
	master, err := masterOf(handle)
	if err != nil {
		return nil, fmt.Errorf("open the master key file %s: %w", path, ErrNotAKey)
	}
	return master, nil
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
