package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is the user that PostgreSQL's processes belong to.
type account struct {
	uid, gid uint32
	other    bool // it is not the program's own user
}

func isRoot() bool { return os.Geteuid() == 0 }

// serverAccount is the program's own user or, for root, an unprivileged one.
func serverAccount() account {
	if !isRoot() {
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		if a, err := lookup(name); err == nil && a.uid != 0 {
			return a
		}
	}
	return account{uid: 65534, gid: 65534, other: true}
}

func lookup(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	// macOS may write nobody's id as -2.
	uid, uidErr := strconv.ParseInt(u.Uid, 10, 64)
	gid, gidErr := strconv.ParseInt(u.Gid, 10, 64)
	return account{uid: uint32(uid), gid: uint32(gid), other: true}, errors.Join(uidErr, gidErr)
}

// ownerOf is the account that an existing cluster belongs to; ok is false when
// it is root's and nobody can run it as it stands.
func ownerOf(path string) (a account, ok bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return a, false, err
	}
	st := info.Sys().(*syscall.Stat_t)
	own := serverAccount()
	switch {
	case isRoot():
		return account{uid: st.Uid, gid: st.Gid, other: true}, st.Uid != 0, nil
	case st.Uid == own.uid:
		return own, true, nil
	}
	return a, false, fmt.Errorf("the database in %s belongs to another user (id %d)", path, st.Uid)
}

// command prepares a program to run as the account, in an environment of its
// own: variables such as PGPORT would change what the server does.
func (a account) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/" // the program's own folder may be closed to the account
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=" + os.Getenv("PATH")}
	if libraries, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+libraries)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if a.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

// reaches tries a folder by entering it as the account, because mode bits alone
// do not tell what access lists and mounts forbid.
func (a account) reaches(ctx context.Context, dir string) bool {
	return a.command(ctx, "/bin/sh", "-c", `cd "$0"`, dir).Run() == nil
}

// give makes the account the owner of one file or folder.
func (a account) give(path string) error {
	if !a.other {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// makeAll is os.MkdirAll whose new folders have the mode whatever the umask is:
// root's is often 077, and the account must pass.
func makeAll(dir string, mode os.FileMode) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeAll(parent, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process was faster, or it is a file
			return os.MkdirAll(dir, mode)
		}
		return err
	}
	return os.Chmod(dir, mode)
}
