//go:build unix

package sqlite

import "syscall"

// grab gives n bytes outside the collector's heap, which would otherwise keep as much again free
// for garbage. When the system gives none, the heap does.
func grab(n int) []byte {
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
