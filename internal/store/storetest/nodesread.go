package storetest

import (
	"fmt"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// nodesReadUnderTheLatest: whatever is read at a node that does not know yet that another one has changed the directory
// comes with the latest one, and not with the one in memory.
func nodesReadUnderTheLatest(t *testing.T, open func() store.Store) {
	a, b := open(), open()
	buildWorld(t, a)
	AddMember(t, a, NewMember(newMSISDN))
	for i, read := range readsOfDirectory(t, b) {
		directoryOf(t, b)
		before := b.Recent()
		AddPartner(t, a, fmt.Sprint("p-", i), fmt.Sprint("97000000", i))
		samePointer(t, "in memory, as nothing was read", b.Recent(), before, true)
		dir, err := read.read()
		must(t, err)
		if _, ok := dir.Partner(fmt.Sprint("p-", i)); !ok {
			t.Errorf("%s comes with an old directory", read.what)
		}
		samePointer(t, "that comes with "+read.what, dir, before, false)
		samePointer(t, "from the database after "+read.what, directoryOf(t, b), dir, true)
	}
}

// readOfDirectory is one way to read something with the directory.
type readOfDirectory struct {
	what string
	read func() (*store.Directory, error)
}

func readsOfDirectory(t *testing.T, s store.Store) (list []readOfDirectory) {
	for _, code := range []string{userCode, "nobody", "nul\x00"} {
		list = append(list, readOfDirectory{"State of " + code, func() (*store.Directory, error) {
			_, dir, err := s.State(t.Context(), code)
			return dir, err
		}})
	}
	for _, codes := range [][]string{nil, {userCode}, {"nobody"}, {userCode, "nul\x00"}} {
		list = append(list, readOfDirectory{fmt.Sprint("States of ", codes), func() (*store.Directory, error) {
			_, dir, err := s.States(t.Context(), codes)
			return dir, err
		}})
	}
	for _, number := range []string{newMSISDN, "nobody", "nul\x00"} {
		list = append(list, readOfDirectory{"MemberState of " + number, func() (*store.Directory, error) {
			_, dir, err := s.MemberState(t.Context(), number)
			return dir, err
		}})
	}
	return list
}
