package sign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/partner"
)

// The requests and addresses of the tables.
const (
	one, other = uint64(1), uint64(2)
	home, away = "192.0.2.1", "198.51.100.9"
)

// use is one request under the timestamp testMillis, some time after the guard's start.
type use struct {
	digest uint64
	addr   string
	after  time.Duration
}

// TestGuardLevels is the policy: what each level answers to a later use of a timestamp that `one`
// from home used first.
func TestGuardLevels(t *testing.T) {
	t.Parallel()
	const soon, late = 2 * time.Second, 2*time.Second + time.Millisecond
	for _, c := range []struct {
		name                      string
		then                      use
		observe, source, strictly Verdict
	}{
		{"same request at once", use{one, home, 0}, Retry, Retry, Retry},
		{"same request late", use{one, home, late}, Retry, Retry, Retry},
		{"same request from elsewhere", use{one, away, soon}, Retry, Retry, Retry},
		{"same request from elsewhere, late", use{one, away, late}, Retry, Retry, Retry},
		{"another at once", use{other, home, 0}, Reuse, Reuse, RefusedStrict},
		{"another within the span", use{other, home, soon}, Reuse, Reuse, RefusedStrict},
		{"another late", use{other, home, late}, Reuse, RefusedSource, RefusedStrict},
		{"another from elsewhere", use{other, away, 0}, Reuse, RefusedSource, RefusedStrict},
		{"another from elsewhere, late", use{other, away, late}, Reuse, RefusedSource, RefusedStrict},
		{"another, the clock a little behind", use{other, home, -time.Second}, Reuse, Reuse, RefusedStrict},
		{"same request out of the window", use{one, home, testWindow + time.Millisecond}, RefusedStale, RefusedStale, RefusedStale},
	} {
		for level, want := range map[partner.Replay]Verdict{partner.Observe: c.observe, partner.SameSource: c.source, partner.Strict: c.strictly, 77: c.strictly} {
			t.Run(fmt.Sprintf("%s/%d", c.name, level), func(t *testing.T) {
				t.Parallel()
				g := NewGuard(testWindow, testNow)
				wantVerdict(t, g, level, use{one, home, 0}, First)
				wantVerdict(t, g, level, c.then, want)
				wantVerdict(t, g, level, use{one, home, 0}, Retry) // the first is still the one remembered
			})
		}
	}
}

func wantVerdict(t *testing.T, g *Guard, level partner.Replay, u use, want Verdict) {
	t.Helper()
	if got := g.Check("key", testMillis, u.digest, u.addr, level, testNow.Add(u.after)); got != want {
		t.Errorf("%+v: %s, want %s", u, got, want)
	}
}

// TestGuardSecondRequestRetried: the second request of a millisecond is not remembered, and its
// retry passes by the same rule as itself.
func TestGuardSecondRequestRetried(t *testing.T) {
	t.Parallel()
	g := NewGuard(testWindow, testNow)
	wantVerdict(t, g, partner.SameSource, use{one, home, 0}, First)
	wantVerdict(t, g, partner.SameSource, use{other, home, time.Second}, Reuse)
	wantVerdict(t, g, partner.SameSource, use{other, home, 2 * time.Second}, Reuse)
	wantVerdict(t, g, partner.SameSource, use{other, home, 3 * time.Second}, RefusedSource)
}

func TestGuardRestart(t *testing.T) {
	t.Parallel()
	for level, want := range map[partner.Replay]Verdict{partner.Observe: First, partner.SameSource: First, partner.Strict: RefusedRestart, 77: RefusedRestart} {
		g := NewGuard(testWindow, testNow.Add(time.Millisecond))
		wantVerdict(t, g, level, use{one, home, time.Second}, want)
		at := NewGuard(testWindow, testNow)
		wantVerdict(t, at, level, use{one, home, time.Second}, First)
	}
	// What this server itself let pass, it remembers, whenever it was signed.
	g := NewGuard(testWindow, testNow.Add(time.Millisecond))
	wantVerdict(t, g, partner.Observe, use{one, home, 0}, First)
	wantVerdict(t, g, partner.Strict, use{one, home, 0}, Retry)
	wantVerdict(t, g, partner.Strict, use{other, home, 0}, RefusedStrict)
}

func TestGuardKeysAndTimesApart(t *testing.T) {
	t.Parallel()
	g := NewGuard(testWindow, testNow)
	for k := range 200 {
		for ts := int64(testMillis); ts < testMillis+5; ts++ {
			if got := g.Check(strconv.Itoa(k), ts, one, home, partner.Strict, testNow); got != First {
				t.Fatalf("key %d at %d: %s", k, ts, got)
			}
			if got := g.Check(strconv.Itoa(k), ts, other, home, partner.Strict, testNow); got != RefusedStrict {
				t.Fatalf("key %d at %d again: %s", k, ts, got)
			}
		}
	}
}

func TestGuardWindowEdges(t *testing.T) {
	t.Parallel()
	window := testWindow.Milliseconds()
	for ts, want := range map[int64]Verdict{
		testMillis - window: First, testMillis + window: First,
		testMillis - window - 1: RefusedStale, testMillis + window + 1: RefusedStale,
		-1: RefusedStale, math.MinInt64: RefusedStale, math.MaxInt64: RefusedStale,
	} {
		g := NewGuard(testWindow, testNow.Add(-time.Hour))
		if got := g.Check("key", ts, one, home, partner.Strict, testNow); got != want {
			t.Errorf("%d: %s, want %s", ts, got, want)
		}
	}
	negative := NewGuard(-time.Hour, testNow)
	if got := negative.Check("key", testMillis+1, one, home, partner.Observe, testNow); got != RefusedStale {
		t.Errorf("a negative window lets through: %s", got)
	}
}

// TestGuardFull fills every millisecond of the window, in a random order, and finds each again.
func TestGuardFull(t *testing.T) {
	t.Parallel()
	window := 10 * time.Second
	g, w := NewGuard(window, testNow.Add(-window)), window.Milliseconds()
	order := rand.New(rand.NewPCG(1, 2)).Perm(int(2*w + 1))
	for _, want := range []Verdict{First, Retry} {
		for _, i := range order {
			if got := g.Check("key", testMillis-w+int64(i), uint64(i), home, partner.Strict, testNow); got != want {
				t.Fatalf("millisecond %d: %s, want %s", i, got, want)
			}
		}
	}
	if held, bound := slotsHeld(g), int(2*w)+(3+chunkSlack)*chunkMillis; held > 2*bound {
		t.Errorf("%d slots held, spare ones included; the window has %d", held, bound)
	}
}

// TestGuardRing walks the newest edge of the window around the ring, from clocks that stand at
// different points of a chunk: what an earlier round left must not look like a use.
func TestGuardRing(t *testing.T) {
	t.Parallel()
	for phase := int64(0); phase < chunkMillis; phase += 300 {
		window := 10 * time.Second
		g := NewGuard(window, testNow.Add(-time.Hour))
		for i := int64(0); i < 80_000; i += 4 {
			now := testMillis + phase + i
			if got := g.Check("key", now+window.Milliseconds(), one, home, partner.Strict, time.UnixMilli(now)); got != First {
				t.Fatalf("phase %d, millisecond %d: %s", phase, i, got)
			}
		}
	}
}

// TestGuardClockFallsBack: a use at the oldest edge is still known after the clock has run on,
// the newest edge was used, and the clock has come back.
func TestGuardClockFallsBack(t *testing.T) {
	t.Parallel()
	const lag = chunkSlack * chunkMillis * time.Millisecond
	for phase := time.Duration(0); phase < chunkMillis; phase += 100 {
		g, now := NewGuard(testWindow, testNow.Add(-time.Hour)), testNow.Add(phase*time.Millisecond)
		oldest := now.Add(-testWindow).UnixMilli()
		check := func(ts int64, at time.Time, want Verdict) {
			if got := g.Check("key", ts, one, home, partner.Strict, at); got != want {
				t.Fatalf("phase %d: %s, want %s", phase, got, want)
			}
		}
		check(oldest, now, First)
		for _, later := range []time.Duration{lag / 2, lag} {
			check(now.Add(later).Add(testWindow).UnixMilli(), now.Add(later), First)
		}
		check(oldest, now, Retry)
	}
}

// slotsHeld counts every slot the guard keeps, in use or spare.
func slotsHeld(g *Guard) (n int) {
	for i := range g.stripes {
		s := &g.stripes[i]
		for _, l := range s.logs {
			for _, c := range l.chunks {
				n += len(c.table)
			}
		}
		for _, tables := range s.spare.tables {
			for _, table := range tables {
				n += len(table)
			}
		}
	}
	return n
}

// TestGuardForgets walks keys through many windows: memory follows what is in the window, and a
// silent guard comes down to nothing.
func TestGuardForgets(t *testing.T) {
	t.Parallel()
	window := 10 * time.Second
	g, peak := NewGuard(window, testNow), 0
	for i := range int64(200_000) {
		if got := g.Check("key", testMillis+i, one, home, partner.Strict, testNow.Add(time.Duration(i)*time.Millisecond)); got != First {
			t.Fatalf("millisecond %d: %s", i, got)
		}
		if i%1000 == 0 {
			peak = max(peak, slotsHeld(g))
		}
	}
	if bound := 2 * (int(window.Milliseconds()) + (3+chunkSlack)*chunkMillis); peak > bound {
		t.Errorf("held %d slots at its peak, want at most %d", peak, bound)
	}
	end := testNow.Add(200 * time.Second)
	for i := range 3 {
		g.Sweep(end.Add(time.Duration(i+1) * time.Minute))
	}
	if n := slotsHeld(g); n != 0 {
		t.Errorf("a silent guard still holds %d slots", n)
	}
	for i := range g.stripes {
		if n := len(g.stripes[i].logs); n != 0 {
			t.Errorf("a silent guard still holds %d keys", n)
		}
	}
}

// TestGuardConcurrent sends different requests under one timestamp at once: exactly one is first.
func TestGuardConcurrent(t *testing.T) {
	t.Parallel()
	const workers, timestamps = 8, 2000
	g := NewGuard(testWindow, testNow)
	var firsts, refused atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range int64(timestamps) {
				switch got := g.Check("key", testMillis+i*7, uint64(w), home, partner.Strict, testNow.Add(time.Duration(i*7)*time.Millisecond)); got {
				case First:
					firsts.Add(1)
				case RefusedStrict:
					refused.Add(1)
				default:
					t.Errorf("worker %d, timestamp %d: %s", w, i, got)
				}
			}
		})
	}
	wg.Go(func() {
		for range 100 {
			g.Sweep(testNow)
		}
	})
	wg.Wait()
	if firsts.Load() != timestamps || refused.Load() != (workers-1)*timestamps {
		t.Errorf("%d first, %d refused", firsts.Load(), refused.Load())
	}
}

// FuzzGuard plays random requests against a plain map that forgets nothing. Each request is six
// bytes; the clock runs on, and falls back by less than the slack the guard promises to bear.
func FuzzGuard(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x00"))
	f.Add([]byte("\x02\x10\x00\x00\x00\xff\x02\x10\x00\x01\x00\xff\x02\x20\x00\x01\x01\xff"))
	random := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		ops := make([]byte, 6*80)
		for i := range ops {
			ops[i] = byte(random.Uint32())
		}
		f.Add(ops)
	}
	f.Fuzz(func(t *testing.T, ops []byte) {
		window := 10 * time.Second
		start := testNow.Add(-window / 2)
		g, m := NewGuard(window, start), model{window.Milliseconds(), start.UnixMilli(), map[string]modelUse{}}
		clock := int64(testMillis)
		for ; len(ops) >= 6; ops = ops[6:] {
			clock += int64(ops[5]) * 8
			now := clock - int64(ops[4]>>4)*500
			ts := now + int64(int8(ops[1]))*90 + int64(ops[2]&3)
			key, digest, addr := strconv.Itoa(int(ops[0]&3)), uint64(ops[3]&3), strconv.Itoa(int(ops[3]>>2&1))
			level := partner.Replay(ops[4] & 3)
			want := m.check(key, ts, digest, addr, level, now)
			if got := g.Check(key, ts, digest, addr, level, time.UnixMilli(now)); got != want {
				t.Fatalf("key %s ts %d digest %d addr %s level %d now %d: %s, want %s", key, ts-testMillis, digest, addr, level, now-testMillis, got, want)
			}
		}
	})
}

type modelUse struct {
	digest uint64
	addr   string
	at     int64
}

type model struct {
	window, started int64
	uses            map[string]modelUse
}

func (m model) check(key string, ts int64, digest uint64, addr string, level partner.Replay, now int64) Verdict {
	id := fmt.Sprint(key, "/", ts)
	first, used := m.uses[id]
	fresh := ts >= now-m.window && ts <= now+m.window
	lenient := level == partner.Observe || level == partner.SameSource && first.addr == addr && now-first.at <= 2000
	switch {
	case !fresh:
		return RefusedStale
	case !used && level != partner.Observe && level != partner.SameSource && ts < m.started:
		return RefusedRestart
	case !used:
		m.uses[id] = modelUse{digest, addr, now}
		return First
	case first.digest == digest:
		return Retry
	case lenient:
		return Reuse
	case level == partner.SameSource:
		return RefusedSource
	}
	return RefusedStrict
}

// BenchmarkGuard: "first" is one key that signs a new millisecond each time, through the growth
// and the expiry of its chunks; "retry" finds what is there.
func BenchmarkGuard(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		g, ts := NewGuard(testWindow, testNow), int64(testMillis)
		for b.Loop() {
			ts++
			if g.Check("becbbce45f79c6f5109f848acd540567", ts, one, home, partner.Strict, time.UnixMilli(ts)) != First {
				b.Fatal("not the first")
			}
		}
	})
	b.Run("retry", func(b *testing.B) {
		b.ReportAllocs()
		g := NewGuard(testWindow, testNow)
		for b.Loop() {
			g.Check("becbbce45f79c6f5109f848acd540567", testMillis, one, home, partner.Strict, testNow)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		g := NewGuard(testWindow, testNow)
		var worker atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			key, ts := fmt.Sprint("key", worker.Add(1)), int64(testMillis)
			for pb.Next() {
				ts++
				g.Check(key, ts, one, home, partner.Strict, time.UnixMilli(ts))
			}
		})
	})
}
