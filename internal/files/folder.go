package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gocloud.dev/blob"
)

// incomingFile is an object on its way into a folder: a file beside it, called
// id.….tmp, that is renamed at its end.
type incomingFile struct {
	*blob.Writer
	cancel context.CancelFunc
	path   string // where it will lie
	file   *os.File
}

func (s *Store) beginFile(ctx context.Context, id string) (incoming, error) {
	in := &incomingFile{path: filepath.Join(s.folder, id)}
	ctx, in.cancel = context.WithCancel(ctx)
	w, err := s.bucket.NewWriter(ctx, id, &blob.WriterOptions{
		ContentType: "application/octet-stream",
		BeforeWrite: func(as func(any) bool) error { as(&in.file); return nil },
	})
	if err != nil {
		in.cancel()
		return nil, unavailable(notKept, err)
	}
	in.Writer = w
	return in, nil
}

func (in *incomingFile) Write(p []byte) (int, error) {
	n, err := in.Writer.Write(p)
	if err != nil {
		err = unavailable(notKept, err)
	}
	return n, err
}

// commit puts the file on the disk before it says so: what a row speaks of
// outlives a power cut as the row does.
func (in *incomingFile) commit() error {
	defer in.cancel()
	if err := in.file.Sync(); err != nil {
		in.giveUp()
		return unavailable(notKept, err)
	}
	if err := in.Close(); err != nil {
		return unavailable(notKept, err)
	}
	if err := syncFolder(filepath.Dir(in.path)); err != nil {
		return unavailable(notKept, errors.Join(err, os.Remove(in.path)))
	}
	return nil
}

func (in *incomingFile) giveUp() {
	in.cancel()
	_ = in.Close() // says only that it was cancelled
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// tryFolder reports why a folder cannot be written to.
func tryFolder(path string) error {
	probe, err := os.CreateTemp(path, "probe")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return fmt.Errorf("write to the folder of files: %w", plain(err))
	}
	return nil
}
