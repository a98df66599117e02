package socket

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// maxPath is the longest path that every system takes for a socket's address.
const maxPath = 100

// Listen makes the socket at path, in place of one that a dead process left. The caller must own
// the directory's lock: a living server's socket would be replaced as well.
func Listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var l net.Listener
	err := short(path, func(path string) (err error) {
		l, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // by a name that may be gone; Remove does it
	return l, os.Chmod(path, 0o600)
}

// Remove takes the socket's name away.
func Remove(path string) { _ = os.Remove(path) }

// retireAtMost bounds Retire: a server that does not answer by then is not waited for.
const retireAtMost = 2 * time.Second

// Retire takes the socket's name away and returns when everybody who had connected by then has
// been accepted: closing the listener drops those who still wait to be. The server behind it,
// which must speak HTTP, takes connections in their order, so one more is made and waited for.
func Retire(path string) {
	aside := path + ".closing"
	if os.Rename(path, aside) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), retireAtMost)
	defer cancel()
	conn, err := Dial(ctx, aside)
	Remove(aside)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(retireAtMost))
	_, _ = io.WriteString(conn, "GET /healthz HTTP/1.0\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn) // what it answers does not matter
}

// Dial connects to the socket at path.
func Dial(ctx context.Context, path string) (conn net.Conn, err error) {
	err = short(path, func(path string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
		return err
	})
	return conn, err
}

// short calls fn with a name of the path that is short enough for an address: on Linux any
// directory has one through an open descriptor.
func short(path string, fn func(string) error) error {
	if len(path) <= maxPath {
		return fn(path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return fn("/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path))
}
