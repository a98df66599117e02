package admin_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

func ladderOf(t *testing.T, op *switchboard.Operator, security string) switchboard.Ladder {
	t.Helper()
	return find(t, must(op.Ladders(t.Context()))(t), func(l switchboard.Ladder) bool { return l.Security == security })
}

func TestLadders(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		published := switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{
			{Attempts: 2, Flag: "FIRST_WARNING", Action: "WARN"},
			{Attempts: 4, Flag: "FIRST_SUSPENSION", Action: "SUSPEND", Duration: "1h"},
			{Attempts: 5, Flag: "SECOND_WARNING", Action: "WARN"},
			{Attempts: 6, Flag: "SECOND_SUSPENSION", Action: "SUSPEND", Duration: "24h"},
			{Attempts: 7, Flag: "THIRD_WARNING", Action: "WARN"},
		}, Every: 2, Further: switchboard.LadderStep{Flag: "DEFAULT_SUSPEND", Action: "SUSPEND", Duration: "720h"}}
		if got := ladderOf(t, op, "OTP"); !reflect.DeepEqual(got, published) {
			t.Errorf("the ladder is %+v, want %+v", got, published)
		}

		mine := switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{
			{Attempts: 1, Flag: "FIRST", Action: "NONE"}, {Attempts: 3, Flag: "LAST", Action: "SUSPEND", Duration: "90m"}}}
		dry := must(op.SetLadder(ctx, mine, true))(t)
		is := mine
		is.Steps = []switchboard.LadderStep{mine.Steps[0], {Attempts: 3, Flag: "LAST", Action: "SUSPEND", Duration: "1h30m"}}
		want := switchboard.LadderChange{Changed: true, DryRun: true, Before: published, After: is}
		if !reflect.DeepEqual(dry, want) || !reflect.DeepEqual(ladderOf(t, op, "OTP"), published) {
			t.Errorf("a dry run: %+v, want %+v", dry, want)
		}
		for _, changed := range []bool{true, false} {
			if got := must(op.SetLadder(ctx, mine, false))(t); got.Changed != changed || got.DryRun || !reflect.DeepEqual(got.After, is) {
				t.Errorf("set: %+v, want changed %t", got, changed)
			}
		}
		is.Version = 1
		if got := ladderOf(t, op, "OTP"); !reflect.DeepEqual(got, is) {
			t.Errorf("the ladder is %+v, want %+v", got, is)
		}
		if got := ladderOf(t, op, "PASSWORD"); got.Every != 2 || len(got.Steps) != 5 {
			t.Errorf("the other ladder is %+v", got)
		}
		if got := must(op.SetLadder(ctx, published, false))(t); !reflect.DeepEqual(got.Before, is) {
			t.Errorf("set back: %+v", got)
		}
	})
}

// A ladder that is printed as XML is read back as it was.
func TestLaddersInXML(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		otp := string(must(op.LadderXML(ctx, "OTP"))(t))
		must(op.SetLadder(ctx, switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{{Attempts: 3, Flag: "A & B", Action: "LOCK"}}}, false))(t)
		was, mine := ladderOf(t, op, "OTP"), string(must(op.LadderXML(ctx, "OTP"))(t))

		dry := must(op.ImportLadders(ctx, strings.NewReader(otp), switchboard.LadderImport{DryRun: true}))(t)
		if len(dry) != 1 || !dry[0].Changed || !dry[0].DryRun || !reflect.DeepEqual(dry[0].Before, was) || !reflect.DeepEqual(ladderOf(t, op, "OTP"), was) {
			t.Errorf("a dry run: %+v", dry)
		}
		both := "<X>" + otp + strings.ReplaceAll(mine, "OTP_", "PASSWORD_") + "</X>"
		changes := must(op.ImportLadders(ctx, strings.NewReader(both), switchboard.LadderImport{}))(t)
		if len(changes) != 2 || !changes[0].Changed || !changes[1].Changed {
			t.Errorf("both: %+v", changes)
		}
		is := ladderOf(t, op, "PASSWORD")
		if is.Security = "OTP"; !reflect.DeepEqual(is, was) {
			t.Errorf("the ladder is %+v, want %+v", is, was)
		}
		if again := must(op.ImportLadders(ctx, strings.NewReader(both), switchboard.LadderImport{Security: "OTP"}))(t); len(again) != 1 || again[0].Changed {
			t.Errorf("one of them again: %+v", again)
		}
		if ct := send(t, a, "GET", "/ladders/OTP/xml", "").Header.Get("Content-Type"); ct != "application/xml" {
			t.Errorf("the content type is %q", ct)
		}
	})
}

// Of two ladders none is taken when one is not as it should be.
func TestLaddersAreTakenTogether(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	before := must(a.Operator.Ladders(t.Context()))(t)
	both := `<X><PASSWORD_ATTEMPT_PARAMETERS><ATTEMPTS><ATTEMPT NAME='A' ACTION='LOCK'>3</ATTEMPT></ATTEMPTS></PASSWORD_ATTEMPT_PARAMETERS>
<OTP_ATTEMPT_PARAMETERS><ATTEMPTS><ATTEMPT NAME='A' ACTION='WARN'>3</ATTEMPT></ATTEMPTS></OTP_ATTEMPT_PARAMETERS></X>`
	_, err := a.Operator.ImportLadders(t.Context(), strings.NewReader(both), switchboard.LadderImport{})
	wantFault(t, err, "invalid")
	if after := must(a.Operator.Ladders(t.Context()))(t); !reflect.DeepEqual(after, before) {
		t.Errorf("the ladders are %+v", after)
	}
}
