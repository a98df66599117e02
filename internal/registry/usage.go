package registry

import (
	"context"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// uses are activations that were used and that the store has still to be told of. An allowed decision must
// cost no write: it leaves a note here, and FlushUses saves many notes at once.
type uses struct {
	seed   maphash.Seed
	flush  sync.Mutex // held while notes are on their way: who needs them saved waits for those too
	shards [useShards]useShard
	recent [recentUses]atomic.Uint64 // hashes of what was noted lately with its day, so that it is not noted again
}

// useShards spreads the locks; maxUses bounds each shard, and so what a crash can lose and what the notes
// take of memory.
const (
	useShards = 16
	maxUses   = 4096
)

// recentUses is how many notes are known to have been made. One that is not is made again, to no effect.
const recentUses = 1 << 14

// useShard holds notes in a list, and finds one by its hash of 64 bits: a map of the notes took twice the memory.
// Two of the same hash count as one, which is to be expected once in 10^10 flushes of a full one.
type useShard struct {
	mu   sync.Mutex
	list []store.Use      // each with the last day
	at   map[uint64]int32 // the places in list
}

// use names an activation.
type use struct{ agent, service string }

func newUses() *uses { return &uses{seed: maphash.MakeSeed()} }

func (u *uses) hash(of use) uint64 { return maphash.Comparable(u.seed, of) }

// note notes a use, by its hash. False when there is no room until the next flush. The texts of a use that was not noted
// already are copied: they may be parts of longer ones.
func (u *uses) note(hash uint64, of use, day int) bool {
	s := &u.shards[hash%useShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, known := s.at[hash]; known {
		s.list[i].Day = max(s.list[i].Day, day)
		return true
	}
	if len(s.list) >= maxUses {
		return false
	}
	if s.at == nil {
		s.at = map[uint64]int32{}
	}
	s.at[hash] = int32(len(s.list))
	s.list = append(s.list, store.Use{UserCode: strings.Clone(of.agent), ServiceCode: strings.Clone(of.service), Day: day})
	return true
}

// take empties a shard.
func (s *useShard) take() (list []store.Use) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, s.list, s.at = s.list, nil, nil
	return list
}

// secondsADay is the length of a day in UTC.
const secondsADay = 24 * 60 * 60

// dayOf numbers days as store.Use does.
func dayOf(t time.Time) int { return int(t.Unix() / secondsADay) }

// noteUse notes that an activation may be used, if the question counts as a use. All uses of a day but the first cost
// one look, mostly. A note that found no room is tried again with the next use.
func (r *Registry) noteUse(by Asker, ask *Ask) {
	if !by.uses(ask) {
		return
	}
	day, of := dayOf(by.At), use{ask.Agent, ask.Service}
	hash := r.used.hash(of)
	known, today := &r.used.recent[hash%recentUses], hash^uint64(day)
	if known.Load() != today && r.used.note(hash, of, day) {
		known.Store(today)
	}
}

// useBatch is how many uses one transaction saves: few enough not to hold up changes.
const useBatch = 500

// FlushUses saves the noted uses. What could not be saved is noted again, and saved the next time.
func (r *Registry) FlushUses(ctx context.Context) error {
	r.used.flush.Lock()
	defer r.used.flush.Unlock()
	for i := range r.used.shards {
		list := r.used.shards[i].take()
		for len(list) > 0 {
			batch := list[:min(useBatch, len(list))]
			if err := r.store.Update(ctx, func(tx store.Tx) error { return tx.SaveUses(batch) }); err != nil {
				for _, u := range list {
					of := use{u.UserCode, u.ServiceCode}
					r.used.note(r.used.hash(of), of, u.Day)
				}
				return err
			}
			list = list[len(batch):]
		}
	}
	return nil
}
