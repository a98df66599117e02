package sqlite

import (
	"encoding/binary"
	"log/slog"
	"os"
	"time"
)

// checkpointer moves the WAL into the database in the background, so that no commit does it. While
// commits go on, a pass never reaches the WAL's end and SQLite cannot begin it anew; so when a pass
// is through, the short rest is moved between two commits, and the next one starts the WAL over.
type checkpointer struct {
	s     *Store
	c     *conn
	index walIndex
	stop  chan struct{}
	done  chan struct{}
}

// checkpointEvery is how often the WAL's length is looked at: four bytes read.
const checkpointEvery = 20 * time.Millisecond

func (k *checkpointer) run() {
	defer close(k.done)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	limit := k.s.cfg.CheckpointPages
	for next := limit; ; {
		select {
		case <-k.stop:
			return
		case <-tick.C:
		}
		if frames := k.index.frames(); frames < next {
			if frames < limit {
				next = limit
			}
			continue
		}
		k.pass()
		// A long read, like a backup, keeps the WAL from starting over: wait for as much again.
		next = k.index.frames() + limit
	}
}

// Everybody waits for the rest that is moved between two commits, so that must be short: passes are
// repeated, each with less left to do, until so few pages came meanwhile, or so often.
const (
	shortRest = 1000
	maxPasses = 4
)

// pass moves everything: the bulk while commits go on, the rest between two of them.
func (k *checkpointer) pass() {
	for range maxPasses {
		before := k.index.frames()
		if !k.move() {
			return
		}
		if k.index.frames()-before < shortRest {
			break
		}
	}
	_ = k.s.w.Between(func() { k.move() })
}

// move moves what is in the WAL now.
func (k *checkpointer) move() bool {
	err := k.c.exec("PRAGMA wal_checkpoint(PASSIVE)")
	if err != nil {
		slog.Warn("checkpoint failed; it will be tried again", "error", err)
	}
	return err == nil
}

func (k *checkpointer) close() {
	close(k.stop)
	<-k.done
	_ = k.c.Close()
}

// mxFrame lies at this offset of the WAL index ("The WAL-Index File Format", sqlite.org/walformat.html).
const mxFrame = 16

// walIndex reads the shared index of the WAL. It keeps the file open until the last connection is
// closed: closing any descriptor of it would drop the locks by which SQLite, in this process, tells
// others that the database is in use, and the next program to open it would start it over.
type walIndex struct {
	path string
	file *os.File
}

// frames gives how many pages are valid in the WAL; 0 when it cannot be told.
func (x *walIndex) frames() int {
	if x.file == nil {
		f, err := os.Open(x.path)
		if err != nil {
			return 0
		}
		x.file = f
	}
	var b [4]byte
	if _, err := x.file.ReadAt(b[:], mxFrame); err != nil {
		return 0
	}
	return int(binary.NativeEndian.Uint32(b[:]))
}

// close is for when no connection is open any more.
func (x *walIndex) close() {
	if x.file != nil {
		_ = x.file.Close()
	}
}
