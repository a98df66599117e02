package mobileapi

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func id(n any) []byte { return fmt.Append(nil, n) }

func TestRecentIDs(t *testing.T) {
	t.Parallel()
	ids := newRecentIDs()
	for _, c := range []struct {
		key, asked string
		same       bool
	}{
		{"a", "x", true}, {"a", "x", true}, {"a", "y", false}, {"a", "x", true}, {"b", "y", true}, {"b", "x", false}, {"a", "y", false},
	} {
		if got := ids.same(id(c.key), id(c.asked)); got != c.same {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// TestRecentIDsAreKept: of as many ids as there is room for by far, none is forgotten; of many more,
// the latest are still there and the first are not.
func TestRecentIDsAreKept(t *testing.T) {
	t.Parallel()
	const few, many = 1000, 300_000
	ids := newRecentIDs()
	for n := range few {
		ids.same(id(n), id("x"))
	}
	for n := range few {
		if ids.same(id(n), id("y")) {
			t.Fatalf("of %d ids the %dth was forgotten", few, n)
		}
	}
	for n := range many {
		ids.same(id(n), id("x"))
	}
	for n := many - 100; n < many; n++ {
		if ids.same(id(n), id("y")) {
			t.Errorf("of %d ids the %dth was forgotten", many, n)
		}
	}
	forgotten := 0
	for n := range 100 {
		if ids.same(id(n), id("y")) {
			forgotten++
		}
	}
	if forgotten < 90 {
		t.Errorf("only %d of the first 100 ids were forgotten", forgotten)
	}
}

// TestRecentIDsAtOnce: of two requests with one id that come together, one is the first.
func TestRecentIDsAtOnce(t *testing.T) {
	t.Parallel()
	ids := newRecentIDs()
	for n := range 200 {
		var all sync.WaitGroup
		var same atomic.Int64
		for i := range 8 {
			all.Go(func() {
				if ids.same(id(n), id(fmt.Sprint(n, i))) {
					same.Add(1)
				}
			})
		}
		all.Wait()
		if same.Load() != 1 {
			t.Fatalf("%d requests were the first", same.Load())
		}
	}
}

func BenchmarkRecentIDs(b *testing.B) {
	c := &call{h: &Handler{}}
	c.channel.ID = "sandbox"
	c.request.asked = []byte("CHECK_USER\x00 with 36 characters of an id, and a number, and a device identifier")
	keys := make([][]byte, 4096)
	for n := range keys {
		keys[n] = fmt.Appendf(nil, "df3e7cf5-1e4b-41ef-a22f-e755be66%04x", n)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		c.request.fields[requestID].text = keys[n%len(keys)]
		if !c.sameAsBefore() {
			b.Fatal("another request")
		}
	}
}
