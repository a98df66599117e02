package storetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// RunFile checks what a store that lives in a file promises beyond Run: that what was answered is
// there when the file is opened again, and that a backup is such a file. open opens the store at
// path, making it when it is not there, and sees to it that t closes it; a case closes it before
// it opens the same path again.
func RunFile(t *testing.T, open func(t *testing.T, path string) store.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open func(path string) store.Store)
	}{
		{"File/keeps everything", fileKeepsEverything},
		{"File/goes on counting", fileGoesOnCounting},
		{"File/what was answered before Close is there", fileKeepsAnswered},
		{"File/what is read ahead after the start is never old", fileReadAheadIsFresh},
		{"Backup/writes a new file", alone(backupWrites)},
		{"Backup/never overwrites", alone(backupNeverOverwrites)},
		{"Backup/is a store with everything but the sessions", backupIsStore},
		{"Backup/under load is of one state", backupUnderLoad},
		{"Backup/during Close is whole or refused", backupDuringClose},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, func(path string) store.Store { return open(t, path) })
		})
	}
}

// alone is a case of one store.
func alone(run func(t *testing.T, s store.Store)) func(t *testing.T, open func(path string) store.Store) {
	return func(t *testing.T, open func(path string) store.Store) { run(t, open(filepath.Join(t.TempDir(), "db"))) }
}

func fileKeepsEverything(t *testing.T, open func(path string) store.Store) {
	path := filepath.Join(t.TempDir(), "db")
	s := open(path)
	buildWorld(t, s)
	update(t, s, writeAll)
	want := dump(t, s)
	must(t, s.Close())

	s = open(path)
	sameDump(t, "after it was opened again", dump(t, s), want)
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
	sameMember(t, s, msisdn)
	verifyMemberChain(t, s, msisdn)
	equal(t, "partners of the Directory", len(directoryOf(t, s).Partners), 3)
	must(t, s.Check(t.Context()))
}

func fileGoesOnCounting(t *testing.T, open func(path string) store.Store) {
	path := filepath.Join(t.TempDir(), "db")
	given := map[string]bool{}
	for round := range 3 {
		s := open(path)
		if round == 0 {
			buildWorld(t, s)
		}
		allNew(t, given, giveCodes(t, s, 5))
		update(t, s, func(tx store.Tx) error { _, err := appendOne(tx, fmt.Sprint(round)); return err })
		all := events(t, s)
		stats, err := s.Stats(t.Context())
		must(t, err)
		equal(t, "number of the last event", uint64(stats.Events), all[len(all)-1].Seq)
		must(t, s.Close())
	}
	equal(t, "events", len(events(t, open(path))), 12)
}

func fileKeepsAnswered(t *testing.T, open func(path string) store.Store) {
	path := filepath.Join(t.TempDir(), "db")
	s := open(path)
	buildWorld(t, s)
	before := len(events(t, s))
	done := closeLoaded(t, s, 8)

	s = open(path)
	sum := 0
	for i, n := range done {
		equal(t, fmt.Sprintf("Updates of %d, as answered", i), setting(t, s, fmt.Sprint(i)), strconv.Itoa(n))
		sum += n
	}
	equal(t, "events", len(events(t, s))-before, sum)
	must(t, s.Check(t.Context()))
}

// fileReadAheadIsFresh opens a store that has agents and members and writes them all while it reads them ahead.
func fileReadAheadIsFresh(t *testing.T, open func(path string) store.Store) {
	const many = 300
	path := filepath.Join(t.TempDir(), "db")
	s := open(path)
	buildWorld(t, s)
	addBumped(t, s, records(t, s), many, 1)
	addBumped(t, s, members(t, s), many, 1)
	must(t, s.Close())

	s = open(path)
	both := []subjects{records(t, s), members(t, s)}
	parallel(2*4, func(i int) {
		of := both[i%2]
		for n := i / 2; n < many; n += 4 {
			if err := s.Update(t.Context(), func(tx store.Tx) error { return of.bump(tx, of.key(n), 2) }); err != nil {
				t.Error(err)
			}
		}
	})
	for reading := true; reading; {
		stats, err := s.Stats(t.Context())
		must(t, err)
		reading = stats.ReadingAhead
		for _, of := range both {
			for n := range many {
				if got, err := of.read(of.key(n)); err != nil || got != 2 {
					t.Fatalf("%s of %s says %d (error %v), want 2", of.what, of.key(n), got, err)
				}
			}
		}
	}
}

// noSessions takes away those that writeAll made: a backup has none.
func noSessions(tx store.Tx) error {
	_, err := tx.DeleteSessions("alice", "")
	return err
}

func backupIsStore(t *testing.T, open func(path string) store.Store) {
	dir := t.TempDir()
	s := open(filepath.Join(dir, "db"))
	buildWorld(t, s)
	update(t, s, writeAll)
	update(t, s, noSessions)
	want := dump(t, s)
	saveSessions(t, s, newSession(1, "alice"))
	must(t, s.Backup(t.Context(), filepath.Join(dir, "backup")))
	update(t, s, noSessions)
	update(t, s, changeSeen)

	b := open(filepath.Join(dir, "backup"))
	sameDump(t, "backup", dump(t, b), want)
	must(t, b.Check(t.Context()))
	update(t, b, changeSeen)
	sameDump(t, "backup after the same change", dump(t, b), dump(t, s))
}

func backupUnderLoad(t *testing.T, open func(path string) store.Store) {
	const writers, backups = 6, 3
	dir := t.TempDir()
	s := open(filepath.Join(dir, "db"))
	path := func(i int) string { return filepath.Join(dir, fmt.Sprint("backup ", i)) }
	var answered, left atomic.Int64
	var atLeast [backups]int64
	left.Store(backups)
	parallel(writers+1, func(i int) {
		if i == writers {
			for b := range backups {
				atLeast[b] = answered.Load()
				if err := s.Backup(t.Context(), path(b)); err != nil {
					t.Errorf("Backup: %v", err)
				}
				left.Add(-1)
			}
			return
		}
		for n := 0; n < 10 || left.Load() > 0; n++ {
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				_, err := count(tx, "n")
				return errors.Join(err, moveOne(tx, writers*n+i))
			}); err != nil {
				t.Errorf("Update: %v", err)
			}
			answered.Add(1)
		}
	})
	for i := range backups {
		b := open(path(i))
		must(t, b.Check(t.Context()))
		must(t, b.View(t.Context(), wholeState))
		n := len(events(t, b))
		if int64(n) < atLeast[i] {
			t.Errorf("backup %d has %d Updates, %d were answered before it began", i, n, atLeast[i])
		}
		if n > 0 {
			equal(t, "count", setting(t, b, "n"), strconv.Itoa(n))
		}
	}
}

func backupDuringClose(t *testing.T, open func(path string) store.Store) {
	dir := t.TempDir()
	for round := range 5 {
		s := open(filepath.Join(dir, fmt.Sprint("db ", round)))
		buildWorld(t, s)
		update(t, s, writeAll)
		update(t, s, noSessions)
		want, path := dump(t, s), filepath.Join(dir, fmt.Sprint("backup ", round))
		var backupErr, closeErr error
		parallel(2, func(i int) {
			if i == 0 {
				backupErr = s.Backup(t.Context(), path)
			} else {
				closeErr = s.Close()
			}
		})
		must(t, closeErr)
		if backupErr == nil {
			sameDump(t, "backup", dump(t, open(path)), want)
			continue
		}
		wantCode(t, "Backup during Close", backupErr, fault.Unavailable)
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a refused Backup left something: %v", err)
		}
	}
}
