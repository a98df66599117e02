package registry

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// village is a registry with a partner whose agents are looked for.
type village struct {
	*Registry
	t    *testing.T
	path string
}

func newVillage(t *testing.T) *village {
	t.Helper()
	v := &village{t: t, path: filepath.Join(t.TempDir(), "db")}
	v.open()
	v.check(v.store.Update(t.Context(), func(tx store.Tx) error { return tx.SavePartner(partner.Partner{ID: "p1", InitiatorID: "9000000000"}) }))
	return v
}

// open opens the store, again if need be.
func (v *village) open() {
	v.t.Helper()
	s, err := sqlite.Open(v.t.Context(), sqlite.Config{Path: v.path})
	v.check(err)
	v.t.Cleanup(func() { _ = s.Close() })
	v.Registry = New(Config{Store: s})
}

func (v *village) check(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *village) by() Caller {
	return Caller{Cause: event.Cause{Actor: "operator:test", At: v.Now()}}
}

func (v *village) onboard(code, first, last string) {
	v.t.Helper()
	_, err := v.Onboard(v.t.Context(), v.by(), Onboarding{PartnerID: "p1", UserCode: code, Profile: agent.Profile{FirstName: first, LastName: last, PAN: "ABCDE1234F"}})
	v.check(err)
}

// rename gives an agent another name.
func (v *village) rename(code, last string) {
	v.t.Helper()
	by := v.by()
	_, _, err := v.changeAgent(v.t.Context(), by, code, func(rec *agent.Record) (agent.Agent, *event.Event, error) {
		a := rec.Agent
		a.Profile.LastName = last
		return a, &event.Event{Subject: event.Subject{Kind: event.Agent, ID: code}, Kind: "agent.renamed", Cause: by.Cause, Data: "{}"}, nil
	})
	v.check(err)
}

func (v *village) erase(code string) {
	v.t.Helper()
	_, err := v.SetStanding(v.t.Context(), v.by(), code, agent.Closed, "gone")
	v.check(err)
	_, err = v.EraseAgent(v.t.Context(), v.by(), code)
	v.check(err)
}

func (v *village) indexer() *Indexer {
	v.t.Helper()
	x, err := v.Indexer(v.t.Context())
	v.check(err)
	return x
}

// index takes in all that there is.
func (v *village) index() {
	v.t.Helper()
	for x, more := v.indexer(), true; more; {
		var err error
		more, err = x.Step(v.t.Context())
		v.check(err)
	}
}

// wantTerms checks which terms there are of agents, however they are found.
func (v *village) wantTerms(want ...string) {
	v.t.Helper()
	var have []string
	v.check(v.store.View(v.t.Context(), func(tx store.Tx) error {
		terms, err := tx.Terms(store.TermFilter{Kind: event.Agent, Reach: 1000, Limit: 1000})
		for _, t := range terms {
			have = append(have, t.Text+"="+t.ID)
		}
		return err
	}))
	if slices.Sort(want); !slices.Equal(have, want) {
		v.t.Errorf("the terms are %q, want %q", have, want)
	}
}

// wantFound checks whom a text finds.
func (v *village) wantFound(text string, want ...string) {
	v.t.Helper()
	list, err := v.Find(v.t.Context(), text, 20)
	v.check(err)
	var have []string
	for _, f := range list {
		have = append(have, f.ID)
	}
	if !slices.Equal(have, want) {
		v.t.Errorf("%q finds %q, want %q", text, have, want)
	}
}

func TestIndexer(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.onboard("1", "Ravi", "Kumar")
	v.onboard("2", "Asha", "Rao")
	v.wantTerms()
	v.index()
	all := []string{"ravi kumar=1", "kumar ravi=1", "#abcde1234f=1", "asha rao=2", "rao asha=2", "#abcde1234f=2"}
	v.wantTerms(all...)

	// Another one goes on behind, and one that begins anew adds nothing twice.
	at := v.indexer().At()
	v.onboard("3", "Meera", "")
	v.index()
	if now := v.indexer().At(); now <= at {
		t.Errorf("the place is %d, and was %d", now, at)
	}
	v.check(v.store.Update(t.Context(), func(tx store.Tx) error { return tx.SetSetting(indexedSetting, "") }))
	v.index()
	v.wantTerms(append(all, "meera=3", "#abcde1234f=3")...)
}

// Whoever has another name is found by that alone, even before the terms have it; whoever was erased is found by nothing.
func TestIndexerForgets(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.onboard("1", "Ravi", "Kumar")
	v.onboard("2", "Asha", "Rao")
	v.index()
	v.rename("1", "Sharma")
	v.wantFound("kumar")
	v.wantTerms("#abcde1234f=1", "asha rao=2", "rao asha=2", "#abcde1234f=2")
	v.index()
	v.wantFound("sharma ravi", "1")
	v.erase("2")
	v.wantTerms("ravi sharma=1", "sharma ravi=1", "#abcde1234f=1")
	v.index()
	v.wantFound("asha")
	v.wantFound("ABCDE1234F", "1")
}

// What happens to somebody between the reading of a run and its writing is not undone by it.
func TestIndexerIsOvertaken(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	for i := range 4 {
		v.onboard(fmt.Sprint(i), "Ravi", "Kumar")
	}
	x := v.indexer()
	var found run
	v.check(v.store.View(t.Context(), func(tx store.Tx) error { return x.read(tx, &found) }))
	v.erase("1")
	v.rename("2", "Sharma")
	gone, seen := map[event.Subject]bool{}, found.seen
	for part := range slices.Chunk(found.terms, 2) { // the second parts of 1 and 2 come after all that happened was seen
		var err error
		seen, err = x.add(t.Context(), part, gone, seen)
		v.check(err)
	}
	v.wantTerms("ravi kumar=0", "kumar ravi=0", "#abcde1234f=0", "ravi kumar=3", "kumar ravi=3", "#abcde1234f=3")
	v.index()
	v.wantFound("ravi kumar", "0", "3")
	v.wantFound("ravi sharma", "2")
}

// Among very many with one of the names, those with both are found, in either order.
func TestFindAmongMany(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	var terms []store.Term
	for i := range nameReach + nameCount {
		code := fmt.Sprintf("x%06d", i)
		terms = append(terms, store.Term{Kind: event.Agent, Text: "kumar a", ID: code}, store.Term{Kind: event.Agent, Text: "ravi b", ID: code})
	}
	for part := range slices.Chunk(terms, 5000) {
		v.check(v.store.Update(t.Context(), func(tx store.Tx) error { return tx.AddTerms(part) }))
	}
	v.onboard("1", "Ravi", "Kumar")
	v.onboard("2", "Ravi Zoltan", "Kumar")
	v.index()
	v.wantFound("ravi kumar", "1", "2")
	v.wantFound("kumar rav", "1", "2")
	v.wantFound("kumar zol", "2")
}

// A span of time is found in a long record, in which what one long request recorded has the time of its beginning.
func TestEventSpan(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const events, long, after = 30_000, 10_000, 20_000
	v.check(v.store.Update(t.Context(), func(tx store.Tx) error {
		for i := range events {
			at := begin.Add(time.Duration(i) * time.Second)
			if i >= long && i < after {
				at = begin.Add(long * time.Second)
			}
			e := event.Head{}.Next(event.Event{Subject: event.Subject{Kind: event.Service, ID: fmt.Sprint(i)}, Kind: event.CatalogueSet, Cause: event.Cause{At: at}, Data: "{}"})
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, c := range []struct{ since, until, first, last int }{
		{0, 10, 1, 10}, {5000, 5001, 5001, 5001}, {25_000, 25_100, 25_001, 25_100}, {29_999, 40_000, 30_000, 30_000}, {9_999, 10_001, 10_000, 20_000},
	} {
		v.check(v.store.View(t.Context(), func(tx store.Tx) error {
			s := eventSpan{tx: tx, last: events, since: begin.Add(time.Duration(c.since) * time.Second), until: begin.Add(time.Duration(c.until) * time.Second)}
			from, before, err := s.find()
			if from > uint64(c.first) || before <= uint64(c.last) || uint64(c.first)-from > 2*spanSlack || before-uint64(c.last) > 2*spanSlack {
				t.Errorf("from %d to %d seconds the events are from %d to before %d, want %d to %d", c.since, c.until, from, before, c.first, c.last)
			}
			return err
		}))
	}
}

// A call that was made before keys began with a digest of the reference is repeated yet, until such calls are forgotten.
func TestFormerCalls(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	c := Call{Reference: "r1", Operation: "op", Request: []string{"x"}}
	v.check(v.store.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.SetSetting(formerSetting, fmt.Sprint(store.Micro(v.Now()))); err != nil {
			return err
		}
		return tx.SaveCall(store.Call{Key: c.formerKey("p1"), Fingerprint: c.fingerprint(), UserCode: "1", Answer: []byte("first"), At: v.Now()})
	}))
	again := func() string {
		named, err := v.naming(t.Context(), c)
		v.check(err)
		var answer []byte
		v.check(v.store.View(t.Context(), func(tx store.Tx) (err error) { answer, err = repeated(tx, "p1", named); return err }))
		if n := len(named.near("1", "p1")); n != 1 && !named.former || n != 2 && named.former {
			t.Errorf("%d calls are looked at first", n)
		}
		return string(answer)
	}
	if got := again(); got != "first" {
		t.Errorf("the repetition is answered %q", got)
	}
	_, err := v.ForgetCalls(t.Context(), time.Hour)
	v.check(err)
	if got := again(); got != "first" {
		t.Errorf("after younger calls were kept it is answered %q", got)
	}
	_, err = v.ForgetCalls(t.Context(), -time.Hour)
	v.check(err)
	if got := again(); got != "" || v.former.Load() != formerNone {
		t.Errorf("after all were forgotten it is answered %q", got)
	}
	v.check(v.store.Close())
	v.open()
	if again(); v.former.Load() != formerNone {
		t.Error("the next process looks for former calls again")
	}
}
