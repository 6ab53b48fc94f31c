package mailbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// folder keeps letters as files that are named by a sequence and a random text,
// never by what they say (R11): 000001-MFRGG43BNRWGK5TJMQ2WK3TPNY.eml.
type folder struct {
	path string
	last int
}

var fileName = regexp.MustCompile(`^([0-9]{6,})-[A-Z2-7]{26}\.eml$`)

func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return &folder{path: path}, nil
}

// read answers the letters in the order in which they came. Other files in the
// folder are left alone.
func (f *folder) read() ([][]byte, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	var raws [][]byte
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(f.path, name))
		if err != nil {
			return nil, err
		}
		raws = append(raws, raw)
		f.last, _ = strconv.Atoi(fileName.FindStringSubmatch(name)[1])
	}
	return raws, nil
}

// write puts a letter on disk for good, or leaves no trace of it.
func (f *folder) write(raw []byte) (err error) {
	name := filepath.Join(f.path, fmt.Sprintf("%06d-%s.eml", f.last+1, rand.Text()))
	file, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	f.last++
	return syncFolder(f.path)
}

func (f *folder) clear() error {
	names, err := f.names()
	for _, name := range names {
		err = errors.Join(err, os.Remove(filepath.Join(f.path, name)))
	}
	return err
}

// names are the letters' file names, sorted as os.ReadDir sorts.
func (f *folder) names() (names []string, err error) {
	entries, err := os.ReadDir(f.path)
	for _, entry := range entries {
		if fileName.MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
