package registry

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// indexedSetting is up to which event the terms are kept.
const indexedSetting = "terms_indexed"

// How far one step goes. A run is sorted before it is written, so that each page of the terms is written once for many: it
// is as large as memory lets it be, and written in parts for which no change waits long.
const (
	indexReach = 20_000 // events that are looked at together
	indexRun   = 20_000 // agents and members of a run
	indexPart  = 1000   // terms of one Update
	indexSave  = 10_000 // events without a term after which the place is saved
)

// Indexer keeps the terms by which agents and members are found. It follows the record of events, so that no change pays
// for it: who is new is found a moment later, and a database of before is gone through from its first event on. Only one need
// work at a time; a second one does no harm, for it adds the same.
type Indexer struct {
	r     *Registry
	at    uint64 // events up to this one were looked at
	saved uint64 // … and up to this one, that is on disk
}

// Indexer makes an indexer that goes on where the last one was.
func (r *Registry) Indexer(ctx context.Context) (*Indexer, error) {
	x := &Indexer{r: r}
	err := r.store.View(ctx, func(tx store.Tx) (err error) {
		x.saved, err = reached(tx, indexedSetting)
		return err
	})
	x.at = x.saved
	return x, err
}

// At is up to which event it has come.
func (x *Indexer) At() uint64 { return x.at }

// run is what one step found out.
type run struct {
	terms []named
	seen  uint64 // the last event of the state that was read
	last  uint64 // the last event that was looked at
}

// named is a term, and whose it is in events.
type named struct {
	store.Term
	subject event.Subject
}

// Step adds the terms of the agents and members that are next in the record. more says that there are others.
func (x *Indexer) Step(ctx context.Context) (more bool, err error) {
	var found run
	if err := x.r.store.View(ctx, func(tx store.Tx) error { return x.read(tx, &found) }); err != nil {
		return false, err
	}
	slices.SortFunc(found.terms, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
	})
	gone, seen := map[event.Subject]bool{}, found.seen
	for part := range slices.Chunk(found.terms, indexPart) {
		began := time.Now()
		if seen, err = x.add(ctx, part, gone, seen); err != nil {
			return false, err
		}
		if len(found.terms) > indexPart { // changes come first
			pause(ctx, time.Since(began))
		}
	}
	if len(found.terms) > 0 || found.last-x.saved >= indexSave {
		if err := x.save(ctx, found.last); err != nil {
			return false, err
		}
	}
	x.at = found.last
	return found.last < found.seen, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// read gathers the terms of a run.
func (x *Indexer) read(tx store.Tx, found *run) (err error) {
	*found = run{last: x.at}
	if found.seen, err = tx.LastSeq(); err != nil {
		return err
	}
	var subjects []event.Subject
	for found.last < found.seen && len(subjects) < indexRun {
		upTo := min(found.last+indexReach, found.seen)
		more, err := tx.NamedBetween(found.last, upTo)
		if err != nil {
			return err
		}
		subjects, found.last = append(subjects, more...), upTo
	}
	return found.gather(tx, subjects)
}

// gather reads the terms of some agents and members as they are now.
func (found *run) gather(tx store.Tx, subjects []event.Subject) error {
	ids := map[event.SubjectKind][]string{}
	for _, s := range subjects {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	for _, list := range ids {
		slices.Sort(list)
	}
	for codes := range slices.Chunk(slices.Compact(ids[event.Agent]), indexPart) {
		agents, err := tx.AgentsByCode(codes)
		if err != nil {
			return err
		}
		for i := range agents {
			found.note(event.Subject{Kind: event.Agent, ID: agents[i].UserCode}, agentTerms(&agents[i]))
		}
	}
	for some := range slices.Chunk(slices.Compact(ids[event.Member]), indexPart) {
		members, err := tx.MembersByID(some)
		if err != nil {
			return err
		}
		for i := range members {
			found.note(event.Subject{Kind: event.Member, ID: members[i].ID}, memberTerms(&members[i]))
		}
	}
	return nil
}

func (found *run) note(s event.Subject, terms []store.Term) {
	for _, t := range terms {
		found.terms = append(found.terms, named{t, s})
	}
}

// add adds terms, but for those of whom something has happened since they were read: they may have been erased. gone
// collects these; what happened up to seen stands there. It gives up to where it does now.
func (x *Indexer) add(ctx context.Context, part []named, gone map[event.Subject]bool, seen uint64) (now uint64, err error) {
	err = x.r.store.Update(ctx, func(tx store.Tx) (err error) {
		if now, err = tx.LastSeq(); err != nil {
			return err
		}
		changed, err := tx.NamedBetween(seen, now)
		if err != nil {
			return err
		}
		for _, s := range changed {
			gone[s] = true
		}
		terms := make([]store.Term, 0, len(part))
		for _, t := range part {
			if !gone[t.subject] {
				terms = append(terms, t.Term)
			}
		}
		return tx.AddTerms(terms)
	})
	return now, err
}

// save notes how far the terms go, unless another one has come further.
func (x *Indexer) save(ctx context.Context, last uint64) error {
	err := x.r.store.Update(ctx, func(tx store.Tx) error {
		have, err := reached(tx, indexedSetting)
		if err != nil || have >= last {
			return err
		}
		return tx.SetSetting(indexedSetting, strconv.FormatUint(last, 10))
	})
	if err == nil {
		x.saved = last
	}
	return err
}
