package main

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soon is how long everything may take to be gone.
const soon = 5 * time.Second

func TestHowTheProgramEndsEverythingEnds(t *testing.T) {
	heavy(t)
	dir := demoFolder(t)
	for _, end := range []struct {
		name   string
		signal syscall.Signal
		group  bool // as a terminal sends it
		status int
	}{
		{"Ctrl-C", syscall.SIGINT, true, 0}, {"SIGINT", syscall.SIGINT, false, 0}, {"SIGTERM", syscall.SIGTERM, false, 0}, {"kill -9", syscall.SIGKILL, false, -1},
	} {
		t.Run(end.name, func(t *testing.T) {
			cmd := exec.Command(binary(t), "demo", "--addr", "127.0.0.1:0", "--data", dir)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			p, err := launch(cmd, patience)
			must(t, err)
			all, to := kin(dir), cmd.Process.Pid
			if len(all) < 4 {
				t.Errorf("only these run: %v", all)
			}
			if end.group {
				to = -to
			}
			must(t, syscall.Kill(to, end.signal))
			gone(t, dir, all, soon)
			if <-p.done; p.status() != end.status {
				t.Errorf("exit status %d: %s", p.status(), p.out)
			}
		})
	}
}

func TestALostParentEndsEverythingUnlessDetached(t *testing.T) {
	heavy(t)
	for _, detached := range []bool{false, true} {
		dir := demoFolder(t)
		args := []string{"-c", `"$@" & wait`, "between", binary(t), "demo", "--addr", "127.0.0.1:0", "--data", dir}
		if detached {
			args = append(args, "--detached")
		}
		between := exec.Command("/bin/sh", args...)
		_, err := launch(between, patience)
		must(t, err)
		all, d := kin(dir), deskOf(t, dir)
		must(t, between.Process.Kill())
		if detached {
			time.Sleep(2 * time.Second)
			res, err := http.Get(d.BaseURL + "/healthz")
			if err != nil || res.StatusCode != 200 {
				t.Fatalf("detached, the demo ended with its parent: %v", err)
			}
			_ = res.Body.Close()
			for _, l := range all {
				if strings.Contains(l.command, binary(t)+" demo") && l.pid != between.Process.Pid {
					must(t, syscall.Kill(l.pid, syscall.SIGTERM))
				}
			}
		}
		gone(t, dir, all, soon)
	}
}

func TestAFillThatWasInterruptedSaysHowToGoOn(t *testing.T) {
	heavy(t)
	dir, err := emptyFolder()
	must(t, err)
	args := []string{"demo", "--addr", "127.0.0.1:0", "--data", dir}
	first := exec.Command(binary(t), args...)
	out := &buffer{}
	first.Stdout = out
	must(t, first.Start())
	until(t, "the fill is under way", func() bool { return strings.Contains(out.String(), "....") })
	all := kin(dir)
	must(t, first.Process.Signal(os.Interrupt))
	if err := first.Wait(); err != nil {
		t.Errorf("interrupted, the first start ended: %v", err)
	}
	gone(t, dir, all, soon)
	said, err := exec.Command(binary(t), args...).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "--fresh") {
		t.Errorf("the second start: %v: %s", err, said)
	}
	p := launchDemo(t, dir, "--fresh")
	d := deskOf(t, dir)
	d.do(worker, "GET", "/v1/cases/"+d.CourseE, nil, 200)
	all = kin(dir)
	p.end(t, os.Interrupt)
	gone(t, dir, all, soon)
}
