package registry

import (
	"context"
	"slices"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SeenLadder is a ladder as it is to be, and how far the one that it replaces was seen.
type SeenLadder struct {
	member.Ladder
	Seen Seen
}

// SetLadders replaces ladders, all or none. They hold from the next attempt on; where members stand stays.
// changed is false for one that was so already.
func (r *Registry) SetLadders(ctx context.Context, by Caller, list ...SeenLadder) (changed []bool, err error) {
	var bad fault.Fields
	for _, l := range list {
		l.Check(&bad)
	}
	if bad != nil {
		return nil, bad.Err()
	}
	changed = make([]bool, len(list))
	err = r.update(ctx, by, func(tx store.Tx) (err error) {
		for i, l := range list {
			if changed[i], err = setLadder(tx, by.Cause, l); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

func setLadder(tx store.Tx, c event.Cause, l SeenLadder) (changed bool, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return false, err
	}
	was := dir.Ladders.Of(l.Security)
	if sameLadder(was, l.Ladder) {
		return false, nil
	}
	if err := l.Seen.still(was.Head); err != nil {
		return false, err
	}
	l.Head = was.Head
	e := l.Record(c, ladderPairs(l.Ladder)...)
	if err := tx.AppendEvent(&e); err != nil {
		return false, err
	}
	l.Head = e.Head()
	return true, tx.SaveLadder(l.Ladder)
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
