package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func by(actor string) event.Cause { return event.Cause{Actor: actor, At: noon()} }

// life is every transition, a line each; a pair that is not here is refused, one with = changes nothing.
const life = `
making       complete draft
making       discard  discarded
draft        confirm  confirmed
draft        discard  discarded
confirmed    begin    applying
confirmed    stop     stopped
confirmed    resume   =
applying     begin    =
applying     stop     stopped
applying     resume   =
applying     finish   applied
stopped      stop     =
stopped      resume   applying
stopped      undo     undoing
applied      undo     undoing
undoing      begin    =
undoing      stop     undo-stopped
undoing      resume   =
undoing      undo     =
undoing      finish   undone
undo-stopped stop     =
undo-stopped resume   undoing
discarded    discard  =
`

func TestEveryStateAndCommand(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(life)) {
		f := strings.Fields(line)
		want[f[0]+" "+f[1]] = f[2]
	}
	for _, s := range plan.States() {
		for _, c := range plan.Commands() {
			to, permitted := want[string(s)+" "+string(c)]
			p := plan.Plan{ID: "plan-1", State: s, MaxErrors: 2}
			now, e, err := p.Do(c, "why", by("operator:asha"))
			switch {
			case !permitted:
				if !fault.Is(err, fault.Conflict) || now != p || e != nil {
					t.Errorf("%s in %s: %v, %v", c, s, now.State, err)
				}
			case to == "=":
				if err != nil || now != p || e != nil {
					t.Errorf("%s in %s changes something: %v, %v", c, s, now.State, err)
				}
			case err != nil || string(now.State) != to || (e == nil) != (c == plan.Begin):
				t.Errorf("%s in %s leads to %s: %v, %v", c, s, now.State, e, err)
			}
		}
	}
}

// What a command leaves besides the state.
func TestCommandsLeaveTheirMark(t *testing.T) {
	t.Parallel()
	p := plan.Plan{ID: "plan-1", State: plan.Draft, MaxErrors: 3, MadeBy: "operator:asha"}
	p, e, err := p.ConfirmFor(false, by("operator:john"))
	if err != nil || p.ConfirmedBy != "operator:john" || p.ConfirmedAt != noon() || p.StopAt != 3 || e.Kind != event.PlanConfirmed {
		t.Fatalf("confirmed: %+v, %v, %v", p, e, err)
	}
	if c := p.Worker(noon()); c.Actor != "operator:john" || c.RequestID != "plan-1" {
		t.Errorf("the worker is %+v", c)
	}
	p.State, p.Counts, p.Cursor = plan.Stopped, plan.Counts{Items: 10, Done: 4, Failed: 3}, 7
	if p.Left() != 3 {
		t.Errorf("%d items are left", p.Left())
	}
	again, e, err := p.Do(plan.Resume, "", by("operator:john"))
	if err != nil || again.StopAt != 6 || again.Cursor != 7 || e.Kind != event.PlanResumed || e.Field("done") != "4" || e.Field("items") != "10" {
		t.Errorf("resumed: %+v, %v, %v", again, e, err)
	}
	undo, e, err := p.Do(plan.Undo, "", by("operator:tara"))
	if err != nil || undo.Cursor != 0 || undo.UndoneBy != "operator:tara" || undo.Worker(noon()).Actor != "operator:tara" || undo.Left() != 4 || e.Kind != event.PlanUndone {
		t.Errorf("to be undone: %+v, %v, %v", undo, e, err)
	}
	end, e, err := undo.Do(plan.Finish, "", by("system:plans"))
	if err != nil || end.EndedAt != noon() || end.State.AtWork() || e.Field("to") != "undone" {
		t.Errorf("undone: %+v, %v, %v", end, e, err)
	}
}

func TestTwoPeopleConfirm(t *testing.T) {
	t.Parallel()
	p := plan.Plan{ID: "plan-1", State: plan.Draft, MadeBy: "operator:asha"}
	for actor, ok := range map[string]bool{"operator:asha": false, "operator:john": true, event.SharedToken: false} {
		if _, e, err := p.ConfirmFor(true, by(actor)); (err == nil) != ok || (e != nil) != ok || !ok && !fault.Is(err, fault.Conflict) {
			t.Errorf("%s confirms: %v, %v", actor, e, err)
		}
		if _, _, err := p.ConfirmFor(false, by(actor)); err != nil {
			t.Errorf("%s confirms what takes one person: %v", actor, err)
		}
	}
	p.MadeBy = event.SharedToken
	if _, e, err := p.ConfirmFor(true, by("operator:john")); e != nil || !fault.Is(err, fault.Conflict) {
		t.Errorf("what nobody in particular made is confirmed: %v, %v", e, err)
	}
}
