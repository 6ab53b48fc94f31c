package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/files"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

func TestSweepTakesWhatNobodyKnowsOf(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store, key := open(t, p), newKey(t)
		known, err := store.Put(t.Context(), key, bytes.NewReader(pdf(1000)))
		must(t, err)
		_, err = store.Put(t.Context(), key, bytes.NewReader(pdf(1000)))
		must(t, err)
		p.write(uuid.NewString()+".18f.tmp", nil)
		p.write("README", nil)
		p.write("README.tmp", nil)
		if p.begin != nil {
			p.begin(uuid.NewString())
			p.begin("another's")
		}
		before := p.names()
		knows := func(_ context.Context, ids []string) ([]string, error) {
			if len(ids) != 2 {
				t.Errorf("asks for %d ids", len(ids))
			}
			return []string{known.ID, "another"}, nil
		}
		if n, err := store.Sweep(t.Context(), time.Now().Add(-time.Hour), knows); n != 0 || err != nil || !slices.Equal(p.names(), before) {
			t.Errorf("what is young is taken: %d, %v", n, err)
		}
		after := time.Now().Add(time.Hour)
		if n, err := store.Sweep(t.Context(), after, failing); !errors.Is(err, errNoRows) || n > 1 {
			t.Errorf("without an answer it takes %d, %v", n, err)
		}
		_, err = store.Sweep(t.Context(), after, knows)
		must(t, err)
		want := []string{known.ID, "README", "README.tmp"}
		if p.begin != nil {
			want = append(want, "begun another's")
		}
		if got := p.names(); !sameSet(got, want) {
			t.Errorf("there lie %q, want %q", got, want)
		}
		if got := get(t, store, key, known); !bytes.Equal(got, pdf(1000)) {
			t.Error("what is known does not open")
		}
	})
}

// TestAKilledUploadLeavesOnlyWhatSweepTakes kills a program in the middle of an
// upload, as it is killed when the machine runs out of memory.
func TestAKilledUploadLeavesOnlyWhatSweepTakes(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		store := open(t, p)
		self, err := os.Executable()
		must(t, err)
		program := exec.CommandContext(t.Context(), self)
		program.Env = append(os.Environ(), killedAt+"="+p.url)
		out, err := program.StdoutPipe()
		must(t, err)
		must(t, program.Start())
		if _, err := out.Read(make([]byte, 1)); err != nil { // it says when it is in the middle
			t.Fatal(err)
		}
		must(t, program.Process.Kill())
		_ = program.Wait() // says that it was killed
		for _, name := range p.names() {
			if !strings.HasSuffix(name, ".tmp") && !strings.HasPrefix(name, "begun ") {
				t.Errorf("%s lies there as a whole", name)
			}
		}
		_, err = store.Sweep(t.Context(), time.Now().Add(time.Hour), failing)
		must(t, err)
		if names := p.names(); len(names) > 0 {
			t.Errorf("%q are left", names)
		}
	})
}

// killedAt has the address of the files where this test program is the one that
// is killed.
const killedAt = "FILES_TEST_KILLED_AT"

// beKilled uploads a file whose second half never comes.
func beKilled(address string) error {
	store, err := files.Open(context.Background(), files.Config{URL: address})
	if err != nil {
		return err
	}
	master, err := seal.NewMaster()
	if err != nil {
		return err
	}
	_, key, err := master.NewKey("at")
	if err != nil {
		return err
	}
	halfway := doing(func() {
		fmt.Println("halfway")
		time.Sleep(time.Minute)
	})
	_, err = store.Put(context.Background(), key, io.MultiReader(bytes.NewReader(pdf(12<<20)), halfway))
	return err
}

var errNoRows = errors.New("no rows can be read")

func failing(context.Context, []string) ([]string, error) { return nil, errNoRows }

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
