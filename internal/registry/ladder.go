package registry

import (
	"context"
	"slices"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SetLadder replaces a ladder. It holds from the next attempt on; where members stand stays.
// changed is false when it was so already.
func (r *Registry) SetLadder(ctx context.Context, by Caller, l member.Ladder) (changed bool, err error) {
	var bad fault.Fields
	if l.Check(&bad); bad != nil {
		return false, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		was := dir.Ladders.Of(l.Security)
		if changed = !sameLadder(was, l); !changed {
			return nil
		}
		if err := by.Seen.still(was.Head); err != nil {
			return err
		}
		l.Head = was.Head
		e := l.Record(by.Cause, ladderPairs(l)...)
		if err := tx.AppendEvent(&e); err != nil {
			return err
		}
		l.Head = e.Head()
		return tx.SaveLadder(l)
	})
	return changed, err
}

func sameLadder(a, b member.Ladder) bool {
	return slices.Equal(a.Steps, b.Steps) && a.Every == b.Every && (a.Every == 0 || a.Further == b.Further)
}

// ladderPairs write a ladder out for its event: each step under its number of attempts.
func ladderPairs(l member.Ladder) (pairs []string) {
	for _, s := range l.Steps {
		pairs = append(pairs, strconv.Itoa(s.Attempts), stepText(s))
	}
	if l.Every > 0 {
		pairs = append(pairs, "every "+strconv.Itoa(l.Every), stepText(l.Further))
	}
	return pairs
}

func stepText(s member.Step) string {
	text := s.Flag + " " + s.Action.String()
	if s.For > 0 {
		text += " " + s.For.String()
	}
	return text
}
