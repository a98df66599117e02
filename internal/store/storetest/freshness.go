package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func freshnessCases() []testCase {
	return []testCase{
		{"Freshness/a Record is never older than an Update that returned", recordNeverOld},
		{"Freshness/a Record read first while it is written", recordColdWhileWritten},
		{"Freshness/a Directory is never older than an Update that returned", directoryNeverOld},
		{"Freshness/a key that was revoked is never live", revokedNeverLive},
		{"Freshness/writers of many agents read their own", writersReadTheirOwn},
	}
}

// bump writes n into an agent and into its activation of service 43, in one Update.
func bump(tx store.Tx, code string, n int) error {
	_, err1 := setLastName(tx, code, strconv.Itoa(n))
	_, err2 := setActivation(tx, code, "43", agent.ActiveWaiting, strconv.Itoa(n))
	return errors.Join(err1, err2)
}

// bumped gives the n of a Record, and an error when it was not made by one Update.
func bumped(rec *store.Record) (int, error) {
	shop := rec.Agent.Profile.LastName
	if err := differ("agent and activation of one Record", rec.Activation("43").Comment, shop); err != nil {
		return 0, err
	}
	return strconv.Atoi(shop)
}

// never is what only Updates that fail write.
const never = -1

// spoil writes never in an Update that fails: by an error or by a panic.
func spoil(t *testing.T, s store.Store, n int, write func(tx store.Tx) error) {
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := write(tx); err != nil {
			return err
		}
		if n%2 == 0 {
			panic("meant to panic")
		}
		return errFailing()
	})
	if err == nil {
		t.Error("an Update whose fn failed gives no error")
	}
}

// watch reads until the last value was seen: none may be older than what was answered before the
// read began, nor than the value read before.
func watch(t *testing.T, what string, answered *atomic.Int64, last int, read func() (int, error)) {
	for seen := 0; seen < last && !t.Failed(); {
		atLeast := max(seen, int(answered.Load()))
		got, err := read()
		if err != nil || got < atLeast {
			t.Errorf("%s: read %d after %d was answered or read before (error %v)", what, got, atLeast, err)
			return
		}
		seen = got
		runtime.Gosched() // reads from memory never block: leave the processor to the writers
	}
}

// write does n Updates one after another, tells of each that was answered, and looks at once for it.
func write(t *testing.T, what string, s store.Store, answered *atomic.Int64, n int,
	change func(tx store.Tx, n int) error, read func() (int, error),
) {
	for i := 1; i <= n && !t.Failed(); i++ {
		if err := s.Update(t.Context(), func(tx store.Tx) error { return change(tx, i) }); err != nil {
			t.Errorf("%s: Update %d: %v", what, i, err)
			return
		}
		answered.Store(int64(i))
		if got, err := read(); err != nil || got != i {
			t.Errorf("%s: read %d right after %d was answered (error %v)", what, got, i, err)
		}
	}
}

func recordNeverOld(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const agents, readers, rounds = 3, 3, 50
	var answered [agents]atomic.Int64
	for i := range agents {
		AddAgent(t, s, partnerID, fmt.Sprintf("8000000%d", i))
		update(t, s, func(tx store.Tx) error { return bump(tx, fmt.Sprintf("8000000%d", i), 0) })
	}
	parallel(agents*(1+readers+1), func(i int) {
		a, role := i%agents, i/agents
		code := fmt.Sprintf("8000000%d", a)
		read := func() (int, error) {
			rec, err := s.Record(t.Context(), code)
			if err != nil {
				return 0, err
			}
			return bumped(rec)
		}
		switch role {
		case 0:
			write(t, "Record of "+code, s, &answered[a], rounds, func(tx store.Tx, n int) error { return bump(tx, code, n) }, read)
		case 1:
			for n := range rounds {
				spoil(t, s, n, func(tx store.Tx) error { return bump(tx, code, never) })
			}
		default:
			watch(t, "Record of "+code, &answered[a], rounds, read)
		}
	})
	for i := range agents {
		sameAsStored(t, s, fmt.Sprintf("8000000%d", i))
		verifyChain(t, s, fmt.Sprintf("8000000%d", i))
	}
}

func recordColdWhileWritten(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const agents, readers = 100, 3
	code := func(i int) string { return fmt.Sprintf("8000%04d", i) }
	update(t, s, func(tx store.Tx) error {
		for i := range agents {
			if _, err := addAgent(tx, partnerID, code(i)); err != nil {
				return err
			}
			if err := bump(tx, code(i), 1); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range agents {
		parallel(1+readers, func(role int) {
			if role == 0 {
				if err := s.Update(t.Context(), func(tx store.Tx) error { return bump(tx, code(i), 2) }); err != nil {
					t.Error(err)
				}
				return
			}
			rec, err := s.Record(t.Context(), code(i))
			if err != nil {
				t.Error(err)
			} else if n, err := bumped(rec); err != nil || n < 1 || n > 2 {
				t.Errorf("Record of %s says %d (error %v), which no Update left", code(i), n, err)
			}
		})
		n, err := bumped(recordOf(t, s, code(i)))
		must(t, err)
		equal(t, "Record after the Update returned", n, 2)
	}
}

func directoryNeverOld(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const readers, rounds = 4, 50
	var answered atomic.Int64
	setBoth := func(tx store.Tx, n int) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		p, svc := dir.Partners[0], dir.Services[0]
		p.Name, svc.Name = strconv.Itoa(n), strconv.Itoa(n)
		return errors.Join(tx.SavePartner(p), tx.SaveService(svc))
	}
	update(t, s, func(tx store.Tx) error { return setBoth(tx, 0) })
	read := func() (int, error) {
		dir, err := s.Directory(t.Context())
		if err != nil {
			return 0, err
		}
		if err := differ("partner and service of one Directory", dir.Partners[0].Name, dir.Services[0].Name); err != nil {
			return 0, err
		}
		return strconv.Atoi(dir.Partners[0].Name)
	}
	parallel(2+readers, func(i int) {
		switch i {
		case 0:
			write(t, "Directory", s, &answered, rounds, setBoth, read)
		case 1:
			for n := range rounds {
				spoil(t, s, n, func(tx store.Tx) error { return setBoth(tx, never) })
			}
		default:
			watch(t, "Directory", &answered, rounds, read)
		}
	})
}

func revokedNeverLive(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const keys, readers = 40, 4
	name := func(i int) string { return fmt.Sprintf("key-%02d", i) }
	update(t, s, func(tx store.Tx) error {
		for i := range keys {
			if err := tx.SaveKey(newKey(partnerID, name(i))); err != nil {
				return err
			}
		}
		return nil
	})
	var revoked atomic.Int64
	live := func() (n int, err error) {
		dir, err := s.Directory(t.Context())
		if err != nil {
			return 0, err
		}
		for _, k := range dir.Keys {
			if !k.Live(At(10)) {
				n++
			}
		}
		return n, nil
	}
	parallel(1+readers, func(i int) {
		if i > 0 {
			watch(t, "keys revoked", &revoked, keys, live)
			return
		}
		write(t, "keys revoked", s, &revoked, keys, func(tx store.Tx, n int) error {
			k := newKey(partnerID, name(n-1))
			k.RevokedAt = At(5)
			return tx.SaveKey(k)
		}, live)
	})
}

func writersReadTheirOwn(t *testing.T, s store.Store) {
	buildWorld(t, s)
	parallel(32, func(i int) {
		code := fmt.Sprintf("8000%04d", i)
		err := s.Update(t.Context(), func(tx store.Tx) error { _, err := addAgent(tx, partnerID, code); return err })
		if err != nil {
			t.Error(err)
			return
		}
		var answered atomic.Int64
		write(t, "Record of "+code, s, &answered, 10, func(tx store.Tx, n int) error { return bump(tx, code, n) }, func() (int, error) {
			rec, err := s.Record(t.Context(), code)
			if err != nil {
				return 0, err
			}
			return bumped(rec)
		})
	})
}
