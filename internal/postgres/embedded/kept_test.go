package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestKeep_TwoProgramsAtOnceThenCopies(t *testing.T) {
	t.Parallel()
	keep := filepath.Join(t.TempDir(), "deep", "keep")
	failed := make(chan error, 2)
	for range cap(failed) {
		dir := dataFolder(t)
		go func() {
			s, err := Start(context.WithoutCancel(t.Context()), Options{Dir: dir, Keep: keep})
			if err == nil {
				err = s.Stop(context.WithoutCancel(t.Context()))
			}
			failed <- err
		}()
	}
	if err := errors.Join(<-failed, <-failed); err != nil {
		t.Fatal(err)
	}
	if names, err := filepath.Glob(filepath.Join(keep, "*")); len(names) != 1 {
		t.Errorf("%d files are kept, %v", len(names), err)
	}
	one, other := startKept(t, keep), startKept(t, keep)
	if identity(t, one) != identity(t, other) {
		t.Error("initdb ran again")
	}
	query(t, one, `CREATE TABLE mine AS SELECT 'mine' AS text`)
	failing(t, other, `SELECT FROM mine`)
}

func TestKeep_ACopyThatDoesNotStartIsReplaced(t *testing.T) {
	t.Parallel()
	keep, noCluster := t.TempDir(), t.TempDir()
	bin, err := provide(t.Context(), serverAccount(), 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(noCluster, "PG_VERSION"), fmt.Appendln(nil, bin.major), 0o600); err != nil {
		t.Fatal(err)
	}
	k := keptIn(Options{Keep: keep}, bin)
	k.pack(noCluster)
	if _, err := os.Stat(string(k)); err != nil {
		t.Fatal(err)
	}
	query(t, startKept(t, keep), `SELECT 'started'`)
	if _, err := os.Stat(string(k)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is of no use is still kept: %v", err)
	}
}

func TestKeep_ADurableClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	if k := keptIn(Options{Keep: t.TempDir(), Durable: true}, binaries{}); k != "" {
		t.Errorf("it would be kept in %s", k)
	}
}

func TestKept_NothingIsKeptWhereThereIsNoFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range []kept{"", kept(filepath.Join(file, "keep", "x"))} {
		k.pack(t.TempDir())
		if err := k.unpack(t.TempDir(), account{}); err == nil {
			t.Errorf("%q was used", k)
		}
	}
}

func TestKept_WhatIsNotWholeIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(content []byte) []byte{
		"half":      func(content []byte) []byte { return content[:len(content)/2] },
		"no end":    func(content []byte) []byte { return content[:len(content)-8] },
		"nothing":   func([]byte) []byte { return nil },
		"one byte":  func(content []byte) []byte { content[len(content)/2]++; return content },
		"all zeros": func(content []byte) []byte { return make([]byte, len(content)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := packed(t)
			content, err := os.ReadFile(string(k))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(string(k), spoil(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := k.unpack(t.TempDir(), account{}); err == nil {
				t.Error("it was used")
			}
			if _, err := os.Stat(string(k)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
}

func TestKept_AnotherUsersIsNotUsed(t *testing.T) {
	t.Parallel()
	if !isRoot() {
		t.Skip("only root can give a file away")
	}
	k := packed(t)
	if err := os.Chown(string(k), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := k.unpack(t.TempDir(), account{}); err == nil {
		t.Error("it was used")
	}
}

func TestKept_PackingSweepsWhatNobodyUsed(t *testing.T) {
	t.Parallel()
	k := packed(t)
	folder := filepath.Dir(string(k))
	old, begun, foreign := keptPrefix+"old.tar.gz", keptPrefix+"1.part", "other"
	long := time.Now().Add(-keptFor - time.Hour)
	for _, name := range []string{old, begun, foreign} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, long, long)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chtimes(string(k), long, long), k.unpack(t.TempDir(), account{})); err != nil { // which is a use
		t.Fatal(err)
	}
	kept(filepath.Join(folder, keptPrefix+"new.tar.gz")).pack(t.TempDir())
	var left []string
	names, err := os.ReadDir(folder)
	for _, n := range names {
		left = append(left, n.Name())
	}
	if len(left) != 3 || err != nil {
		t.Errorf("there are %q, %v; want the one in use, the new one and the foreign file", left, err)
	}
}

// packed keeps a small folder.
func packed(t *testing.T) kept {
	t.Helper()
	dir := t.TempDir()
	err := errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o700),
		os.WriteFile(filepath.Join(dir, "sub", "file"), make([]byte, 10_000), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	k := kept(filepath.Join(t.TempDir(), keptPrefix+"test.tar.gz"))
	k.pack(dir)
	return k
}

func startKept(t *testing.T, keep string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{Dir: dataFolder(t), Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

// identity is the number that initdb gave the cluster.
func identity(t *testing.T, s *Server) string {
	t.Helper()
	return query(t, s, `SELECT system_identifier::text FROM pg_control_system()`)
}
