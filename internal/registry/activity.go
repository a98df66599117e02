package registry

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// What is counted.
const (
	Requests   = "requests"
	Refusals   = "refusals"
	Actions    = "actions"
	Decided    = "decisions"
	Reasons    = "reasons"
	Deliveries = "deliveries"
	Changes    = "changes"
)

// Period is a stretch of time up to now, in steps.
type Period struct {
	Name  string
	Step  time.Duration
	Steps int
}

// Periods are those in which what went on is told, and so the steps in which it is counted.
func Periods() []Period {
	return []Period{{"hour", time.Minute, 60}, {"day", 15 * time.Minute, 96}, {"week", time.Hour, 168}}
}

// from is when the period's first step began; the last one is under way.
func (p Period) from(now time.Time) time.Time {
	return now.Truncate(p.Step).Add(-time.Duration(p.Steps-1) * p.Step)
}

// since is when the oldest step began that is kept: for another period, so that a clock that is set right loses nothing.
func (p Period) since(now time.Time) time.Time {
	return p.from(now).Add(-time.Duration(p.Steps) * p.Step)
}

// Activity is what went on in a period.
type Activity struct {
	Period
	From   time.Time
	Series []Series // by name and label
}

// Series says how often one thing happened in each step.
type Series struct {
	Name, Label string
	Counts      []int64
}

// recentEvents is how many events that were not counted yet are looked at to tell what went on.
const recentEvents = 2000

// Activity tells what went on in a period: all of it that this process saw, what others saw up to the last time they
// saved it, and every change but those of a very busy last minute. Invalid when there is no such period.
func (r *Registry) Activity(ctx context.Context, period string) (Activity, error) {
	all := Periods()
	i := slices.IndexFunc(all, func(p Period) bool { return p.Name == period })
	if i < 0 {
		return Activity{}, unknownPeriod()
	}
	unsaved, sums := r.counted.list(), newSums(all[i], r.Now())
	err := r.store.View(ctx, func(tx store.Tx) error {
		if err := tx.Counts(sums.Step, sums.from, sums.add); err != nil {
			return err
		}
		counted, err := tx.Setting(countedSetting)
		if err != nil {
			return err
		}
		recent, _, err := countEvents(tx, countedUpTo(counted), recentEvents)
		sums.addAll(recent)
		return err
	})
	if err != nil {
		return Activity{}, err
	}
	sums.addAll(unsaved)
	return Activity{Period: sums.Period, From: sums.from, Series: sums.series()}, nil
}

func unknownPeriod() error {
	var bad fault.Fields
	bad.Add("period", "must be hour, day or week")
	return bad.Err()
}

// sums brings counts into the steps of a period, whatever theirs are.
type sums struct {
	Period
	from time.Time
	of   map[[2]string][]int64 // by name and label
}

func newSums(p Period, now time.Time) *sums { return &sums{p, p.from(now), map[[2]string][]int64{}} }

func (s *sums) add(c store.Count) {
	step := int(c.Start.Sub(s.from) / s.Step)
	if c.Start.Before(s.from) || step >= s.Steps {
		return
	}
	key := [2]string{c.Name, c.Label}
	if s.of[key] == nil {
		s.of[key] = make([]int64, s.Steps)
	}
	s.of[key][step] += c.N
}

func (s *sums) addAll(list []store.Count) {
	for _, c := range list {
		s.add(c)
	}
}

func (s *sums) series() []Series {
	list := make([]Series, 0, len(s.of))
	for key, counts := range s.of {
		list = append(list, Series{key[0], key[1], counts})
	}
	slices.SortFunc(list, func(a, b Series) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Label, b.Label)) })
	return list
}

// tallied are counts that the store has still to be told of, by minute.
type tallied struct {
	save sync.Mutex // held while counts are on their way
	mu   sync.Mutex
	n    map[store.Count]int64 // of counts without their number
}

// maxTallied bounds what is held while the store cannot be reached: days of it.
const maxTallied = 1 << 14

// Happened notes that something happened so many times. SaveActivity saves it.
func (r *Registry) Happened(name, label string, times int64) {
	c := &r.counted
	c.mu.Lock()
	defer c.mu.Unlock()
	key := store.Count{Step: time.Minute, Start: r.Now().Truncate(time.Minute), Name: name, Label: label}
	if _, known := c.n[key]; known || len(c.n) < maxTallied {
		c.n[key] += times
	}
}

func (c *tallied) list() []store.Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]store.Count, 0, len(c.n))
	for key, n := range c.n {
		key.N = n
		list = append(list, key)
	}
	return list
}

// saved takes away what was saved; what happened meanwhile stays.
func (c *tallied) saved(list []store.Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range list {
		n := key.N
		if key.N = 0; c.n[key] == n {
			delete(c.n, key)
		} else {
			c.n[key] -= n
		}
	}
}

// SaveActivity saves what happened since the last time. What could not be saved, or is not known to be, is saved the
// next time.
func (r *Registry) SaveActivity(ctx context.Context) error {
	r.counted.save.Lock()
	defer r.counted.save.Unlock()
	list := r.counted.list()
	if len(list) == 0 {
		return nil
	}
	err := r.store.Update(ctx, func(tx store.Tx) error { return r.addCounts(tx, list) })
	if err == nil {
		r.counted.saved(list) // whoever reads just before this counts them twice, once
	}
	return err
}

// addCounts adds counts of minutes in the steps of every period, and forgets what is too old for any.
func (r *Registry) addCounts(tx store.Tx, minutes []store.Count) error {
	now := r.Now()
	for _, p := range Periods() {
		if err := tx.AddCounts(p.sum(minutes, p.since(now))); err != nil {
			return err
		}
		if err := tx.ForgetCounts(p.Step, p.since(now)); err != nil {
			return err
		}
	}
	return nil
}

// sum gives counts in the steps of the period, without those that began before a time, in the order of their keys.
func (p Period) sum(counts []store.Count, since time.Time) []store.Count {
	sums := map[store.Count]int64{}
	for _, c := range counts {
		if start := c.Start.Truncate(p.Step); !start.Before(since) {
			sums[store.Count{Step: p.Step, Start: start, Name: c.Name, Label: c.Label}] += c.N
		}
	}
	list := slices.Collect(maps.Keys(sums))
	for i := range list {
		list[i].N = sums[list[i]]
	}
	return list
}
