package embedded

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestStart_WorksAsAnUnprivilegedUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	user := serverAccount()
	dir := filepath.Join(dataFolder(t), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := user.give(dir); err != nil {
		t.Fatal(err)
	}
	cmd, server := startChild(t, user, dir)
	if got := ownerID(t, filepath.Join(dir, clusterName)); got != user.uid {
		t.Errorf("the cluster belongs to %d, want %d", got, user.uid)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	awaitEnd(t, server)
	// Root finds the same data and leaves them to their owner.
	if got := query(t, startOn(t, dir, true), `SELECT text FROM kept`); got != Owner {
		t.Errorf("the data say %q", got)
	}
	if got := ownerID(t, filepath.Join(dir, clusterName)); got != user.uid {
		t.Errorf("the cluster belongs to %d now", got)
	}
}

func TestStart_AsRootInAFolderThatOnlyRootReaches(t *testing.T) {
	t.Parallel()
	needRoot(t)
	top := dataFolder(t)
	if err := os.Chmod(top, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "data")
	s := startOn(t, dir, true)
	path := mustCluster(t, dir)
	if filepath.Dir(path) != elsewhere {
		t.Errorf("the cluster is in %s", path)
	}
	query(t, s, `CREATE TABLE kept AS SELECT 'still here' AS text`)
	stop(t, s)
	if err := os.Remove(filepath.Join(dir, locationName)); err != nil { // the place is found without it
		t.Fatal(err)
	}
	s = startOn(t, dir, true)
	if got := query(t, s, `SELECT text FROM kept`); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
	if info, err := os.Stat(top); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder's permissions were touched: %v, %v", info.Mode(), err)
	}
	stop(t, s)
	if err := os.Remove(filepath.Join(dir, locationName)); err != nil {
		t.Fatal(err)
	}
	if err := Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("Remove left the cluster")
	}
}

func TestStart_AsRootTakesOverARestoredCopy(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir, restored := dataFolder(t), dataFolder(t)
	s := startOn(t, dir, true)
	query(t, s, `CREATE TABLE kept AS SELECT 'still here' AS text`)
	stop(t, s)
	if out, err := exec.Command("cp", "-r", mustCluster(t, dir), mustCluster(t, restored)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := query(t, startOn(t, restored, true), `SELECT text FROM kept`); got != "still here" {
		t.Errorf("the copy says %q", got)
	}
}

func TestClusterPath_NamesOurOwnPlaceOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{"/etc", elsewhere + "/../../etc", elsewhere, "", elsewhere + "/a/b"} {
		if err := os.WriteFile(filepath.Join(dir, locationName), []byte(path+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := clusterPath(dir); err == nil {
			t.Errorf("%q leads to %s", path, got)
		}
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if !isRoot() {
		t.Skip("this is about root; run as root to see it")
	}
}

func ownerID(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

// copyOfSelf is the test binary where every user may run it; go test builds it
// in a folder of its own user.
func copyOfSelf(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(dataFolder(t), "child")
	// A process that another test forks now would hold the file open for writing,
	// and such a file cannot be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out.Close(), os.Chmod(path, 0o755)); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}
