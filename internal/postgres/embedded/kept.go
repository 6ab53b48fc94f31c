package embedded

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	keptPrefix = "initdb-"
	keptFor    = 7 * 24 * time.Hour // after its last use
)

// A kept is the path of a file that holds what initdb made, for clusters to be
// copies of; "" where none is to be kept. It is an archive and not a folder, so
// that no server ever starts on it, it is there whole or not at all, and its
// checksum tells when it is not what was written.
type kept string

// keptIn says where the work of initdb is kept, if it is. The name follows from
// all that it depends on but the account, which each copy is handed to.
func keptIn(o Options, bin binaries) kept {
	if o.Keep == "" || o.Durable {
		return ""
	}
	made := fmt.Sprintf("%q", append(initdbArgs(o.Durable), runtime.GOOS, runtime.GOARCH, bin.dir, bin.version))
	sum := sha256.Sum256([]byte(made))
	return kept(filepath.Join(o.Keep, keptPrefix+hex.EncodeToString(sum[:8])+".tar.gz"))
}

// unpack fills an empty folder with a copy for the account. Whatever prevents
// it, the caller goes on with initdb; a file that cannot be read is removed.
func (k kept) unpack(dir string, user account) error {
	f, err := os.Open(string(k))
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		return errors.New("the kept cluster is another user's") // whose settings would run as ours
	}
	if err := extract(f, dir, user); err != nil {
		k.remove()
		return err
	}
	now := time.Now()
	_ = os.Chtimes(string(k), now, now) // where it cannot be marked as used, it is made anew one day
	return nil
}

func extract(f io.Reader, dir string, user account) error {
	zip, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for in := tar.NewReader(zip); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, zip) // the checksum stands at the end
			return err
		}
		if err != nil {
			return err
		}
		if err := errors.Join(place(root, head, in), user.give(filepath.Join(dir, head.Name))); err != nil {
			return err
		}
	}
}

// place writes one file or folder of a cluster, in which all belong to nobody
// but the account.
func place(root *os.Root, head *tar.Header, content io.Reader) error {
	if head.FileInfo().IsDir() {
		return root.Mkdir(filepath.Clean(head.Name), 0o700)
	}
	f, err := root.OpenFile(head.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// pack keeps a cluster on which no server has run yet, beside those of other
// programs that do the same just now: the last one stays. What prevents it is
// no error, for the cluster is there.
func (k kept) pack(dir string) {
	folder := filepath.Dir(string(k))
	if k == "" || os.MkdirAll(folder, 0o700) != nil {
		return
	}
	sweepKept(folder)
	f, err := os.CreateTemp(folder, keptPrefix+"*.part")
	if err != nil {
		return
	}
	if errors.Join(archive(f, dir), f.Close()) != nil || os.Rename(f.Name(), string(k)) != nil {
		_ = os.Remove(f.Name())
	}
}

func archive(f io.Writer, dir string) error {
	zip, err := gzip.NewWriterLevel(f, gzip.NoCompression) // for the checksum only: unpacking is what must be fast
	if err != nil {
		return err
	}
	out := tar.NewWriter(zip)
	return errors.Join(out.AddFS(os.DirFS(dir)), out.Close(), zip.Close())
}

func (k kept) remove() {
	if k != "" {
		_ = os.Remove(string(k))
	}
}

// sweepKept removes what nobody used for days: other versions', other settings'
// and what a killed program began.
func sweepKept(folder string) {
	names, _ := filepath.Glob(filepath.Join(folder, keptPrefix+"*"))
	for _, name := range names {
		if info, err := os.Lstat(name); err == nil && time.Since(info.ModTime()) > keptFor {
			_ = os.Remove(name)
		}
	}
}
