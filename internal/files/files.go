// Package files keeps receipts, signed papers and photographs of documents, each
// sealed with a key of its own that the person's key wraps (R12).
//
// They lie in a folder or in a bucket of a server that speaks S3. There they are
// named by a random id and nothing else, and have no content type; what they are,
// whose, and the wrapped key stand in a row of whoever calls (Stored). So the
// bucket alone tells nothing, erasing the person's key erases their files too,
// and a file's name says nothing about anybody (R11): the name that it had where
// it came from is never taken in.
//
// # What is taken
//
// PDF, JPEG and PNG, told by their content, up to a size. Pictures lose their
// metadata on the way (package picture); papers stay as they are, with what the
// program that made them wrote into them. Nothing is made smaller and no
// thumbnail is made. Everything streams: a file is sealed before any of it touches
// a disk, and however large it is, a few megabytes of memory are enough.
//
// # What is not kept
//
// Half a file: when the upload breaks off, is given up, is too large or no whole
// picture, nothing lies in the bucket under any name. A program that is killed in
// the middle can leave a beginning of sealed bytes whose key is known to nobody;
// Sweep takes it away. Nor is anything kept that the scanner finds something in
// (KeptAway), or that it cannot look at: what is scanned is what would be kept,
// to the last byte, and only then does the file come to lie in the bucket.
package files

import (
	"context"
	"fmt"

	"hjemvej/internal/seal"

	"gocloud.dev/blob"
)

// Store is where files lie. It may be used by several goroutines, and several
// programs may have the same one open.
type Store struct {
	bucket  *blob.Bucket
	folder  string  // where it is a folder
	remote  *remote // where it is a bucket on a server
	most    int64   // bytes
	scanner *scanner
}

// Stored is a file that lies in the store. The caller keeps all of it in a row.
type Stored struct {
	ID          string // random, the file's only name
	ContentType string // application/pdf, image/jpeg or image/png, by its content
	Size        int64  // bytes, as Get gives them
	WrappedKey  []byte // the file's key, wrapped by the person's
}

// Check reports whether the files can be reached, and the scanner where there is
// one; its error says which is not, and names no address.
func (s *Store) Check(ctx context.Context) error {
	if s.remote == nil {
		if err := tryFolder(s.folder); err != nil {
			return err
		}
	} else if _, _, err := s.bucket.ListPage(ctx, blob.FirstPageToken, 1, nil); err != nil {
		return fmt.Errorf("reach the files: %w", plain(err))
	}
	if err := s.scanner.ping(ctx); err != nil {
		return fmt.Errorf("reach the scanner: %w", err)
	}
	return nil
}

// Close ends the use of the store.
func (s *Store) Close() error {
	if err := s.bucket.Close(); err != nil {
		return fmt.Errorf("close the files: %w", plain(err))
	}
	return nil
}

// placeOf is what a file and its key are bound to.
func placeOf(id string) string { return seal.At("file", "content", id) }
