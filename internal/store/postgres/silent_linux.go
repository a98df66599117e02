package postgres

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUpSilent ends a connection whose other end acknowledges nothing any more.
func giveUpSilent(_, _ string, raw syscall.RawConn) (err error) {
	failed := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silentAtMost.Milliseconds()))
	})
	if failed != nil {
		return failed
	}
	return err
}
