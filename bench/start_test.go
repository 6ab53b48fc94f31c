package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idle is how long the program is left alone before its memory is looked at:
// the scheduler's sweeps at the start are over by then.
const idle = 3 * time.Second

// BenchmarkStart starts hjemvej serve, with its scheduler, on a database that
// has its schema, and reports the seconds from the process's start until
// /readyz answers 200, and its resident memory when nobody has asked it for
// anything.
func BenchmarkStart(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("reads the memory from /proc")
	}
	binary := filepath.Join(b.TempDir(), "hjemvej")
	run(b, exec.Command("go", "build", "-o", binary, "hjemvej/cmd/hjemvej"))
	key := filepath.Join(b.TempDir(), "key")
	run(b, exec.Command(binary, "keys", "create", key))
	environ := append(os.Environ(), "HJEMVEJ_DATABASE_URL="+server(b, true), "HJEMVEJ_ADDR=127.0.0.1:0", "HJEMVEJ_BASE_URL=http://127.0.0.1",
		"HJEMVEJ_MASTER_KEY="+key, "HJEMVEJ_OIDC_ISSUER=http://127.0.0.1:9", "HJEMVEJ_OIDC_AUDIENCE="+audience,
		"HJEMVEJ_MAIL_HOST=127.0.0.1", "HJEMVEJ_MAIL_FROM=post@example.org", "HJEMVEJ_MAIL_TLS=none",
		"HJEMVEJ_FILES=file://"+b.TempDir())
	var seconds, megabytes []float64
	for b.Loop() {
		s, mb := start(b, binary, environ)
		seconds, megabytes = append(seconds, s), append(megabytes, mb)
	}
	b.ReportMetric(0, "ns/op") // says nothing: it has the waiting in it
	b.ReportMetric(median(seconds), "s")
	b.ReportMetric(median(megabytes), "MB")
}

// start runs the program once: the seconds until it is ready, and its idle
// memory in MB.
func start(b *testing.B, binary string, environ []string) (seconds, megabytes float64) {
	b.Helper()
	program := exec.Command(binary, "serve")
	program.Env = environ
	log, err := program.StderrPipe()
	must(b, err)
	begun := time.Now()
	must(b, program.Start())
	defer func() {
		must(b, program.Process.Signal(syscall.SIGTERM))
		must(b, program.Wait())
	}()
	lines := bufio.NewScanner(log)
	awaitReady(b, "http://"+addressIn(b, lines)+"/readyz")
	seconds = time.Since(begun).Seconds()
	go func() { // the pipe must not fill up
		for lines.Scan() {
			continue
		}
	}()
	time.Sleep(idle)
	return seconds, resident(b, program.Process.Pid)
}

// addressIn reads the log up to the line that says where the program listens.
func addressIn(b *testing.B, log *bufio.Scanner) string {
	b.Helper()
	var said []string
	for log.Scan() {
		var line struct{ Msg, Addr string }
		said = append(said, log.Text())
		if json.Unmarshal(log.Bytes(), &line) == nil && line.Msg == "ready" {
			return line.Addr
		}
	}
	b.Fatalf("the program ended: %s", strings.Join(said, "\n"))
	return ""
}

func awaitReady(b *testing.B, url string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		must(b, err)
		answer, err := http.DefaultClient.Do(r)
		must(b, err)
		_ = answer.Body.Close() // only the status counts
		if answer.StatusCode == http.StatusOK {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// resident is the memory of a process that lies in RAM.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(b, err)
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) < 2 || fields[1] != "kB" {
		b.Fatal("the process's memory is not told")
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	must(b, err)
	return kb / 1024
}

func run(b *testing.B, c *exec.Cmd) {
	b.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", c.Args[0], err, out)
	}
}
