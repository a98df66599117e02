//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// grab gives n bytes outside the collector's heap, which would otherwise keep as much again free
// for garbage. Less than a page comes from the heap, and so does what the system does not give.
func grab(n int) []byte {
	if n < os.Getpagesize() {
		return make([]byte, n)
	}
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]byte, n)
	}
	return b
}

// release gives back what grab gave; nobody may hold a part of it.
func release(b []byte) {
	if len(b) > 0 {
		_ = syscall.Munmap(b[:cap(b)]) // it fails for what the heap gave, which is collected
	}
}
