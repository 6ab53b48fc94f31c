package casefile_test

import (
	"errors"
	"slices"
	"testing"

	"hjemvej/internal/fault"
	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func second[T any](_ T, err error) error { return err }

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// missing are the paths that a refusal lists, sorted.
func missing(err error) []string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	var paths []string
	for _, field := range f.Fields {
		paths = append(paths, field.Path)
	}
	slices.Sort(paths)
	return paths
}
