package storetest

import (
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func recordCases() []testCase {
	return []testCase{
		{"Record/is the agent with its activations", recordIsTheAgent},
		{"Record/unknown until created", recordUnknown},
		{"Record/shows every kind of change at once", recordShowsChanges},
		{"Record/one that was given does not change", recordDoesNotChange},
		{"Record/is rendered once for a directory", recordRendered},
		{"Record/is rendered anew after a change", recordRenderedAnew},
		{"State/is of one moment", stateOfOneMoment},
		{"Permit/says yes only where the record would", permitIsTheRecords},
		{"Records/are those of all agents in pages", recordsInPages},
	}
}

// recordOf gives an agent's record.
func recordOf(t testing.TB, s store.Store, code string) *store.Record {
	t.Helper()
	rec, err := s.Record(t.Context(), code)
	must(t, err)
	return rec
}

// stateOfOneMoment: a block on the agent and one on the service take turns, so that one always stands. Whoever had the
// agent of one moment and the directory of another would see none.
func stateOfOneMoment(t *testing.T, s store.Store) {
	buildWorld(t, s)
	blocks := [...]block.Block{{ID: "a", Target: block.Target{Agent: userCode}, PlacedAt: At(1)}, {ID: "b", Target: block.Target{Service: "43"}, PlacedAt: At(1)}}
	turn := func(n int) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			stands, lifted := blocks[n%2], blocks[(n+1)%2]
			lifted.LiftedAt = At(2)
			return errors.Join(tx.SaveBlock(stands), tx.SaveBlock(lifted))
		})
	}
	must(t, turn(0))
	var over atomic.Bool
	parallel(3, func(i int) {
		if i == 0 {
			defer over.Store(true)
			for n := range 100 {
				if err := turn(n); err != nil {
					t.Error(err)
				}
			}
			return
		}
		for !over.Load() {
			rec, dir, err := s.State(t.Context(), userCode)
			list, dirOfAll, err2 := s.States(t.Context(), []string{"no such agent", userCode})
			if err := errors.Join(err, err2); err != nil {
				t.Error(err)
			} else if len(rec.Blocks)+len(dir.BlocksOnService("43")) == 0 || len(list[1].Blocks)+len(dirOfAll.BlocksOnService("43")) == 0 {
				t.Error("no block is seen, though one stood at any time")
				return
			}
		}
	})
	rec, dir, err := s.State(t.Context(), "no such agent")
	must(t, err)
	if rec != nil || dir == nil {
		t.Errorf("of no agent: %v, %v", rec, dir)
	}
	statesAreTheRecords(t, s, dir)
}

// statesAreTheRecords asks for several agents in any order: some are not there, one twice, one cannot be.
func statesAreTheRecords(t *testing.T, s store.Store, dir *store.Directory) {
	AddAgent(t, s, "p1", "20810299")
	SetActivation(t, s, "20810299", "45", agent.Active)
	codes := []string{"20810299", "no such agent", userCode, "nul\x00", "20810299"}
	list, now, err := s.States(t.Context(), codes)
	must(t, err)
	samePointer(t, "with several agents", now, dir, true)
	for i, code := range codes {
		want, now, err := s.State(t.Context(), code)
		must(t, err)
		samePointer(t, "with "+code, now, dir, true)
		switch got := list[i]; {
		case (got == nil) != (want == nil) || (want == nil) != (i == 1 || i == 3):
			t.Errorf("agent %q: got %v, want %v", code, got, want)
		case got != nil && !reflect.DeepEqual(got.Record, want.Record):
			t.Errorf("agent %q: got %+v, want %+v", code, got.Record, want.Record)
		}
	}
	list, now, err = s.States(t.Context(), nil)
	must(t, err)
	equal(t, "agents when none is asked for", len(list), 0)
	samePointer(t, "with no agent", now, dir, true)
}

// permitIsTheRecords takes an agent through changes, each of which may be the end of a quick yes, or its beginning.
func permitIsTheRecords(t *testing.T, s store.Store) {
	buildWorld(t, s)
	said := 0
	check := func(what string) {
		t.Helper()
		rec, dir := recordOf(t, s, userCode), directoryOf(t, s)
		for _, svc := range dir.Services {
			may := rec.Unconditional(&svc, dir.BlocksOnService(svc.Code), dir.BlocksOnPartner(rec.Agent.PartnerID))
			p, ok := s.Permit(userCode, svc.Code)
			if ok && !may {
				t.Errorf("%s: Permit says yes of service %s, the record %+v", what, svc.Code, rec.Record)
			}
			if ok {
				said++
				equal(t, "what it says", p, store.Permit{PartnerID: rec.Agent.PartnerID, Version: rec.Agent.Head.Version})
			}
		}
	}
	do := func(what string, fn func(tx store.Tx) error) {
		update(t, s, fn)
		check(what)
	}
	set := func(to agent.State, dates agent.Dates) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			a, err := setActivation(tx, userCode, "43", to, "")
			if err != nil {
				return err
			}
			was := a.Head.Version
			a.Dates = dates
			return tx.UpdateActivation(a, was)
		}
	}
	do("from any device", func(tx store.Tx) error {
		r, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		a := r.Agent
		a.Devices = ""
		if a.Head, err = record(tx, r, "", event.AgentDevices); err != nil {
			return err
		}
		return tx.UpdateAgent(a, r.Agent.Head.Version)
	})
	do("on", set(agent.Active, agent.Dates{}))
	do("with a date", set(agent.Active, agent.Dates{Until: At(9000)}))
	do("on again", set(agent.Active, agent.Dates{}))
	do("off", set(agent.Off, agent.Dates{}))
	do("on once more", set(agent.Active, agent.Dates{}))
	for _, b := range []block.Block{onAgent("b-1", ""), {ID: "b-2", Target: block.Target{Service: "43"}}, {ID: "b-3", Target: block.Target{Partner: partnerID}}} {
		b.PlacedAt = At(2)
		do("blocked by "+b.ID, func(tx store.Tx) error { return tx.SaveBlock(b) })
		b.LiftedAt = At(3)
		do("lifted", func(tx store.Tx) error { return tx.SaveBlock(b) })
	}
	if _, ok := s.Permit("99999999", "43"); ok {
		t.Error("an agent that is not there may")
	}
	if _, ok := s.Permit(userCode, "9999"); ok {
		t.Error("a service that is not there may be used")
	}
	t.Logf("a quick yes was said %d times", said) // never, by a store that holds nothing in memory
}

// sameAsStored checks that the Record is, in brief, what a transaction reads.
func sameAsStored(t *testing.T, s store.Store, code string) {
	t.Helper()
	rec := recordOf(t, s, code)
	whole := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
	stored := whole.Brief()
	equal(t, "agent of the Record", rec.Agent, stored.Agent)
	equalAll(t, "activations of the Record", rec.Activations, stored.Activations)
	equalAll(t, "blocks of the Record", rec.Blocks, stored.Blocks)
	equal(t, "version of the Record", rec.Head().Version, whole.Head().Version)
}

func recordIsTheAgent(t *testing.T, s store.Store) {
	buildWorld(t, s)
	sameAsStored(t, s, userCode)
	SetActivation(t, s, userCode, "53", agent.PendingReview)
	SetActivation(t, s, userCode, "43", agent.Active)
	sameAsStored(t, s, userCode)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(placeBlock(tx, onAgent("b1", "")), placeBlock(tx, onAgent("b2", "43")))
	})
	sameAsStored(t, s, userCode)
	equal(t, "number of activations", len(recordOf(t, s, userCode).Activations), 2)
}

// brief gives what a Record shows of an agent and activations.
func brief(a agent.Agent, activations ...agent.Activation) agent.Record {
	r := agent.Record{Agent: a, Activations: activations}
	return r.Brief()
}

func recordUnknown(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, code := range []string{newUser, "", "{user_code}", "null", "2081020", "208102000"} {
		_, err := s.Record(t.Context(), code)
		wantCode(t, "Record of "+code, err, fault.UnknownAgent)
	}
	want := AddAgent(t, s, partnerID, newUser)
	equal(t, "agent", recordOf(t, s, newUser).Agent, brief(want).Agent)
}

func recordShowsChanges(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var a agent.Agent
	update(t, s, func(tx store.Tx) (err error) { a, err = setLastName(tx, userCode, "Changed"); return err })
	equal(t, "after UpdateAgent", recordOf(t, s, userCode).Agent, brief(a).Agent)
	created := SetActivation(t, s, userCode, "43", agent.ActiveWaiting)
	equal(t, "after CreateActivation", recordOf(t, s, userCode).Activation("43"), brief(a, created).Activations[0])
	changed := SetActivation(t, s, userCode, "43", agent.ActiveVerified)
	equal(t, "after UpdateActivation", recordOf(t, s, userCode).Activation("43"), brief(a, changed).Activations[0])
	update(t, s, func(tx store.Tx) error {
		_, err := setActivation(tx, userCode, "43", agent.Off, "first of three")
		if err != nil {
			return err
		}
		if created, err = setActivation(tx, userCode, "45", agent.Active, "second of three"); err != nil {
			return err
		}
		a, err = setLastName(tx, userCode, "third of three")
		return err
	})
	rec := recordOf(t, s, userCode)
	equal(t, "comment after three changes in one Update", rec.Activation("43").Comment, "first of three")
	equal(t, "activation after three changes in one Update", rec.Activation("45"), brief(a, created).Activations[0])
	equal(t, "agent after three changes in one Update", rec.Agent, brief(a).Agent)
	sameAsStored(t, s, userCode)
}

func recordDoesNotChange(t *testing.T, s store.Store) {
	buildWorld(t, s)
	was := SetActivation(t, s, userCode, "43", agent.Active)
	rec := recordOf(t, s, userCode)
	agentWas := rec.Agent
	update(t, s, writeAll)
	recordOf(t, s, userCode)
	equal(t, "agent of a Record that was given before", rec.Agent, agentWas)
	equalAll(t, "activations of a Record that was given before", rec.Activations, brief(rec.Agent, was).Activations)
}

func recordRendered(t *testing.T, s store.Store) {
	buildWorld(t, s)
	rec := recordOf(t, s, userCode)
	dir, err := s.Directory(t.Context())
	must(t, err)
	runs := 0
	render := func() []byte { runs++; return []byte{byte(runs)} }
	equal(t, "first rendering", rec.Rendered(dir, render)[0], 1)
	equal(t, "second rendering under the same directory", rec.Rendered(dir, render)[0], 1)
	AddService(t, s, "99", agent.ReviewNone)
	changed, err := s.Directory(t.Context())
	must(t, err)
	equal(t, "rendering under a changed directory", rec.Rendered(changed, render)[0], 2)
	equal(t, "runs of render", runs, 2)
}

func recordRenderedAnew(t *testing.T, s store.Store) {
	buildWorld(t, s)
	dir, err := s.Directory(t.Context())
	must(t, err)
	rendered := func() string {
		rec := recordOf(t, s, userCode)
		return string(rec.Rendered(dir, func() []byte { return []byte(rec.Agent.Profile.LastName) }))
	}
	equal(t, "before", rendered(), "Rao")
	update(t, s, func(tx store.Tx) error { _, err := setLastName(tx, userCode, "Changed"); return err })
	equal(t, "after", rendered(), "Changed")
}

func recordsInPages(t *testing.T, s store.Store) {
	AddPartner(t, s, partnerID, "9876543210")
	var codes []string
	for _, code := range []string{"b", "a", "c", "e", "d"} {
		AddAgent(t, s, partnerID, code)
		codes = append(codes, code)
	}
	slices.Sort(codes)
	SetActivation(t, s, "b", "53", agent.PendingReview)
	SetActivation(t, s, "b", "43", agent.Active)
	SetActivation(t, s, "e", "45", agent.Off)
	update(t, s, func(tx store.Tx) error {
		open := block.Block{ID: "1", Target: block.Target{Agent: "e"}, Reason: "why", Until: At(9), PlacedAt: At(1), PlacedBy: "operator:asha"}
		lifted := block.Block{ID: "2", Target: block.Target{Agent: "b"}, PlacedAt: At(1), LiftedAt: At(2)}
		return errors.Join(tx.SaveBlock(open), tx.SaveBlock(lifted))
	})
	for _, limit := range []int{1, 2, 5, 6} {
		var got []string
		for page := codes; len(page) > 0 && len(got) < len(codes); {
			list := view(t, s, func(tx store.Tx) ([]*store.Record, error) { return tx.Records(last(got), limit) })
			page = nil
			for _, rec := range list {
				page = append(page, rec.Agent.UserCode)
				want := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(rec.Agent.UserCode) }).Brief()
				equal(t, "agent", rec.Agent, brief(want.Agent).Agent)
				equalAll(t, "activations", rec.Activations, want.Activations)
				equalAll(t, "blocks", rec.Blocks, want.Blocks)
			}
			got = append(got, page...)
		}
		equalAll(t, "agents in pages", got, codes)
	}
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
