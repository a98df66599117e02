package registry_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func partnerNamed(name string) partner.Partner {
	return partner.Partner{Name: name, InitiatorID: "9876543211"}
}

// Where lifting takes two people, the block stands until the second one wants it lifted.
func TestTwoPeopleLift(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.changed(w.operator(), agent.Activate)
	w.confirm(agent.ConfirmLifting)
	for _, target := range []block.Target{onAgent, onActivation, onService, onPartner} {
		t.Run(target.String(), func(t *testing.T) {
			b := w.placed(w.person("asha", access.Fraud), on(block.Fraud, target))
			_, _, err := w.LiftBlock(ctx, w.shared(), b.ID, "why")
			wantCode(t, "the shared token, first", err, fault.Conflict)
			got, step, err := w.LiftBlock(ctx, w.person("asha", access.Fraud), b.ID, "")
			if err != nil || step != registry.Asked || !got.Open() || got.LiftAskedBy != "operator:asha" {
				t.Fatalf("the first: %v, %v, %+v", step, err, got)
			}
			if len(w.reasons(sandbox.UserCode)) != 1 {
				t.Error("one is enough")
			}
			for what, by := range map[string]registry.Caller{"the same": w.admin("asha"), "the shared token": w.shared()} {
				_, _, err = w.LiftBlock(ctx, by, b.ID, "why")
				wantCode(t, what+", again", err, fault.Conflict)
			}
			_, _, err = w.LiftBlock(ctx, w.person("ravi", access.Compliance), b.ID, "why")
			wantCode(t, "a second one who is no owner", err, fault.Forbidden)
			if _, step, err = w.LiftBlock(ctx, w.person("ravi", access.Fraud), b.ID, ""); err != nil || step != registry.Done {
				t.Fatalf("the second: %v, %v", step, err)
			}
			if got := w.reasons(sandbox.UserCode); got != nil {
				t.Errorf("lifted by two, and still %v", got)
			}
		})
	}
}

// Switching the service off first is no way around the second person.
func TestTwoPeopleLiftFromWhoeverHadIt(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	w.changed(w.operator(), agent.Activate)
	w.confirm(agent.ConfirmLifting)
	b := w.placed(w.admin("asha"), on(block.Operator, onAgent))
	w.changed(w.operator(), agent.Deactivate)
	if _, step, err := w.LiftBlock(ctx, w.admin("asha"), b.ID, "why"); err != nil || step != registry.Asked {
		t.Errorf("got %v, %v", step, err)
	}
}

// Where activating takes two people, whoever asks is never who approves: partner, person or file.
func TestTwoPeopleActivate(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		by      func(w *world) registry.Caller
		refused []string // who may not approve
	}{
		"a person":  {func(w *world) registry.Caller { return w.admin("asha") }, []string{"asha", "token"}},
		"a partner": {func(w *world) registry.Caller { return w.partner() }, []string{"token"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			w.confirm(agent.ConfirmActivation)
			if a := w.changed(c.by(w), agent.Activate); a.State != agent.PendingReview {
				t.Fatalf("it is %s", a.State)
			}
			w.wantReasons("while it waits", agent.AwaitsReview)
			for _, name := range c.refused {
				_, err := w.change(w.admin(name), agent.Approve)
				wantCode(t, name, err, fault.Conflict)
			}
			w.changed(w.admin("ravi"), agent.Approve)
			w.wantReasons("when two want it")
		})
	}
}

func TestTwoPeopleApproveWhatAFileBrings(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.confirm(agent.ConfirmActivation)
	rows := []registry.ImportRow{{Line: 1, UserCode: "shop-1", Services: []string{"45"}}, {Line: 2, UserCode: sandbox.UserCode, Services: []string{"45"}}}
	sum, err := w.Import(t.Context(), w.admin("asha"), registry.Import{PartnerID: sandbox.PartnerID, Refused: func(x registry.Refusal) { t.Error(x) },
		Progress: func(registry.ImportSummary) {}, Next: func() (row registry.ImportRow, ok bool, err error) {
			if len(rows) == 0 {
				return row, false, nil
			}
			row, rows = rows[0], rows[1:]
			return row, true, nil
		}})
	if err != nil || sum.Activated != 2 {
		t.Fatal(sum, err)
	}
	for _, code := range []string{"shop-1", sandbox.UserCode} {
		ch := registry.Change{UserCode: code, ServiceCode: "45", Command: agent.Command{Kind: agent.Approve}}
		_, err := w.ChangeService(t.Context(), w.admin("asha"), ch)
		wantCode(t, code+": who imported it", err, fault.Conflict)
		if out, err := w.ChangeService(t.Context(), w.admin("ravi"), ch); err != nil || out.Activation.State != agent.ActiveVerified {
			t.Errorf("%s: %v, %v", code, out.Activation.State, err)
		}
	}
}

// What takes two people takes two people to change.
func TestTwoPeopleWeakenTheRules(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.confirm(agent.ConfirmActivation | agent.ConfirmApproval)
	none := func(s *agent.Service) { s.Confirm = 0 }
	fewer := func(s *agent.Service) { s.Confirm = agent.ConfirmActivation }
	_, err := w.rules(w.shared(), none)
	wantCode(t, "the shared token", err, fault.Conflict)
	steps := func(want registry.Step, name string, change func(*agent.Service)) {
		t.Helper()
		if step, err := w.rules(w.admin(name), change); err != nil || step != want {
			t.Errorf("%s: %v, %v, want %v", name, step, err, want)
		}
	}
	steps(registry.Asked, "asha", none)
	_, err = w.rules(w.admin("asha"), none)
	wantCode(t, "the same person", err, fault.Conflict)
	steps(registry.Asked, "ravi", fewer) // it is not the same, and takes the place of the first request
	steps(registry.Asked, "asha", none)
	steps(registry.Done, "ravi", func(s *agent.Service) { s.VerifyDays = 30 }) // another change ends the request
	steps(registry.Asked, "asha", none)
	steps(registry.Done, "asha", func(s *agent.Service) { s.Confirm |= agent.ConfirmLifting }) // more is for one
	steps(registry.Asked, "asha", none)
	steps(registry.Done, "ravi", none)
	steps(registry.SoAlready, "asha", none)

	dir, err := w.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	svc, _ := dir.Service("45")
	kinds := w.chain(event.Subject{Kind: event.Service, ID: "45"}, svc.Head)
	asked := 0
	for _, k := range kinds {
		if k == event.CatalogueAsked {
			asked++
		}
	}
	if asked != 5 || svc.Confirm != 0 {
		t.Errorf("%d requests are recorded, and the service takes two for %v", asked, svc.Confirm.Names())
	}
}

// Where two approve, a review rule by which less waits for them is as much a weakening.
func TestTwoPeopleLoosenAReview(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	if step, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.Review, s.Confirm = agent.ReviewBefore, agent.ConfirmApproval }); err != nil || step != registry.Done {
		t.Fatal(step, err)
	}
	for _, to := range []agent.Review{agent.ReviewNone, agent.ReviewAfter} {
		if step, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.Review = to }); err != nil || step != registry.Asked {
			t.Errorf("to %s: %v, %v", to, step, err)
		}
	}
}

func TestRulesOfAService(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	for what, change := range map[string]func(*agent.Service){
		"no such country":  func(s *agent.Service) { s.Fence.Country = "XX" },
		"small letters":    func(s *agent.Service) { s.Fence.Country = "in" },
		"slack of nothing": func(s *agent.Service) { s.Fence.Tolerance = 5 },
		"less than none":   func(s *agent.Service) { s.Fence.Distance = -1 },
		"round the world":  func(s *agent.Service) { s.Fence.Distance = 50_000_000 },
		"days":             func(s *agent.Service) { s.DormantDays = -1 },
		"centuries":        func(s *agent.Service) { s.VerifyDays = 99_999 },
	} {
		_, err := w.rules(w.admin("asha"), change)
		wantCode(t, what, err, fault.Invalid)
	}
	all := func(s *agent.Service) {
		s.Confirm = agent.ConfirmActivation | agent.ConfirmApproval | agent.ConfirmLifting
		s.Fence, s.DormantDays, s.VerifyDays = agent.Fence{Distance: 500, Country: "KE", Tolerance: 1000}, 90, 365
	}
	for _, want := range []registry.Step{registry.Done, registry.SoAlready} {
		if step, err := w.rules(w.admin("asha"), all); err != nil || step != want {
			t.Errorf("got %v, %v", step, err)
		}
	}
}
