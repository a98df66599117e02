package socket_test

import (
	"bufio"
	"io"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/socket"
)

// longDir makes a directory whose name alone is longer than a socket's address may be.
func longDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 20), strings.Repeat("path", 20))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// greet answers every connection with a word until the listener is closed.
func greet(l net.Listener, word string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, word+"\n")
		_ = c.Close()
	}
}

func mustListen(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := socket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func mustGreet(t *testing.T, path, want string) {
	t.Helper()
	c, err := socket.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || line != want+"\n" {
		t.Fatalf("got %q, %v; want %q", line, err, want)
	}
}

func TestListenAndDial(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"short": t.TempDir(), "long": longDir(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, "operator.sock")
			go greet(mustListen(t, path), "hello")
			mustGreet(t, path, "hello")

			fi, err := os.Stat(path)
			if err != nil || fi.Mode().Type() != fs.ModeSocket || fi.Mode().Perm() != 0o600 {
				t.Errorf("the socket is %v, %v; want a socket of mode 0600", fi.Mode(), err)
			}
		})
	}
}

func TestListenReplacesWhatADeadProcessLeft(t *testing.T) {
	t.Parallel()
	path := filepath.Join(longDir(t), "operator.sock")
	_ = mustListen(t, path).Close() // leaves its file, as a killed process does
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("nothing was left: %v", err)
	}
	if c, err := socket.Dial(t.Context(), path); err == nil {
		_ = c.Close()
		t.Fatal("a dead socket answers")
	}
	go greet(mustListen(t, path), "again")
	mustGreet(t, path, "again")
}

func TestRetire(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "operator.sock")
	mustListen(t, path)
	socket.Retire(path)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
	socket.Retire(path) // one that is gone is no trouble
}

func TestListenFails(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	full := filepath.Join(t.TempDir(), "operator.sock") // a directory with something in it, not to be removed
	if err := os.MkdirAll(filepath.Join(full, "kept"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(missing, "operator.sock"),
		filepath.Join(missing, strings.Repeat("long", 40), "operator.sock"),
		full,
	} {
		if l, err := socket.Listen(path); err == nil {
			_ = l.Close()
			t.Errorf("Listen(%s) succeeded", path)
		}
		if c, err := socket.Dial(t.Context(), path); err == nil {
			_ = c.Close()
			t.Errorf("Dial(%s) succeeded", path)
		}
	}
}

func TestPeer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "operator.sock")
	l := mustListen(t, path)
	peer := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			peer <- err.Error()
			return
		}
		defer c.Close()
		peer <- socket.Peer(c)
	}()
	c, err := socket.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	me, err := user.Current()
	if err != nil {
		t.Skipf("this system does not say who runs the test: %v", err)
	}
	want := me.Username
	if runtime.GOOS != "linux" {
		want = "local"
	}
	if got := <-peer; got != want {
		t.Errorf("the peer is %q, want %q", got, want)
	}
}

func TestPeerOfAnotherKind(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := socket.Peer(a); got != "local" {
		t.Errorf("the peer of a pipe is %q, want local", got)
	}
}
