package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

const (
	binVariable = "HJEMVEJ_POSTGRES_BIN"
	oldestMajor = 14
)

// binaries is a folder with PostgreSQL's programs and their version.
type binaries struct {
	dir     string
	version string // as postgres itself says it
	major   int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// provide finds binaries that the user can run, or fetches them. With a major
// version wanted only that one will do: PostgreSQL does not read the data of
// another.
func provide(ctx context.Context, user account, want int, progress func(string)) (binaries, error) {
	if dir := os.Getenv(binVariable); dir != "" {
		return named(ctx, dir, user, want)
	}
	return provideFrom(ctx, places{candidates(), cacheFolder()}, user, want, progress)
}

// named takes the folder that the environment names or none at all: who names
// one wants no other.
func named(ctx context.Context, dir string, user account, want int) (binaries, error) {
	b, err := inspect(ctx, dir, user)
	if err != nil {
		return binaries{}, fmt.Errorf("%s=%s: %w", binVariable, dir, err)
	}
	if want != 0 && b.major != want {
		return binaries{}, mismatch(want, b.major)
	}
	return b, nil
}

// places are where binaries may be: installed, best first, or fetched earlier.
type places struct {
	installed []string
	cache     string
}

func (p places) all() []string {
	if p.cache == "" {
		return p.installed
	}
	return append(p.installed, unpacked(p.cache))
}

// provideFrom is provide with the places given, so that a test can hide what is
// installed.
func provideFrom(ctx context.Context, p places, user account, want int, progress func(string)) (binaries, error) {
	other := 0
	for _, dir := range p.all() {
		b, err := inspect(ctx, dir, user)
		switch {
		case err != nil:
			continue
		case want == 0 || b.major == want:
			return b, nil
		case other == 0:
			other = b.major
		}
	}
	if err := ctx.Err(); err != nil {
		return binaries{}, fmt.Errorf("look for PostgreSQL: %w", err)
	}
	if want != 0 && want != fetchedMajor() {
		return binaries{}, mismatch(want, other)
	}
	dir, err := fetch(ctx, p.cache, progress)
	if err != nil {
		return binaries{}, unavailable(err)
	}
	b, err := inspect(ctx, dir, user)
	if err != nil {
		return binaries{}, unavailable(err)
	}
	return b, nil
}

// candidates lists the folders where PostgreSQL is usually installed, best
// first; they need not exist.
func candidates() []string {
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		dirs = append(dirs, newestFirst(pattern)...)
	}
	return dirs
}

// newestFirst sorts by the number in the path: 9.6 is older than 16.
func newestFirst(pattern string) []string {
	dirs, _ := filepath.Glob(pattern) // the patterns are ours and well formed
	number := func(dir string) float64 {
		name := strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "postgresql@")
		n, _ := strconv.ParseFloat(name, 64) // "latest" and plain "postgresql" come last
		return n
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return int(10 * (number(b) - number(a))) })
	return dirs
}

// inspect answers what is in a folder, or why it will not do. The version is
// asked as the user who will run it, because root may be the only one who can.
func inspect(ctx context.Context, dir string, user account) (binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return binaries{}, err
	}
	b := binaries{dir: dir}
	for _, program := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(b.path(program)); err != nil || info.IsDir() {
			return binaries{}, fmt.Errorf("there is no %s in this folder", program)
		}
	}
	out, err := user.command(ctx, b.path("postgres"), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("ask postgres for its version: %w", err)
	}
	b.version = strings.TrimSpace(string(out))
	if _, err := fmt.Sscanf(b.version, "postgres (PostgreSQL) %d", &b.major); err != nil {
		return binaries{}, fmt.Errorf("read the version of postgres: %w", err)
	}
	if b.major < oldestMajor {
		return binaries{}, fmt.Errorf("this is PostgreSQL %d, and %d or newer is needed", b.major, oldestMajor)
	}
	return b, nil
}

func mismatch(want, other int) error {
	here := "none is here"
	if other != 0 {
		here = fmt.Sprintf("here is PostgreSQL %d", other)
	}
	return fmt.Errorf("the data folder was made by PostgreSQL %d, and %s: "+
		"install version %[1]d, name its bin folder in %[3]s, or choose another data folder", want, here, binVariable)
}

func unavailable(cause error) error {
	install := "apt-get install postgresql"
	if runtime.GOOS == "darwin" {
		install = "brew install postgresql"
	}
	return fmt.Errorf("PostgreSQL %d or newer is not installed and could not be fetched (%w); install it with: %s",
		oldestMajor, cause, install)
}
