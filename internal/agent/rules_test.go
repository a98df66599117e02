package agent_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

func TestWhatWeakensAService(t *testing.T) {
	t.Parallel()
	const on, ok, lift = agent.ConfirmActivation, agent.ConfirmApproval, agent.ConfirmLifting
	for _, c := range []struct {
		was, is       agent.Confirm
		before, after agent.Review
		weaker        bool
		what          string
	}{
		{0, on | ok | lift, agent.ReviewBefore, agent.ReviewNone, false, "more takes two"},
		{on | lift, on | lift, agent.ReviewBefore, agent.ReviewNone, false, "a review of which nothing takes two"},
		{on, on, agent.ReviewBefore, agent.ReviewAfter, true, "what was on and waits runs without the second one"},
		{on, on, agent.ReviewAfter, agent.ReviewBefore, false, "it waits for the second one"},
		{on, ok, agent.ReviewNone, agent.ReviewNone, true, "one for another"},
		{on | lift, on, agent.ReviewNone, agent.ReviewBefore, true, "one fewer"},
		{ok, ok, agent.ReviewBefore, agent.ReviewAfter, true, "it runs before two have approved"},
		{ok, ok, agent.ReviewAfter, agent.ReviewNone, true, "nobody approves"},
		{ok, ok, agent.ReviewAfter, agent.ReviewBefore, false, "it waits for them"},
		{ok, ok | lift, agent.ReviewNone, agent.ReviewNone, false, "the same review"},
	} {
		was, is := agent.Service{Confirm: c.was, Review: c.before}, agent.Service{Confirm: c.is, Review: c.after}
		if got := is.Weakens(&was); got != c.weaker {
			t.Errorf("%s: weaker is %t", c.what, got)
		}
	}
}

func TestConfirmIsReadAsItIsSpelled(t *testing.T) {
	t.Parallel()
	for c := range agent.Confirm(8) {
		if got, ok := agent.ParseConfirm(c.Names()); !ok || got != c {
			t.Errorf("%v is read as %d, %t", c.Names(), got, ok)
		}
	}
	if _, ok := agent.ParseConfirm([]string{"activation", "lunch"}); ok {
		t.Error("an unknown word is read")
	}
}
