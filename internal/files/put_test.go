package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"hjemvej/internal/fault"
	"hjemvej/internal/files"
	"hjemvej/internal/seal"
)

func TestR12_AFileComesBackAsItWasAndLiesSealed(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		for _, size := range []int{10, 100_000, 6 << 20, 12 << 20} { // one request to S3, and several
			content := pdf(size)
			stored, err := store.Put(t.Context(), key, bytes.NewReader(content))
			must(t, err)
			if stored.ContentType != "application/pdf" || stored.Size != int64(size) {
				t.Errorf("%d bytes are stored as %d of %s", size, stored.Size, stored.ContentType)
			}
			if got := get(t, store, key, stored); !bytes.Equal(got, content) {
				t.Errorf("%d bytes come back as %d others", size, len(got))
			}
			if names := p.names(); !slices.Equal(names, []string{stored.ID}) {
				t.Errorf("there lie %q", names)
			}
			if bytes.Contains(p.read(stored.ID), content[:10]) {
				t.Error("it can be read where it lies")
			}
			must(t, store.Delete(t.Context(), stored.ID))
			must(t, store.Delete(t.Context(), stored.ID)) // that there is none is no error
			if err := store.Get(t.Context(), key, stored, io.Discard); fault.KindOf(err) != fault.NotFound {
				t.Errorf("a file that was deleted answers %v", err)
			}
		}
		if names := p.names(); len(names) > 0 {
			t.Errorf("%q are left", names)
		}
	})
}

func TestR11_PicturesLoseTheirMetadata(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		for name, contentType := range map[string]string{"progressive.jpg": "image/jpeg", "colours.png": "image/png"} {
			photograph, err := os.ReadFile("picture/testdata/" + name)
			must(t, err)
			stored, err := store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(photograph), strings.NewReader("GPS-MARKER")))
			must(t, err)
			got := get(t, store, key, stored)
			if bytes.Contains(got, []byte("GPS-MARKER")) || stored.ContentType != contentType || stored.Size != int64(len(got)) {
				t.Errorf("%s is stored as %d bytes of %s, or with its metadata", name, stored.Size, stored.ContentType)
			}
		}
	})
}

func TestAFileOfAnotherKindIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		for name, c := range map[string]struct{ content, says string }{
			"nothing":          {"", "it is empty"},
			"HEIC":             {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "as a JPEG first"},
			"a page":           {"<!doctype html><p>%PDF-1.7", "must be a PDF"},
			"a PDF after text": {"hello %PDF-1.7", "must be a PDF"},
			"an animation":     {"GIF89a", "must be a PDF"},
			"half a JPEG":      {"\xff\xd8\xff\xe0\x00\x10JFIF", "it ends too early"},
			"half a PNG":       {"\x89PNG\r\n\x1a\n\x00\x00", "it ends too early"},
		} {
			_, err := store.Put(t.Context(), key, strings.NewReader(c.content))
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid || !strings.Contains(f.Fields[0].Message, c.says) {
				t.Errorf("%s answers %v", name, err)
			}
		}
		if names := p.names(); len(names) > 0 {
			t.Errorf("%q are left", names)
		}
	})
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		for most, says := range map[int64]string{7 << 20: "7 MiB", 100_001: "100001 bytes"} {
			store, key := open(t, p, func(c *files.Config) { c.MaxBytes = most }), newKey(t)
			_, err := store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(pdf(int(most))), strings.NewReader(".")))
			if fault.KindOf(err) != fault.TooLarge || !strings.Contains(err.Error(), says) {
				t.Errorf("one byte more than %s answers %v", says, err)
			}
			if names := p.names(); len(names) > 0 {
				t.Errorf("%q are left", names)
			}
			stored, err := store.Put(t.Context(), key, bytes.NewReader(pdf(int(most))))
			must(t, err)
			must(t, store.Delete(t.Context(), stored.ID))
		}
	})
}

func TestHalfAnUploadLeavesNothing(t *testing.T) {
	broken := errors.New("the line broke")
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		for _, size := range []int{0, 100, 100_000, 12 << 20} {
			_, err := store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(pdf(size)), iotest.ErrReader(broken)))
			if !errors.Is(err, broken) {
				t.Errorf("broken off after %d bytes it answers %v", size, err)
			}
			_, err = store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(pdf(size)), iotest.ErrReader(io.ErrUnexpectedEOF)))
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("cut off after %d bytes it answers %v", size, err)
			}
			ctx, giveUp := context.WithCancel(t.Context())
			_, err = store.Put(ctx, key, io.MultiReader(bytes.NewReader(pdf(size)), doing(giveUp), bytes.NewReader(pdf(100))))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("given up after %d bytes it answers %v", size, err)
			}
			if names := p.names(); len(names) > 0 {
				t.Errorf("after %d bytes %q are left", size, names)
			}
		}
		photograph, err := os.ReadFile("picture/testdata/grey.jpg")
		must(t, err)
		_, err = store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(photograph), iotest.ErrReader(broken)))
		if names := p.names(); !errors.Is(err, broken) || len(names) > 0 {
			t.Errorf("broken off behind a picture it answers %v, and %q are left", err, names)
		}
	})
}

func TestR12_AFileOpensOnlyWithItsPersonsKeyAtItsPlace(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		content := pdf(200_000)
		one, err := store.Put(t.Context(), key, bytes.NewReader(content))
		must(t, err)
		two, err := store.Put(t.Context(), key, bytes.NewReader(content))
		must(t, err)
		closed := func(what string, key seal.Key, s files.Stored) {
			var got bytes.Buffer
			if err := store.Get(t.Context(), key, s, &got); !errors.Is(err, seal.ErrClosed) || !bytes.HasPrefix(content, got.Bytes()) {
				t.Errorf("%s answers %v", what, err)
			}
		}
		closed("another person's key", newKey(t), one)
		closed("another file's row", key, files.Stored{ID: one.ID, WrappedKey: two.WrappedKey})
		sealed := p.read(one.ID)
		p.write(one.ID, p.read(two.ID))
		closed("another file's content", key, one)
		p.write(one.ID, sealed[:len(sealed)-1])
		closed("a truncated file", key, one)
		sealed[len(sealed)/2] ^= 1
		p.write(one.ID, sealed)
		closed("an altered file", key, one)
	})
}

func TestABucketThatDoesNotWorkIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*testing.T) *files.Store{
		"a folder that is none": func(t *testing.T) *files.Store {
			p := newFolder(t)
			store := open(t, p)
			folder := strings.TrimPrefix(p.url, "file://")
			must(t, os.Remove(folder))
			must(t, os.WriteFile(folder, nil, 0o600))
			return store
		},
		"a server that refuses": func(t *testing.T) *files.Store {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
			t.Cleanup(server.Close)
			return open(t, atS3(t, server.URL))
		},
		"a server without the bucket": func(t *testing.T) *files.Store {
			p := newS3(t)
			p.url = strings.Replace(p.url, bucketName, "another-bucket", 1)
			return open(t, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, key := breaks(t), newKey(t)
			_, put := store.Put(t.Context(), key, bytes.NewReader(pdf(1000)))
			wrapped, _, err := key.NewStream(seal.At("file", "content", "x"))
			must(t, err)
			got := store.Get(t.Context(), key, files.Stored{ID: "x", WrappedKey: wrapped}, io.Discard)
			check := store.Check(t.Context())
			if fault.KindOf(put) != fault.Unavailable || got == nil || check == nil {
				t.Errorf("Put answers %v, Get %v, Check %v", put, got, check)
			}
			for _, err := range []error{put, got, check} {
				if said := fmt.Sprint(err); strings.Contains(said, "/") || strings.Contains(said, "127.0.0.1") || strings.Contains(said, "another-bucket") {
					t.Errorf("it says where the files lie: %v", err)
				}
			}
		})
	}
}

// pdf is a paper of so many bytes, or of the few that it begins with.
func pdf(size int) []byte {
	const begin = "%PDF-1.7\n"
	content := bytes.Repeat([]byte(begin+"A receipt for something that was bought. "), size/50+1)
	return content[:max(size, len(begin))]
}

func get(t *testing.T, store *files.Store, key seal.Key, stored files.Stored) []byte {
	t.Helper()
	var got bytes.Buffer
	must(t, store.Get(t.Context(), key, stored, &got))
	return got.Bytes()
}

// doing is an empty reader that does something when it is read.
type doing func()

func (d doing) Read([]byte) (int, error) {
	d()
	return 0, io.EOF
}
