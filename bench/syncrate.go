//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const pageSize = 4096

// overwriteRate gives how often a second a 4 KiB page of a preallocated file in dir can be
// overwritten and made durable: the floor of a commit that needs one page.
func overwriteRate(dir string, d time.Duration) (float64, error) {
	const pages = 4096
	return syncRate(dir, d, pages, func(i int) int64 { return int64(i%pages) * pageSize })
}

// appendRate gives the same for pages that make the file grow.
func appendRate(dir string, d time.Duration) (float64, error) {
	return syncRate(dir, d, 0, func(i int) int64 { return int64(i) * pageSize })
}

// syncRate writes pages at the offsets it is told and syncs after each.
func syncRate(dir string, d time.Duration, allocate int, offset func(int) int64) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "sync.tmp"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, pageSize)
	for i := range page {
		page[i] = byte(i)
	}
	// Written, not only reserved: the first write to a reserved block changes the file's metadata.
	for i := range allocate {
		if _, err := f.WriteAt(page, int64(i)*pageSize); err != nil {
			return 0, err
		}
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	begin, n := time.Now(), 0
	for ; time.Since(begin) < d; n++ {
		page[0] = byte(n)
		if _, err := f.WriteAt(page, offset(n)); err != nil {
			return 0, err
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return 0, fmt.Errorf("fdatasync: %w", err)
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}
