package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func freshnessCases() []testCase {
	return []testCase{
		{"Freshness/a Record is never older than an Update that returned", recordNeverOld},
		{"Freshness/a Record read first while it is written", recordColdWhileWritten},
		{"Freshness/a Directory is never older than an Update that returned", directoryNeverOld},
		{"Freshness/a key or secret that was revoked is never live", revokedNeverLive},
		{"Freshness/writers of many agents read their own", writersReadTheirOwn},
	}
}

// bump writes n into an agent and into its activation of service 43, in one Update.
func bump(tx store.Tx, code string, n int) error {
	_, err1 := setLastName(tx, code, strconv.Itoa(n))
	_, err2 := setActivation(tx, code, "43", agent.ActiveWaiting, strconv.Itoa(n))
	b := newBlock("b-"+code, block.Target{Agent: code})
	b.From = At(n)
	return errors.Join(err1, err2, tx.SaveBlock(b))
}

// bumped gives the n of a Record, and an error when it was not made by one Update.
func bumped(rec *store.Record) (int, error) {
	shop := rec.Agent.Profile.LastName
	n, err := strconv.Atoi(shop)
	if err != nil || len(rec.Blocks) != 1 {
		return 0, errors.Join(err, differ("blocks of a Record", len(rec.Blocks), 1))
	}
	return n, errors.Join(differ("agent and activation of one Record", rec.Activation("43").Comment, shop),
		differ("agent and block of one Record", rec.Blocks[0].From, At(n)))
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

// subjects are what a freshness case writes and reads: many things of one kind, each found by a key. bump
// writes a number into one of them, at more than one place, and read gives it, or an error when what
// it read was not made by one Update. check looks at one at rest.
type subjects struct {
	what  string
	key   func(i int) string
	add   func(tx store.Tx, key string) error
	bump  func(tx store.Tx, key string, n int) error
	read  func(key string) (int, error)
	check func(key string)
}

// records are the agents as subjects.
func records(t *testing.T, s store.Store) subjects {
	return subjects{
		what: "Record",
		key:  func(i int) string { return fmt.Sprintf("8000%04d", i) },
		add:  func(tx store.Tx, code string) error { _, err := addAgent(tx, partnerID, code); return err },
		bump: bump,
		read: func(code string) (int, error) {
			rec, err := s.Record(t.Context(), code)
			if err != nil {
				return 0, err
			}
			return bumped(rec)
		},
		check: func(code string) {
			sameAsStored(t, s, code)
			verifyChain(t, s, code)
		},
	}
}

func recordNeverOld(t *testing.T, s store.Store) {
	buildWorld(t, s)
	neverOld(t, s, records(t, s))
}

func recordColdWhileWritten(t *testing.T, s store.Store) {
	buildWorld(t, s)
	coldWhileWritten(t, s, records(t, s))
}

func writersReadTheirOwn(t *testing.T, s store.Store) {
	buildWorld(t, s)
	readTheirOwn(t, s, records(t, s))
}

// addBumped adds the first n subjects, each with a number, in one Update.
func addBumped(t *testing.T, s store.Store, of subjects, n, number int) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for i := range n {
			if err := of.add(tx, of.key(i)); err != nil {
				return err
			}
			if err := of.bump(tx, of.key(i), number); err != nil {
				return err
			}
		}
		return nil
	})
}

func neverOld(t *testing.T, s store.Store, of subjects) {
	const some, readers, rounds = 3, 3, 50
	var answered [some]atomic.Int64
	addBumped(t, s, of, some, 0)
	parallel(some*(1+readers+1), func(i int) {
		a, role := i%some, i/some
		key := of.key(a)
		read := func() (int, error) { return of.read(key) }
		switch role {
		case 0:
			write(t, of.what+" of "+key, s, &answered[a], rounds, func(tx store.Tx, n int) error { return of.bump(tx, key, n) }, read)
		case 1:
			for n := range rounds {
				spoil(t, s, n, func(tx store.Tx) error { return of.bump(tx, key, never) })
			}
		default:
			watch(t, of.what+" of "+key, &answered[a], rounds, read)
		}
	})
	for i := range some {
		of.check(of.key(i))
	}
}

func coldWhileWritten(t *testing.T, s store.Store, of subjects) {
	const many = 100
	addBumped(t, s, of, many, 1)
	for i := range many {
		bumpWhileRead(t, s, of, of.key(i))
	}
}

// bumpWhileRead writes 2 where 1 was, while others read it, and then looks for it.
func bumpWhileRead(t *testing.T, s store.Store, of subjects, key string) {
	t.Helper()
	const readers = 3
	parallel(1+readers, func(role int) {
		if role == 0 {
			if err := s.Update(t.Context(), func(tx store.Tx) error { return of.bump(tx, key, 2) }); err != nil {
				t.Error(err)
			}
			return
		}
		if n, err := of.read(key); err != nil || n < 1 || n > 2 {
			t.Errorf("%s of %s says %d (error %v), which no Update left", of.what, key, n, err)
		}
	})
	n, err := of.read(key)
	must(t, err)
	equal(t, of.what+" after the Update returned", n, 2)
}

func readTheirOwn(t *testing.T, s store.Store, of subjects) {
	parallel(32, func(i int) {
		key := of.key(i)
		if err := s.Update(t.Context(), func(tx store.Tx) error { return of.add(tx, key) }); err != nil {
			t.Error(err)
			return
		}
		var answered atomic.Int64
		write(t, of.what+" of "+key, s, &answered, 10, func(tx store.Tx, n int) error { return of.bump(tx, key, n) },
			func() (int, error) { return of.read(key) })
	})
}

func directoryNeverOld(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const readers, rounds = 4, 50
	var answered atomic.Int64
	setAll := func(tx store.Tx, n int) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		p, svc, c, l := dir.Partners[0], dir.Services[0], dir.Channels[0], newLadder(member.OTP)
		p.Name, svc.Name, c.Name, l.Steps[0].Flag = strconv.Itoa(n), strconv.Itoa(n), strconv.Itoa(n), strconv.Itoa(n)
		b, sw, token := newBlock("b1", block.Target{Service: "43"}), newSwitch("core"), newToken("t1", access.HolderSwitch, "core")
		b.Reason, sw.Name, token.ExpiresAt = strconv.Itoa(n), strconv.Itoa(n), At(n)
		return errors.Join(tx.SavePartner(p), tx.SaveService(svc), tx.SaveChannel(c), tx.SaveLadder(l),
			tx.SaveBlock(b), tx.SaveSwitch(sw), tx.SaveToken(token))
	}
	update(t, s, func(tx store.Tx) error { return setAll(tx, 0) })
	read := func() (int, error) {
		dir, err := s.Directory(t.Context())
		if err != nil {
			return 0, err
		}
		n, err := strconv.Atoi(dir.Partners[0].Name)
		return n, errors.Join(err,
			differ("partner and service of one Directory", dir.Partners[0].Name, dir.Services[0].Name),
			differ("partner and channel of one Directory", dir.Partners[0].Name, dir.Channels[0].Name),
			differ("partner and ladder of one Directory", dir.Partners[0].Name, dir.Ladders.OTP.Steps[0].Flag),
			differ("partner and block of one Directory", dir.Partners[0].Name, dir.BlocksOnService("43")[0].Reason),
			differ("partner and switch of one Directory", dir.Partners[0].Name, dir.Switches[0].Name),
			differ("partner and token of one Directory", dir.Tokens[0].ExpiresAt, At(n)))
	}
	parallel(2+readers, func(i int) {
		switch i {
		case 0:
			write(t, "Directory", s, &answered, rounds, setAll, read)
		case 1:
			for n := range rounds {
				spoil(t, s, n, func(tx store.Tx) error { return setAll(tx, never) })
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
			if err := errors.Join(tx.SaveKey(newKey(partnerID, name(i))), tx.SaveSecret(newSecret(channelID, name(i)))); err != nil {
				return err
			}
		}
		return nil
	})
	var revoked atomic.Int64
	dead := func() (n int, err error) {
		dir, err := s.Directory(t.Context())
		if err != nil {
			return 0, err
		}
		for i, k := range dir.Keys {
			if !k.Live(At(10)) {
				n++
			}
			err = errors.Join(err, differ("secret beside a key is live", dir.Secrets[i].Live(At(10)), k.Live(At(10))))
		}
		return n, err
	}
	parallel(1+readers, func(i int) {
		if i > 0 {
			watch(t, "keys revoked", &revoked, keys, dead)
			return
		}
		write(t, "keys revoked", s, &revoked, keys, func(tx store.Tx, n int) error {
			k, secret := newKey(partnerID, name(n-1)), newSecret(channelID, name(n-1))
			k.RevokedAt, secret.RevokedAt = At(5), At(5)
			return errors.Join(tx.SaveKey(k), tx.SaveSecret(secret))
		}, dead)
	})
}
