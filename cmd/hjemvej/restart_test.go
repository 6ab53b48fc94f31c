package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/internal/postgres/embedded"

	"github.com/google/go-cmp/cmp"
)

func TestARestartFindsEverythingAndSendsNothingTwice(t *testing.T) {
	heavy(t)
	dir := demoFolder(t)
	var before map[string]any
	var files []string
	for start := range 3 {
		p := launchDemo(t, dir)
		d := deskOf(t, dir)
		conn := database(t, dir)
		quiet(t, conn)
		now := map[string]any{"tokens": d.Tokens, "partners": d.Partner, "E": d.CourseE}
		for _, who := range []string{"contact_person_1", "contact_person_2", lead} {
			now[who] = d.everything(who)
		}
		sent := map[string]int{}
		for _, l := range lettersIn(t, dir) {
			sent[l.Header.Get("Message-Id")]++
		}
		for id, n := range sent {
			letter, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
			if n > 1 || count(t, conn, `SELECT count(*) FROM letters WHERE id = $1::uuid AND state = 'sent'`, letter) != 1 {
				t.Errorf("R36: letter %s came %d times, or is not known as sent", letter, n)
			}
		}
		now["letters"] = slices.Sorted(maps.Keys(sent))
		if n := count(t, conn, `SELECT count(*) FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND f.due_on <= $1::date + 3 AND c.state = 'arrived'
			AND NOT EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.state = 'sent')`, today().String()); n > 0 {
			t.Errorf("R36: nobody was reminded of %d follow-ups that are due", n)
		}
		if diff := cmp.Diff(before, now); start > 0 && diff != "" {
			t.Errorf("after restart %d (-before +now):\n%s", start, diff)
		}
		before = now
		p.end(t, []os.Signal{os.Interrupt, os.Kill, os.Interrupt}[start])
		gone(t, dir, nil, soon)
		files, _ = filepath.Glob(filepath.Join(dir, "letters", "*.eml"))
	}
	if len(files) == 0 {
		t.Error("the demo sent no letter at all")
	}
}

// everything is what somebody sees of all their cases.
func (d desk) everything(who string) (all []any) {
	d.t.Helper()
	for _, c := range got[api.Page[casefile.Summary]](d.do(who, "GET", "/v1/cases?limit=200", nil, 200)).Items {
		for _, of := range []string{"", "/followups", "/handoffs", "/consents"} {
			all = append(all, got[any](d.do(who, "GET", "/v1/cases/"+c.Code+of, nil, 200)))
		}
	}
	return all
}

// As root, in a folder that only root reaches, the database lies elsewhere and
// outlives the folder.
func TestADemoWhoseFolderWasDeletedStartsOver(t *testing.T) {
	heavy(t)
	if os.Geteuid() != 0 {
		t.Skip("this is about root; run as root to see it")
	}
	dir := filepath.Join(t.TempDir(), "closed", "demo")
	must(t, os.MkdirAll(dir, 0o700))
	p := launchDemo(t, dir)
	p.end(t, os.Interrupt)
	gone(t, dir, nil, soon)
	must(t, os.RemoveAll(dir))
	p = launchDemo(t, dir)
	d := deskOf(t, dir)
	d.do(worker, "GET", "/v1/cases/"+d.CourseE, nil, 200)
	p.end(t, os.Interrupt)
	gone(t, dir, nil, soon)
	must(t, embedded.Remove(t.Context(), dir))
}

func TestFreshStartsOver(t *testing.T) {
	heavy(t)
	dir := demoFolder(t)
	old := deskOf(t, dir)
	key, err := os.ReadFile(filepath.Join(dir, "master.key"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600))
	must(t, os.MkdirAll(filepath.Join(dir, "letters"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "letters", "000001-AAAAAAAAAAAAAAAAAAAAAAAAAA.eml"), []byte("X-Received-At: 2026-01-01T00:00:00Z\r\n\r\n"), 0o600))
	p := launchDemo(t, dir, "--fresh")
	d := deskOf(t, dir)
	if d.CourseE == old.CourseE || d.Tokens[worker] == old.Tokens[worker] || d.Tokens[iom] == old.Tokens[iom] {
		t.Error("something of the old demo is left")
	}
	if now, err := os.ReadFile(filepath.Join(dir, "master.key")); err != nil || string(now) == string(key) {
		t.Errorf("the old master key is left: %v", err)
	}
	if mine, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(mine) != "mine" {
		t.Errorf("what is not the demo's is gone: %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("the folder's permissions were touched: %v, %v", info.Mode(), err)
	}
	if old, _ := filepath.Glob(filepath.Join(dir, "letters", "*AAAAAAAAAA.eml")); len(old) > 0 {
		t.Error("the old letters are left")
	}
	d.do(worker, "GET", "/v1/cases/"+d.CourseE, nil, 200)
	d.Tokens[worker] = old.Tokens[worker]
	d.do(worker, "GET", "/v1/me", nil, 401)
	p.end(t, os.Interrupt)
}
