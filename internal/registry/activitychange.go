package registry

import (
	"context"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/store"
)

// countedSetting is the Seq of the last event that was counted. It moves in the transaction of the counts, so that each
// event is counted once, whatever dies in between and whoever else counts.
const countedSetting = "activity_seq"

// How many events are counted at a time, and how many of the last ones where none was counted before.
const (
	countBatch   = 10_000
	countBacklog = 100_000
)

// CountChanges counts the changes that were not counted yet, by their kind.
func (r *Registry) CountChanges(ctx context.Context) error {
	for {
		more, err := r.countChanges(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// countChanges counts a batch, and says whether there may be more.
func (r *Registry) countChanges(ctx context.Context) (more bool, err error) {
	end, err := r.LastEvent(ctx)
	if err != nil {
		return false, err
	}
	var counted string
	var after, last uint64
	var counts []store.Count
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if counted, err = tx.Setting(countedSetting); err != nil {
			return err
		}
		if after = countedUpTo(counted); counted == "" {
			after = max(end, countBacklog) - countBacklog
		}
		counts, last, err = countEvents(tx, after, countBatch)
		return err
	})
	if err != nil || last == after || sumOf(counts) != last-after { // of a cluster, one machine may show a change before another one
		return false, err
	}
	err = r.store.Update(ctx, func(tx store.Tx) error {
		now, err := tx.Setting(countedSetting)
		if err != nil || now != counted {
			return err // somebody else has counted them meanwhile
		}
		if err := tx.SetSetting(countedSetting, strconv.FormatUint(last, 10)); err != nil {
			return err
		}
		return r.addCounts(tx, counts)
	})
	return last < end, err
}

func countedUpTo(setting string) uint64 {
	seq, _ := strconv.ParseUint(setting, 10, 64) // "": none yet
	return seq
}

// countEvents counts at most so many events after one, as changes.
func countEvents(tx store.Tx, after uint64, most int) (counts []store.Count, last uint64, err error) {
	counts, last, err = tx.CountEvents(after, most)
	for i := range counts {
		counts[i].Name = Changes
	}
	return counts, last, err
}

func sumOf(counts []store.Count) (sum uint64) {
	for _, c := range counts {
		sum += uint64(c.N)
	}
	return sum
}
