package files_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/fault"
	"hjemvej/internal/files"
)

// harmful is what the test's own signature finds.
const harmful = "HJEMVEJ-TEST-SIGNATURE-7Q2M"

// TestAFileThatFailsTheScanIsKeptAway asks a real clamd, over both kinds of
// address, with a database of one signature.
func TestAFileThatFailsTheScanIsKeptAway(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run, with a clamd; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	socket, port := startClamd(t)
	everywhere(t, func(t *testing.T, p place) {
		for _, address := range []string{socket, port} {
			store, key := open(t, p, func(c *files.Config) { c.ClamdAddress = address }), newKey(t)
			must(t, store.Check(t.Context()))
			for _, size := range []int{1000, 12 << 20} {
				content := pdf(size)
				_, err := store.Put(t.Context(), key, io.MultiReader(bytes.NewReader(content), strings.NewReader(harmful)))
				var away *files.KeptAway
				if fault.KindOf(err) != fault.Invalid || !errors.As(err, &away) || away.Signature != "Hjemvej.Test.UNOFFICIAL" {
					t.Errorf("%d bytes with the signature answer %v", size, err)
				}
				if names := p.names(); len(names) > 0 {
					t.Errorf("%q are kept", names)
				}
				stored, err := store.Put(t.Context(), key, bytes.NewReader(content))
				must(t, err)
				if got := get(t, store, key, stored); !bytes.Equal(got, content) {
					t.Error("what passed comes back as another")
				}
				must(t, store.Delete(t.Context(), stored.ID))
			}
			photograph, err := os.ReadFile("picture/testdata/grey.jpg")
			must(t, err)
			// What does not stay is not looked for, nor does it hide anything.
			stored, err := store.Put(t.Context(), key, bytes.NewReader(append(photograph, harmful...)))
			must(t, err)
			must(t, store.Delete(t.Context(), stored.ID))
		}
	})
}

// TestAScannerThatTakesLessSaysSo holds that a file larger than clamd takes is
// not kept, and that the log learns which of clamd's limits it was.
func TestAScannerThatTakesLessSaysSo(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run, with a clamd; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	t.Parallel()
	socket, _ := startClamd(t, "StreamMaxLength 1M")
	p := newFolder(t)
	store := open(t, p, func(c *files.Config) { c.ClamdAddress = socket })
	_, err := store.Put(t.Context(), newKey(t), bytes.NewReader(pdf(12<<20)))
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "size limit exceeded") {
		t.Errorf("it answers %v", err)
	}
	if names := p.names(); len(names) > 0 {
		t.Errorf("%q are kept", names)
	}
}

// startClamd runs a clamd of the test's own until its end, with its signature
// only.
func startClamd(t *testing.T, more ...string) (socket, port string) {
	t.Helper()
	binary, err := exec.LookPath("clamd")
	if err != nil {
		t.Skip("there is no clamd here; apt-get install clamav-daemon brings one")
	}
	folder := shortFolder(t)
	must(t, os.WriteFile(filepath.Join(folder, "own.ndb"), []byte("Hjemvej.Test:0:*:"+hex.EncodeToString([]byte(harmful))+"\n"), 0o600))
	socket, port = filepath.Join(folder, "s"), closedPort(t)
	_, number, err := net.SplitHostPort(port)
	must(t, err)
	config := filepath.Join(folder, "clamd.conf")
	must(t, os.WriteFile(config, []byte(fmt.Sprintf("Foreground yes\nDatabaseDirectory %s\nTemporaryDirectory %s\nLocalSocket %s\nTCPAddr 127.0.0.1\nTCPSocket %s\n%s\n",
		folder, folder, socket, number, strings.Join(more, "\n"))), 0o600))
	clamd := exec.Command(binary, "--config-file", config)
	var said bytes.Buffer
	clamd.Stdout, clamd.Stderr = &said, &said
	must(t, clamd.Start())
	t.Cleanup(func() {
		_ = clamd.Process.Kill()
		_ = clamd.Wait() // says that it was killed
	})
	for range 600 {
		if conn, err := net.Dial("unix", socket); err == nil {
			must(t, conn.Close())
			return socket, port
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("clamd does not come up: %s", said.String())
	return "", ""
}

// shortFolder is a folder whose sockets' names are short enough to be bound.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "clamd")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	return folder
}
