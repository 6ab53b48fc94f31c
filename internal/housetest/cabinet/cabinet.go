// Package cabinet gives a house of package housetest a place for files. It stands
// apart so that the tests which keep none are not linked with all that can keep them.
package cabinet

import (
	"testing"

	"hjemvej/casework/filing"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
)

// Of is the house's files, which lie in a folder.
func Of(t testing.TB, h *housetest.House, folder string) filing.Cabinet {
	t.Helper()
	return filing.Cabinet{DB: h.DB, Vault: h.Vault, Store: Files(t, folder)}
}

// Files is a place for files in a folder, open until the test ends.
func Files(t testing.TB, folder string) *files.Store {
	t.Helper()
	store, err := files.Open(t.Context(), files.Config{URL: "file://" + folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
