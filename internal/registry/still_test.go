package registry_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// TestShownTheDoor: what an administrator asked for before being shown the door, and whose body came only then,
// is not done any more; least of all is a new credential made. The same after the role is gone.
func TestShownTheDoor(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	ctx := t.Context()
	enter := func(name string) registry.Caller {
		token := issued(t)(w.AddOperator(ctx, w.operator(), name, access.Administrator))
		return registry.Caller{Roles: access.Administrator, Cause: event.Cause{Actor: "operator:" + name, Key: token.Token.ID, At: w.Now()}}
	}
	rogue, demoted, replaced := enter("rogue"), enter("demoted"), enter("replaced")
	if _, err := w.RevokeOperator(ctx, w.operator(), "rogue"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetRoles(ctx, w.operator(), "demoted", access.Viewer); err != nil {
		t.Fatal(err)
	}
	issued(t)(w.AddToken(ctx, w.operator(), access.HolderOperator, "replaced", registry.Overlap{For: time.Hour}))
	w.pass(time.Hour)
	for what, do := range map[string]func(by registry.Caller) error{
		"operator": func(by registry.Caller) error {
			_, err := w.AddOperator(ctx, by, "mole", access.Administrator)
			return err
		},
		"roles": func(by registry.Caller) error {
			_, err := w.SetRoles(ctx, by, "demoted", access.Administrator|access.Viewer)
			return err
		},
		"revoke": func(by registry.Caller) error { _, err := w.RevokeOperator(ctx, by, "demoted"); return err },
		"token": func(by registry.Caller) error {
			_, err := w.AddToken(ctx, by, access.HolderPartner, sandbox.PartnerID, registry.Overlap{Keep: true})
			return err
		},
		"switch":   func(by registry.Caller) error { _, err := w.AddSwitch(ctx, by, "mole", ""); return err },
		"switched": func(by registry.Caller) error { _, err := w.RevokeSwitch(ctx, by, sandbox.SwitchID); return err },
		"partner": func(by registry.Caller) error {
			_, _, err := w.AddPartner(ctx, by, partner.Partner{Name: "Mole", InitiatorID: "9000000009"}, partner.Observe)
			return err
		},
		"key":     func(by registry.Caller) error { _, err := w.RotateKey(ctx, by, sandbox.PartnerID, nil, 0); return err },
		"revoked": func(by registry.Caller) error { _, err := w.RevokeKey(ctx, by, sandbox.DeveloperKey); return err },
		"channel": func(by registry.Caller) error {
			_, _, err := w.AddChannel(ctx, by, channel.Channel{ID: "mole", Name: "Mole"})
			return err
		},
		"secret":  func(by registry.Caller) error { _, err := w.RotateSecret(ctx, by, sandbox.ChannelID, 0); return err },
		"unlock":  func(by registry.Caller) error { _, err := w.UnlockMember(ctx, by, sandbox.MSISDN, "why"); return err },
		"service": func(by registry.Caller) error { _, err := w.RemoveService(ctx, by, "45"); return err },
		"erase":   func(by registry.Caller) error { _, err := w.EraseAgent(ctx, by, sandbox.UserCode); return err },
		"plan": func(by registry.Caller) error {
			_, err := w.MakePlan(ctx, by, plan.Plan{Action: plan.Activate, FromFile: true, MaxErrors: 1})
			return err
		},
		"import": func(by registry.Caller) error {
			rows := []registry.ImportRow{{Line: 1, UserCode: "mole", Profile: agent.Profile{Mobile: "9123456780", FirstName: "M", LastName: "M"}}}
			_, err := w.Import(ctx, by, registry.Import{PartnerID: sandbox.PartnerID, Progress: func(registry.ImportSummary) {},
				Refused: func(registry.Refusal) {}, Next: func() (row registry.ImportRow, ok bool, err error) {
					if len(rows) == 0 {
						return row, false, nil
					}
					row, rows = rows[0], nil
					return row, true, nil
				}})
			return err
		},
	} {
		wantCode(t, what+" by who is out", do(rogue), fault.Unauthenticated)
		wantCode(t, what+" with a token that ended meanwhile", do(replaced), fault.Unauthenticated)
		wantCode(t, what+" by who has the role no more", do(demoted), fault.Forbidden)
	}
}

// TestPlanIsItsMakers: nobody fills somebody else's plan, to confirm it then as the second person.
func TestPlanIsItsMakers(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	p, err := w.MakePlan(t.Context(), w.operator(), plan.Plan{Action: plan.Activate, FromFile: true, MaxErrors: 1})
	if err != nil {
		t.Fatal(err)
	}
	other := w.operator()
	other.Cause.Actor = "operator:other"
	none := func() (row registry.PlanRow, ok bool, err error) { return row, false, nil }
	_, err = w.FillPlan(t.Context(), other, p.ID, none)
	wantCode(t, "by another", err, fault.Conflict)
	p, err = w.FillPlan(t.Context(), w.operator(), p.ID, none)
	if err != nil || p.State != plan.Draft {
		t.Errorf("by its maker: %s, %v", p.State, err)
	}
}
