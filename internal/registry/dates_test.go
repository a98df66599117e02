package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const day = 24 * time.Hour

func TestDatesOfAnActivation(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	from, until, none := w.Now().Add(time.Hour), w.Now().Add(2*time.Hour), time.Time{}
	set := func(d registry.DatesChange) (agent.Activation, bool) {
		t.Helper()
		a, changed, err := w.Reschedule(ctx, w.admin("asha"), sandbox.UserCode, "45", d)
		if err != nil {
			t.Fatal(err)
		}
		return a, changed
	}
	_, _, err := w.Reschedule(ctx, w.admin("asha"), sandbox.UserCode, "45", registry.DatesChange{From: &from})
	wantCode(t, "what never was on", err, fault.Conflict)
	w.changed(w.operator(), agent.Activate)
	if a, changed := set(registry.DatesChange{From: &from, Until: &until}); !changed || a.Dates != (agent.Dates{From: from, Until: until}) {
		t.Errorf("got %+v, %t", a.Dates, changed)
	}
	w.wantReasons("before", agent.NotYet)
	if a, changed := set(registry.DatesChange{From: &none}); !changed || a.Dates != (agent.Dates{Until: until}) {
		t.Errorf("got %+v, %t", a.Dates, changed)
	}
	w.wantReasons("without a beginning")
	if _, changed := set(registry.DatesChange{Until: &until}); changed {
		t.Error("the same dates are a change")
	}
	w.pass(2 * time.Hour)
	w.wantReasons("at its end", agent.NoLonger)
	set(registry.DatesChange{Until: &none, VerifyBy: &until})
	w.wantReasons("at its due date", agent.VerificationDue)
	w.changed(w.admin("asha"), agent.Renew)
	w.wantReasons("verified anew")
	_, _, err = w.Reschedule(ctx, w.admin("asha"), sandbox.UserCode, "45", registry.DatesChange{From: &until, Until: &from})
	wantCode(t, "from after until", err, fault.Invalid)
}

func TestPlaceAndDevices(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.changed(w.operator(), agent.Activate)
	for _, want := range []bool{true, false} {
		if changed, err := w.SetPlace(ctx, w.admin("asha"), sandbox.UserCode, "28.6139,77.2090"); err != nil || changed != want {
			t.Error(changed, err)
		}
	}
	_, err := w.SetPlace(ctx, w.admin("asha"), sandbox.UserCode, "here")
	wantCode(t, "no place", err, fault.Invalid)
	add := func(d ...string) func([]string) []string {
		return func(list []string) []string { return append(list, d...) }
	}
	for i, c := range []struct {
		change func([]string) []string
		want   string
		ok     bool
	}{
		{add("pos-2", "pos-1"), "[pos-1 pos-2]", true}, {add("pos-1"), "[pos-1 pos-2]", false}, {add(), "[pos-1 pos-2]", false},
		{func(list []string) []string { return list[1:] }, "[pos-2]", true},
	} {
		if got, changed, err := w.SetDevices(ctx, w.admin("asha"), sandbox.UserCode, c.change); err != nil || changed != c.ok || fmt.Sprint(got) != c.want {
			t.Errorf("%d: %v, %t, %v", i, got, changed, err)
		}
	}
	w.wantReasons("from no device", agent.DeviceRequired)
	_, _, err = w.SetDevices(ctx, w.admin("asha"), sandbox.UserCode, add("a b"))
	wantCode(t, "no name", err, fault.Invalid)
}

// sweep sweeps, and checks how many blocks that places.
func (w *world) sweep(what string, want int) {
	w.t.Helper()
	if n, err := w.SweepDormant(w.t.Context()); err != nil || n != want {
		w.t.Errorf("%s: %d are blocked, %v, want %d", what, n, err, want)
	}
}

// A use, a change and a lifted block each begin the days anew.
func TestDormancy(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.changed(w.operator(), agent.Activate)
	w.pass(100 * day)
	w.sweep("with no rule", 0)
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays = 90 }); err != nil {
		t.Fatal(err)
	}
	w.wantReasons("which is a use")
	w.sweep("used today", 0)
	w.pass(90 * day)
	w.sweep("at the last day", 0)
	w.pass(day)
	w.sweep("the day after", 1)
	w.sweep("again", 0)
	w.wantReasons("dormant", agent.BlockedActivation)

	b := w.dormantBlock()
	_, _, err := w.LiftBlock(ctx, w.person("ravi", access.Reviewer), b.ID, "seen")
	wantCode(t, "a reviewer who does not renew", err, fault.Forbidden)
	_, _, err = w.LiftBlock(ctx, w.admin("asha"), b.ID, "")
	wantCode(t, "an administrator without a reason", err, fault.Invalid)
	w.lifted(b)
	w.wantReasons("lifted") // a use
	w.pass(50 * day)
	w.sweep("50 days after it was lifted", 0)
	w.pass(41 * day)
	w.sweep("91 days after it was lifted", 1)

	w.changed(w.person("ravi", access.Reviewer), agent.Renew)
	w.wantReasons("renewed")
	w.pass(day)
	w.sweep("the day after", 0)
	rec, events, err := w.History(ctx, sandbox.UserCode, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Blocks) != 0 || events[0].Kind != event.BlockLifted || events[0].Cause.Actor != "operator:ravi" || events[1].Kind != event.ActivationRenewed {
		t.Errorf("%v, %+v, %+v", rec.Blocks, events[0], events[1])
	}
	w.chain(event.Subject{Kind: event.Agent, ID: sandbox.UserCode}, rec.Head())
}

// dormantBlock finds the block that the system placed.
func (w *world) dormantBlock() block.Block {
	w.t.Helper()
	owner := block.System
	list, err := w.Blocks(w.t.Context(), w.admin("asha"), store.BlockFilter{Agent: sandbox.UserCode, Open: true, Owner: &owner, Limit: 2})
	if err != nil || len(list) != 1 || list[0].Rule != block.Dormant || list[0].PlacedBy != "system:dormant" || list[0].Reason != "not used for 90 days" {
		w.t.Fatal(list, err)
	}
	return list[0]
}

// The days of what begins later count from its beginning: before that nobody can use it.
func TestDormancyOfWhatBeginsLater(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.changed(w.operator(), agent.Activate)
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays = 90 }); err != nil {
		t.Fatal(err)
	}
	from := w.Now().Add(120 * day)
	if _, _, err := w.Reschedule(t.Context(), w.admin("asha"), sandbox.UserCode, "45", registry.DatesChange{From: &from}); err != nil {
		t.Fatal(err)
	}
	w.pass(100 * day)
	w.sweep("before it begins", 0)
	w.pass(110 * day)
	w.sweep("90 days after it began", 0)
	w.pass(day)
	w.sweep("the day after", 1)
}

// An administrator lifts it once, and the days count from then although nothing was used.
func TestALiftedDormancyStaysLifted(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.changed(w.operator(), agent.Activate)
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays = 90 }); err != nil {
		t.Fatal(err)
	}
	w.pass(91 * day)
	w.sweep("dormant", 1)
	w.lifted(w.dormantBlock())
	w.sweep("at once", 0)
	w.pass(90 * day)
	w.sweep("90 days later", 0)
	w.pass(day)
	w.sweep("91 days later", 1)
}

// Where lifting takes two people, so does ending dormancy, whether approving does or not.
func TestTwoPeopleEndDormancy(t *testing.T) {
	t.Parallel()
	for what, confirm := range map[string]agent.Confirm{"lifting": agent.ConfirmLifting, "both": agent.ConfirmLifting | agent.ConfirmApproval} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			w.changed(w.operator(), agent.Activate)
			if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays, s.Confirm = 90, confirm }); err != nil {
				t.Fatal(err)
			}
			w.pass(91 * day)
			w.sweep("dormant", 1)
			_, err := w.change(w.shared(), agent.Renew)
			wantCode(t, "the shared token", err, fault.Conflict)
			w.changed(w.person("asha", access.Reviewer), agent.Renew)
			w.wantReasons("after the first", agent.BlockedActivation)
			_, err = w.change(w.person("asha", access.Reviewer), agent.Renew)
			wantCode(t, "the same person", err, fault.Conflict)
			w.changed(w.person("ravi", access.Reviewer), agent.Renew)
			w.wantReasons("after the second")
		})
	}
}

// A first approval verifies, too: it ends dormancy as a renewal does.
func TestApprovalEndsDormancy(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays, s.Review = 90, agent.ReviewAfter }); err != nil {
		t.Fatal(err)
	}
	w.changed(w.operator(), agent.Activate)
	w.pass(91 * day)
	w.sweep("dormant", 1)
	w.wantReasons("dormant", agent.BlockedActivation)
	w.changed(w.person("ravi", access.Reviewer), agent.Approve)
	w.wantReasons("approved")
}

// Many are blocked in batches, and nobody who is not dormant.
func TestDormancyOfMany(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	const n = 450
	i := 0
	if _, err := w.Import(ctx, w.operator(), registry.Import{PartnerID: sandbox.PartnerID, Refused: func(x registry.Refusal) { t.Error(x) },
		Progress: func(registry.ImportSummary) {}, Next: func() (registry.ImportRow, bool, error) {
			i++
			return registry.ImportRow{Line: i, UserCode: fmt.Sprintf("%08d", 40_000_000+i), Services: []string{"45", "43"}}, i <= n, nil
		}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays = 30 }); err != nil {
		t.Fatal(err)
	}
	w.pass(31 * day)
	for k := 1; k <= n; k += 3 { // every third is used
		w.reasons(fmt.Sprintf("%08d", 40_000_000+k))
	}
	w.sweep("two thirds", n-n/3)
	w.sweep("again", 0)
	for k := 1; k <= n; k++ {
		if got := w.reasons(fmt.Sprintf("%08d", 40_000_000+k)); (len(got) == 0) != (k%3 == 1) {
			t.Fatalf("agent %d: %v", k, got)
		}
	}
}

// A rehearsal tells what stops by itself, why, and of nothing that is stopped already.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	if _, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.DormantDays = 60 }); err != nil {
		t.Fatal(err)
	}
	soon, later := w.Now().Add(10*day), w.Now().Add(30*day)
	w.rehearsed("a", agent.Dates{Until: soon}, nil)
	w.rehearsed("b", agent.Dates{}, &block.Block{Owner: block.Fraud, Reason: "why", From: soon})
	w.rehearsed("c", agent.Dates{From: later}, nil)            // not yet now
	w.rehearsed("d", agent.Dates{}, &block.Block{Reason: "x"}) // not now
	w.rehearsed("e", agent.Dates{Until: later}, &block.Block{Reason: "x", From: soon, Until: later})
	w.rehearsed("f", agent.Dates{}, nil)
	if _, _, err := w.SetDevices(ctx, w.admin("asha"), "f", func([]string) []string { return []string{"pos"} }); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]string{
		9 * day: "", 10 * day: "a/45 no_longer, b/45 blocked_activation, e/45 blocked_activation", 20 * day: "a/45 no_longer, b/45 blocked_activation, e/45 blocked_activation",
		30 * day: "a/45 no_longer, b/45 blocked_activation, e/45 no_longer",
		60 * day: "a/45 no_longer, b/45 blocked_activation, e/45 no_longer",
		61 * day: "a/45 no_longer blocked_activation, b/45 blocked_activation blocked_activation, e/45 no_longer blocked_activation, f/45 blocked_activation",
	} {
		for _, limit := range []int{1, 3, 100} {
			if got := w.rehearsal(registry.Rehearsal{At: w.Now().Add(after), Service: "45", Limit: limit}); got != want {
				t.Errorf("in %v, %d at a time: %s, want %s", after, limit, got, want)
			}
		}
	}
	if got := w.rehearsal(registry.Rehearsal{At: w.Now().Add(61 * day), Service: "43", Limit: 100}); got != "" {
		t.Errorf("another service: %s", got)
	}
	_, err := w.Rehearse(ctx, registry.Rehearsal{At: w.Now(), Limit: 1})
	wantCode(t, "now", err, fault.Invalid)
	_, err = w.Rehearse(ctx, registry.Rehearsal{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Limit: 1})
	wantCode(t, "a time that has no spelling", err, fault.Invalid)
	_, err = w.Rehearse(ctx, registry.Rehearsal{At: later, Service: "999", Limit: 1})
	wantCode(t, "no service", err, fault.UnknownService)
}

// rehearsed makes an agent with service 45 on, with dates and a block.
func (w *world) rehearsed(code string, d agent.Dates, b *block.Block) {
	w.t.Helper()
	ctx := w.t.Context()
	if _, err := w.Onboard(ctx, w.operator(), registry.Onboarding{PartnerID: sandbox.PartnerID, UserCode: code}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.ChangeService(ctx, w.operator(), registry.Change{UserCode: code, ServiceCode: "45", Command: agent.Command{Kind: agent.Activate, Dates: d}}); err != nil {
		w.t.Fatal(err)
	}
	if b != nil {
		b.Target = block.Target{Agent: code, Service: "45"}
		w.placed(w.admin("asha"), *b)
	}
}

// rehearsal asks for all pages and gives what stops, in short.
func (w *world) rehearsal(ask registry.Rehearsal) (text string) {
	w.t.Helper()
	var all []string
	agents := 0
	for {
		out, err := w.Rehearse(w.t.Context(), ask)
		if err != nil {
			w.t.Fatal(err)
		}
		agents += out.Agents
		for _, x := range out.Items {
			item := x.UserCode + "/" + x.ServiceCode
			for _, r := range x.Reasons {
				item += " " + string(r.Code)
			}
			all = append(all, item)
		}
		if ask.After = out.Next; ask.After == "" {
			break
		}
	}
	if agents != 7 { // the sandbox's, and six
		w.t.Errorf("%d agents were looked at", agents)
	}
	slices.Sort(all)
	for i, item := range all {
		if i > 0 {
			text += ", "
		}
		text += item
	}
	return text
}
