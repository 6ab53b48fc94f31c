package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
	"hjemvej/internal/seal"
	"hjemvej/internal/signin"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// uploadSize is many times what may lie in memory.
const uploadSize = 100 << 20

// BenchmarkUpload takes in a paper of 100 MiB and reports by how many MB the heap
// was larger at its peak than before, beside copying the same bytes to a file as
// they are. "service" is the whole way of a request over HTTP, with who sends it.
func BenchmarkUpload(b *testing.B) {
	master, err := seal.NewMaster()
	must(b, err)
	_, key, err := master.NewKey("at")
	must(b, err)
	put := func(address string) func() {
		store, err := files.Open(context.Background(), files.Config{URL: address, MaxBytes: uploadSize})
		must(b, err)
		return func() {
			stored, err := store.Put(context.Background(), key, paper())
			must(b, err)
			must(b, store.Delete(context.Background(), stored.ID))
		}
	}
	b.Run("bare", func(b *testing.B) { measureUpload(b, func() { bareCopy(b) }) })
	b.Run("folder", func(b *testing.B) { measureUpload(b, put("file://"+b.TempDir())) })
	b.Run("S3", func(b *testing.B) { measureUpload(b, put(serverOfS3(b))) })
	b.Run("service", func(b *testing.B) { measureUpload(b, send(b)) })
}

// send sends the paper to the service over HTTP.
func send(b *testing.B) func() {
	h := housetest.New(b)
	c := h.Case(b)
	store, err := files.Open(context.Background(), files.Config{URL: "file://" + b.TempDir(), MaxBytes: uploadSize})
	must(b, err)
	provider := newProvider(b)
	service, err := api.New(api.Config{DB: h.DB, Vault: h.Vault, Files: store, Auth: signin.NewOIDC(h.DB, provider.url, audience), Version: "bench", Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	server := httptest.NewServer(service)
	b.Cleanup(server.Close)
	token := provider.token("subject-1", time.Now().Add(time.Hour)) // the house's contact person
	return func() {
		r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/cases/"+c.Code+"/files?kind=other", paper())
		must(b, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		must(b, err)
		must(b, answer.Body.Close())
		if answer.StatusCode != http.StatusCreated {
			b.Fatal(answer.Status)
		}
	}
}

func measureUpload(b *testing.B, upload func()) {
	var peaks []float64
	b.SetBytes(uploadSize)
	for b.Loop() {
		peaks = append(peaks, peakOf(upload))
	}
	b.ReportMetric(slices.Max(peaks), "MB-peak")
}

// peakOf is by how much the heap grew at most while something ran, in MB.
func peakOf(run func()) float64 {
	runtime.GC()
	before, peak := heapInUse(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	for tick := time.NewTicker(time.Millisecond); ; {
		select {
		case <-done:
			tick.Stop()
			return (float64(peak) - float64(before)) / 1e6
		case <-tick.C:
			peak = max(peak, heapInUse())
		}
	}
}

// heapInUse are the bytes of the heap that hold objects, alive or not yet
// collected, and the room between them.
func heapInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

func bareCopy(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	must(b, err)
	_, err = io.Copy(f, paper())
	must(b, err)
	must(b, f.Sync())
	must(b, f.Close())
	must(b, os.Remove(f.Name()))
}

// paper is a PDF of uploadSize that needs no memory itself.
func paper() io.Reader {
	return io.LimitReader(io.MultiReader(strings.NewReader("%PDF-1.7\n"), endless{}), uploadSize)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}

// asServer makes this test program the server that serverOfS3 starts.
const asServer = "BENCH_SERVES_S3"

// serverOfS3 is a bucket of a server that speaks S3, in a process of its own: its
// memory must not be counted.
func serverOfS3(b *testing.B) string {
	self, err := os.Executable()
	must(b, err)
	server := exec.Command(self, "-test.run", "^TestServeS3$")
	server.Env = append(os.Environ(), asServer+"=1")
	in, err := server.StdinPipe()
	must(b, err)
	out, err := server.StdoutPipe()
	must(b, err)
	must(b, server.Start())
	b.Cleanup(func() {
		must(b, in.Close())
		must(b, server.Wait())
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	must(b, err)
	b.Setenv("AWS_ACCESS_KEY_ID", "bench")
	b.Setenv("AWS_SECRET_ACCESS_KEY", "bench")
	return "s3://papers?region=eu-north-1&endpoint=" + url.QueryEscape(strings.TrimSpace(address))
}

// TestServeS3 is no test: it serves until its standard input ends.
func TestServeS3(t *testing.T) {
	if os.Getenv(asServer) == "" {
		t.Skip("only for BenchmarkUpload, which starts it")
	}
	lies := s3mem.New()
	must(t, lies.CreateBucket("papers"))
	server := httptest.NewServer(gofakes3.New(lies, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	defer server.Close()
	fmt.Println(server.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	must(t, err)
}
