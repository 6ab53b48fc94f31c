package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestProvide_ANamedFolderMustHoldPostgreSQL(t *testing.T) {
	empty := t.TempDir()
	t.Setenv(binVariable, empty)
	_, err := Start(t.Context(), Options{Dir: dataFolder(t)})
	if err == nil || !strings.Contains(err.Error(), binVariable+"="+empty+": there is no initdb") {
		t.Errorf("got %v", err)
	}
}

func TestInspect_RefusesWhatIsTooOldOrBroken(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"echo 'postgres (PostgreSQL) 13.23'":           "this is PostgreSQL 13, and 14 or newer is needed",
		"echo 'postgres (PostgreSQL) 14.2 (Debian 1)'": "",
		"echo 'postgres (PostgreSQL) 19beta1'":         "",
		"echo 'something else'":                        "read the version of postgres",
		"exit 1":                                       "ask postgres for its version",
	} {
		_, err := inspect(t.Context(), fakeBinaries(t, answer), serverAccount())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
	}
}

func TestProvide_PrefersTheVersionThatMadeTheData(t *testing.T) {
	t.Parallel()
	old, young := fakeBinaries(t, "echo 'postgres (PostgreSQL) 15.1'"), fakeBinaries(t, "echo 'postgres (PostgreSQL) 16.1'")
	p := places{installed: []string{"/nonexistent", young, old}}
	for want, dir := range map[int]string{0: young, 15: old, 16: young} {
		got, err := provideFrom(t.Context(), p, serverAccount(), want, nil)
		if err != nil || got.dir != dir {
			t.Errorf("for data of %d: %v, %v", want, got, err)
		}
	}
	_, err := provideFrom(t.Context(), p, serverAccount(), 14, nil)
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 14, and here is PostgreSQL 16") {
		t.Errorf("got %v", err)
	}
}

func TestProvide_SaysHowToInstallWhereNothingCanBeHad(t *testing.T) {
	t.Parallel()
	_, err := provideFrom(t.Context(), places{}, serverAccount(), 0, nil)
	if err == nil || !strings.Contains(err.Error(), "install it with: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestNewestFirst_ComparesNumbers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, version := range []string{"9.6", "16", "postgresql@17", "latest"} {
		if err := os.MkdirAll(filepath.Join(root, version, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, dir := range newestFirst(root + "/*/bin") {
		got = append(got, filepath.Base(filepath.Dir(dir)))
	}
	if want := []string{"postgresql@17", "16", "9.6", "latest"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestFetch_TwoAtOnce really downloads, so it runs only when asked to.
func TestFetch_TwoAtOnce(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_DOWNLOAD") == "" {
		t.Skip("downloads PostgreSQL; set HJEMVEJ_TEST_DOWNLOAD=1 to run it")
	}
	cache := filepath.Join(dataFolder(t), "cache")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			b, err := provideFrom(ctx, places{cache: cache}, serverAccount(), 0, func(line string) { t.Log(line) })
			if err != nil || b.dir != unpacked(cache) || b.major != fetchedMajor() {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
	wait.Wait()
	if _, err := os.Stat(filepath.Join(cache, "unpacking")); err == nil {
		t.Error("the staging folder is left")
	}
	t.Setenv(binVariable, unpacked(cache))
	if got := query(t, startOn(t, dataFolder(t), true), `SELECT version()`); !strings.HasPrefix(got, "PostgreSQL 18") {
		t.Errorf("it runs %s", got)
	}
}

// fakeBinaries is a folder with an initdb and a postgres that only answers.
func fakeBinaries(t *testing.T, answer string) string {
	t.Helper()
	dir := dataFolder(t)
	for _, program := range []string{"initdb", "postgres"} {
		path := filepath.Join(dir, program)
		err := os.WriteFile(path, []byte("#!/bin/sh\n"+answer+"\n"), 0o755)
		if err := errors.Join(err, os.Chmod(path, 0o755)); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	return dir
}
