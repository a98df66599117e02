package secret

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

func TestAFullQueueAnswersAtOnce(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, mustKey(t), PINConfig{MemoryKiB: 8, Passes: 1, Hashers: 1, Queue: 2})
	turns := []*Turn{mustEnter(t, p), mustEnter(t, p), mustEnter(t, p)}
	for range 2 {
		turn, err := p.Enter("")
		if refused(t, err, fault.Unavailable, "try again"); turn != nil {
			t.Error("a turn came out")
		}
		if got := fault.As(err).RetryAfter; got != time.Second {
			t.Errorf("it says to come again in %v", got)
		}
	}
	turns[0].Leave()
	turns[0].Leave() // gives up no second place
	if calls, hashes := p.Load(); calls != 2 || hashes != 0 {
		t.Errorf("%d calls and %d hashes are counted", calls, hashes)
	}
	mustEnter(t, p)
	_, err := p.Enter("")
	refused(t, err, fault.Unavailable)
}

// TestHashersAreBounded lets more calls in than are hashed at a time, and looks at what runs while
// everything that may run does.
func TestHashersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const hashers, queue, each = 3, 7, 2
		p := mustPINs(t, mustKey(t), PINConfig{MemoryKiB: 8, Passes: 1, Hashers: hashers, Queue: queue})
		var running, most atomic.Int64
		p.argon2 = func(_, _ []byte, _ cost) []byte {
			now := running.Add(1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
			time.Sleep(time.Second) // of the bubble's clock
			running.Add(-1)
			return make([]byte, sumBytes)
		}
		var all sync.WaitGroup
		for range hashers + queue {
			turn := mustEnter(t, p)
			all.Go(func() {
				defer turn.Leave()
				turn.Match(turn.Hash(msisdn, NewText("7391")), msisdn, NewText("7391"))
			})
		}
		synctest.Wait()
		if calls, hashes := p.Load(); calls != hashers+queue || hashes != hashers || running.Load() != hashers {
			t.Errorf("%d calls, %d hashes begun, %d running", calls, hashes, running.Load())
		}
		_, err := p.Enter("")
		refused(t, err, fault.Unavailable)
		all.Wait()
		if calls, hashes := p.Load(); calls != 0 || hashes != each*(hashers+queue) || most.Load() != hashers {
			t.Errorf("at the end %d calls and %d hashes are counted; at most %d ran at a time", calls, hashes, most.Load())
		}
	})
}

func TestPINDefaults(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, mustKey(t), PINConfig{Hashers: 2})
	if p.cost != (cost{19456, 2}) || cap(p.hashers) != 2 || p.places != 2+128 {
		t.Errorf("cost %+v, %d hashers, %d places", p.cost, cap(p.hashers), p.places)
	}
	if p := mustPINs(t, mustKey(t), PINConfig{}); cap(p.hashers) < 1 || p.places != cap(p.hashers)+128 {
		t.Errorf("%d hashers, %d places", cap(p.hashers), p.places)
	}
}

// TestShares: one channel leaves places to the others, and the channels some to the operator.
func TestShares(t *testing.T) {
	t.Parallel()
	p := mustPINs(t, mustKey(t), PINConfig{MemoryKiB: 8, Passes: 1, Hashers: 1, Queue: 15}) // 16 places
	enter := func(channel string) (n int, turns []*Turn) {
		for {
			turn, err := p.Enter(channel)
			if err != nil {
				return n, turns
			}
			n, turns = n+1, append(turns, turn)
		}
	}
	a, turns := enter("a")
	b, _ := enter("b")
	operator, _ := enter("")
	if a != 12 || b != 2 || operator != 2 {
		t.Errorf("the places are %d, %d and %d, want 12, 2 and 2", a, b, operator)
	}
	for _, turn := range append(turns[:3], turns[:3]...) { // once more changes nothing
		turn.Leave()
	}
	if again, _ := enter("b"); again != 1 {
		t.Errorf("of three places that were left %d are another channel's, want 1: 14 of the 16 are for channels, and 13 are taken", again)
	}
}
