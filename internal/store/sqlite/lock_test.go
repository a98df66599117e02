//go:build linux

package sqlite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// lookAt names, in the environment of a second process, the index whose lock it is to look for.
const lookAt = "SWITCHBOARD_TEST_LOOK_AT"

// inUse is the byte of the WAL index whose lock says that somebody has the database open ("DMS" in
// sqlite.org/walformat.html).
const inUse = 128

// TestLockSeenByOthers makes sure that another process sees the database in use for as long as it
// is: without the lock, the next program to open it would start the shared index over under us.
func TestLockSeenByOthers(t *testing.T) {
	if path := os.Getenv(lookAt); path != "" {
		report(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "db")
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, CheckpointPages: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 20 { // many looks at the WAL's length, and passes
		if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.SetSetting("n", strings.Repeat("x", i)) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockSeenByOthers$", "-test.v")
	cmd.Env = append(os.Environ(), lookAt+"="+path+"-shm")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "the database is in use") {
		t.Fatalf("another process does not see that the database is in use (%v):\n%s", err, out)
	}
}

// report runs in the second process.
func report(t *testing.T, path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: inUse, Len: 1}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		t.Fatal(err)
	}
	if lock.Type != syscall.F_UNLCK {
		t.Log("the database is in use")
	}
}
