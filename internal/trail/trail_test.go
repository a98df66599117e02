package trail_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/trail"
)

// filled is a log of four entries a partner, to which n were added: every third one failed.
func filled(n int) *trail.Log {
	l := trail.New(4)
	for i := 1; i <= n; i++ {
		l.Add("p1", entry(i))
	}
	return l
}

func entry(i int) trail.Entry {
	e := trail.Entry{Seq: 99, RequestID: fmt.Sprint("r", i), Outcome: "ok"}
	if i%3 == 0 {
		e.Outcome, e.Cause = "unauthenticated", "unknown_key"
	}
	return e
}

func seqs(list []trail.Entry) (got []uint64) {
	for _, e := range list {
		got = append(got, e.Seq)
	}
	return got
}

// TestLog keeps the last ones, the youngest first, and gives each its place.
func TestLog(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]uint64{0: nil, 1: {1}, 3: {3, 2, 1}, 4: {4, 3, 2, 1}, 5: {5, 4, 3, 2}, 8: {8, 7, 6, 5}, 11: {11, 10, 9, 8}} {
		list := filled(n).List("p1", trail.Filter{Limit: 100})
		if !slices.Equal(seqs(list), want) {
			t.Errorf("of %d: %v, want %v", n, seqs(list), want)
		}
		for _, e := range list {
			if e.RequestID != fmt.Sprint("r", e.Seq) {
				t.Errorf("of %d: number %d is %s", n, e.Seq, e.RequestID)
			}
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		filter trail.Filter
		want   []uint64
	}{
		{"all", trail.Filter{Limit: 4}, []uint64{10, 9, 8, 7}},
		{"some", trail.Filter{Limit: 3}, []uint64{10, 9, 8}},
		{"none", trail.Filter{}, nil},
		{"failed", trail.Filter{Failed: true, Limit: 4}, []uint64{9}},
		{"before one", trail.Filter{Before: 9, Limit: 4}, []uint64{8, 7}},
		{"the next page", trail.Filter{Before: 9, Limit: 1}, []uint64{8}},
		{"before the oldest", trail.Filter{Before: 7, Limit: 4}, nil},
		{"before one that is gone", trail.Filter{Before: 3, Limit: 4}, nil},
		{"before one to come", trail.Filter{Before: 100, Limit: 1}, []uint64{10}},
		{"failed before", trail.Filter{Failed: true, Before: 9, Limit: 4}, nil},
	} {
		if got := seqs(filled(10).List("p1", c.filter)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestPartnersApart: nobody sees another's requests, and a busy one pushes nobody's out.
func TestPartnersApart(t *testing.T) {
	t.Parallel()
	l := filled(100)
	l.Add("p2", entry(1))
	l.Add("", entry(2))
	for i := range 3 {
		if got := seqs(l.List("p2", trail.Filter{Limit: 10})); !slices.Equal(got, []uint64{1}) {
			t.Errorf("look %d: p2 sees %v", i, got)
		}
	}
	for _, partner := range []string{"", "p3"} {
		if got := l.List(partner, trail.Filter{Limit: 10}); got != nil {
			t.Errorf("%q sees %v", partner, got)
		}
	}
}

// TestNoLog keeps nothing and hurts nobody.
func TestNoLog(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, -1} {
		l := trail.New(size)
		l.Add("p1", entry(1))
		if got := l.List("p1", trail.Filter{Limit: 10}); l != nil || got != nil {
			t.Errorf("a log of %d: %v, %v", size, l, got)
		}
	}
}

// TestAtOnce: many add and list at the same time; every entry gets a place of its own.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 200
	l := trail.New(writers * each)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range each {
				l.Add("p1", entry(i))
				for n, e := range l.List("p1", trail.Filter{Limit: 3}) {
					if n > 0 && e.Seq == 0 {
						t.Error("an entry without a place is listed")
					}
				}
			}
		})
	}
	wg.Wait()
	got := seqs(l.List("p1", trail.Filter{Limit: writers*each + 1}))
	if len(got) != writers*each || got[0] != writers*each || got[len(got)-1] != 1 || !slices.IsSortedFunc(got, func(a, b uint64) int { return int(b) - int(a) }) {
		t.Errorf("%d entries, from %d to %d", len(got), got[0], got[len(got)-1])
	}
}

// TestPathsAreBounded: strangers who are refused in a partner's name fill no memory.
func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	l := trail.New(4)
	l.Add("p1", trail.Entry{Path: "/" + strings.Repeat("é", 8000)})
	l.Add("p1", trail.Entry{Path: "/short"})
	list := l.List("p1", trail.Filter{Limit: 2})
	if len(list) != 2 || list[0].Path != "/short" || len(list[1].Path) > 300 || !utf8.ValidString(list[1].Path) {
		t.Errorf("the paths are %+v", list)
	}
}

// TestFind finds a request of any partner by its id, as long as it is remembered.
func TestFind(t *testing.T) {
	t.Parallel()
	l := filled(6)
	l.Add("p2", trail.Entry{RequestID: "other", Outcome: "unauthenticated"})
	for id, want := range map[string]string{"r6": "p1", "r3": "p1", "other": "p2", "r2": "", "r": "", "": ""} {
		partner, e, found := l.Find(id)
		if partner != want || found != (want != "") || found && e.RequestID != id {
			t.Errorf("%q is found: %t, of %q: %+v", id, found, partner, e)
		}
	}
	if _, _, found := trail.New(0).Find("r6"); found {
		t.Error("a log that keeps nothing finds something")
	}
}
