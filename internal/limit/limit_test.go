package limit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/limit"
)

func noon() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

// TestTake: a step takes or peeks a token of a key at a time after noon.
func TestTake(t *testing.T) {
	t.Parallel()
	const s = time.Second
	type step struct {
		key  string
		at   time.Duration
		peek bool
		wait time.Duration // 0: let pass
	}
	for name, c := range map[string]struct {
		rate  float64
		burst int
		steps []step
	}{
		"burst, then the rate":  {1, 2, []step{{"a", 0, false, 0}, {"a", 0, false, 0}, {"a", 0, false, s}, {"a", s, false, 0}, {"a", s, false, s}}},
		"keys apart":            {1, 1, []step{{"a", 0, false, 0}, {"b", 0, false, 0}, {"a", 0, false, s}, {"", 0, false, 0}}},
		"refused costs nothing": {1, 1, []step{{"a", 0, false, 0}, {"a", 0, false, s}, {"a", s / 2, false, s / 2}, {"a", s, false, 0}}},
		"never over the burst":  {1, 2, []step{{"a", 0, false, 0}, {"a", 100 * s, false, 0}, {"a", 100 * s, false, 0}, {"a", 100 * s, false, s}}},
		"slow rate":             {0.1, 1, []step{{"a", 0, false, 0}, {"a", 0, false, 10 * s}, {"a", 4 * s, false, 6 * s}, {"a", 10 * s, false, 0}}},
		"peek takes nothing":    {1, 1, []step{{"a", 0, true, 0}, {"a", 0, true, 0}, {"a", 0, false, 0}, {"a", 0, true, s}, {"a", 0, true, s}, {"a", s, true, 0}, {"a", s, false, 0}}},
		"a burst of 0 is one":   {1, 0, []step{{"a", 0, false, 0}, {"a", 0, false, s}}},
		"a clock set back":      {1, 1, []step{{"a", 10 * s, false, 0}, {"a", 0, false, s}, {"a", 11 * s, false, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := limit.New(c.rate, c.burst)
			for i, x := range c.steps {
				ask := b.Take
				if x.peek {
					ask = b.Peek
				}
				wait, ok := ask(x.key, noon().Add(x.at))
				if ok != (x.wait == 0) || wait.Round(time.Microsecond) != x.wait {
					t.Errorf("step %d: wait %s, %t, want %s", i, wait, ok, x.wait)
				}
			}
		})
	}
}

// TestNoLimit: a rate of 0 lets everything pass.
func TestNoLimit(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, -1} {
		b := limit.New(rate, 1)
		for range 100 {
			if wait, ok := b.Take("a", noon()); !ok || wait != 0 {
				t.Fatalf("a rate of %v refuses", rate)
			}
			if wait, ok := b.Peek("a", noon()); !ok || wait != 0 {
				t.Fatalf("a rate of %v refuses", rate)
			}
		}
	}
}

// TestManyAtOnce: however many ask at once, no more get a token than there are.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const burst, askers = 50, 400
	b := limit.New(1, burst)
	var passed atomic.Int64
	var all sync.WaitGroup
	for range askers {
		all.Go(func() {
			if _, ok := b.Take("a", noon()); ok {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != burst {
		t.Errorf("%d of %d passed, want %d", passed.Load(), askers, burst)
	}
}

// TestStrangersAreForgotten: more keys than are kept push out the ones used longest ago, no others.
func TestStrangersAreForgotten(t *testing.T) {
	t.Parallel()
	b := limit.New(1, 1)
	b.Take("longest ago", noon())
	for i := range 70_000 {
		b.Take(fmt.Sprint(i), noon())
	}
	if _, ok := b.Take("longest ago", noon()); !ok {
		t.Error("a bucket was kept beyond the bound")
	}
	if _, ok := b.Take("69999", noon()); ok {
		t.Error("a bucket just used was forgotten")
	}
}
