package limit_test

import (
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/limit"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	b, now := limit.NewBudgets(0.5, 3), noon()
	var back []func()
	for range 3 {
		giveBack, _, ok := b.Borrow("a", now)
		if !ok {
			t.Fatal("a token of a full budget is refused")
		}
		back = append(back, giveBack)
	}
	if _, wait, ok := b.Borrow("a", now); ok || wait != 2*time.Second {
		t.Errorf("the fourth of three passes: %t, wait %s", ok, wait)
	}
	if _, _, ok := b.Borrow("b", now); !ok {
		t.Error("another key shares the budget")
	}
	back[1]()
	if _, _, ok := b.Borrow("a", now); !ok {
		t.Error("a token that was given back is gone")
	}
	if _, _, ok := b.Borrow("a", now.Add(1900*time.Millisecond)); ok {
		t.Error("a token came too soon")
	}
	if _, _, ok := b.Borrow("a", now.Add(2*time.Second)); !ok {
		t.Error("no token came in time")
	}
	if _, _, ok := b.Borrow("a", now.Add(-time.Hour)); ok {
		t.Error("a clock that goes back gives tokens")
	}
}

// TestBudgetGivesAllBack: whatever overlaps, what is given back is there again, and no more.
func TestBudgetGivesAllBack(t *testing.T) {
	t.Parallel()
	b, now := limit.NewBudgets(0.0001, 10), noon()
	for range 50 {
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				if giveBack, _, ok := b.Borrow("a", now); ok {
					giveBack()
				}
			})
		}
		wg.Wait()
	}
	passed := 0
	for range 20 {
		if _, _, ok := b.Borrow("a", now); ok {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("%d tokens are there, want 10", passed)
	}
}

func TestNoBudget(t *testing.T) {
	t.Parallel()
	if giveBack, _, ok := limit.NewBudgets(0, 5).Borrow("a", noon()); !ok || giveBack == nil {
		t.Error("a rate of 0 bounds")
	}
}
