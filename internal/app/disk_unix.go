//go:build linux || darwin

package app

import "syscall"

// freeBytes is the room that is left for us on the disk of a directory.
func freeBytes(dir string) (int64, bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
