package registry

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestKeyUsesAreSavedOnce: what was saved is not saved again, and what was noted meanwhile is.
func TestKeyUsesAreSavedOnce(t *testing.T) {
	t.Parallel()
	uses := keyUses{of: map[store.KeyName]*keyUse{}}
	at := time.Date(2026, 3, 1, 9, 0, 59, 0, time.UTC)
	u := uses.find(store.DeveloperKey, "a")
	if uses.find(store.DeveloperKey, "a") != u || uses.find(store.BearerToken, "a") == u {
		t.Error("a key has no place of its own")
	}
	if list := uses.unsaved(); len(list) != 0 {
		t.Errorf("before any use: %+v", list)
	}
	u.note(at)
	list := uses.unsaved()
	if len(list) != 1 || !list[0].At.Equal(at.Truncate(time.Minute)) {
		t.Fatalf("after one: %+v", list)
	}
	u.note(at.Add(time.Second)) // the next minute
	uses.save(list)
	if list = uses.unsaved(); len(list) != 1 || !list[0].At.Equal(at.Add(time.Second)) {
		t.Errorf("after one more meanwhile: %+v", list)
	}
	uses.save(list)
	u.note(at.Add(30 * time.Second))
	if list = uses.unsaved(); len(list) != 0 {
		t.Errorf("after another of the same minute: %+v", list)
	}
}

// TestKeyUsesInParallel: notes, new keys and flushes do not disturb each other.
func TestKeyUsesInParallel(t *testing.T) {
	t.Parallel()
	uses := keyUses{of: map[store.KeyName]*keyUse{}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				uses.find(store.ChannelSecret, string(rune('a'+i%26))).note(time.Unix(int64(i+1)*60, 0))
				uses.save(uses.unsaved())
			}
		})
	}
	wg.Wait()
	if len(uses.of) != 26 {
		t.Errorf("%d keys are known", len(uses.of))
	}
}

// BenchmarkKeyUse is what a request pays: all of them use one key, as the clock goes on.
func BenchmarkKeyUse(b *testing.B) {
	u := new(keyUse)
	var clock atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			u.note(time.Unix(0, 0).Add(time.Duration(clock.Load())))
		}
	})
}
