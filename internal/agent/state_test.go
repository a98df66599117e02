package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
)

// policy is the life of an activation, written out: for each state what activate (under the review
// rules none, before and after), deactivate, approve, reject and renew lead to. "-" is refused.
const policy = `
from            none          before        after         deactivate      approve       reject          renew
none            activated(0)  pending(3)    activated(3)  none            -             -               -
pending(3)      pending(3)    pending(3)    pending(3)    deactivated(0)  activated(1)  deactivated(2)  -
activated(0)    activated(0)  activated(0)  activated(0)  deactivated(0)  -             -               activated(1)
activated(1)    activated(1)  activated(1)  activated(1)  deactivated(0)  -             -               activated(1)
activated(3)    activated(3)  activated(3)  activated(3)  deactivated(0)  activated(1)  deactivated(2)  -
deactivated(0)  activated(0)  pending(3)    activated(3)  deactivated(0)  -             -               -
deactivated(2)  activated(0)  pending(3)    activated(3)  deactivated(2)  -             -               -
`

// rules gives the policy by "state command review". Only activate depends on the review rule.
func rules(t *testing.T) map[string]string {
	t.Helper()
	want := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(policy), "\n")[1:] {
		cell := strings.Fields(line)
		if len(cell) != 8 {
			t.Fatalf("the row %q has %d cells", line, len(cell))
		}
		for i, review := range reviews() {
			want[fmt.Sprint(cell[0], " activate ", review)] = cell[1+i]
			want[fmt.Sprint(cell[0], " deactivate ", review)] = cell[4]
			want[fmt.Sprint(cell[0], " approve ", review)] = cell[5]
			want[fmt.Sprint(cell[0], " reject ", review)] = cell[6]
			want[fmt.Sprint(cell[0], " renew ", review)] = cell[7]
		}
	}
	return want
}

func reviews() []agent.Review {
	return []agent.Review{agent.ReviewNone, agent.ReviewBefore, agent.ReviewAfter}
}

// everyTransition calls fn for every state, command and review rule there is.
func everyTransition(fn func(name string, from agent.State, cmd agent.CommandKind, review agent.Review)) {
	for _, from := range agent.States() {
		for _, cmd := range agent.Commands() {
			for _, review := range reviews() {
				fn(fmt.Sprint(from, " ", cmd, " ", review), from, cmd, review)
			}
		}
	}
}

func TestTransition(t *testing.T) {
	t.Parallel()
	want := rules(t)
	seen := 0
	everyTransition(func(name string, from agent.State, cmd agent.CommandKind, review agent.Review) {
		seen++
		to, ok := agent.Transition(from, cmd, review)
		got := to.String()
		if !ok {
			got = "-"
			if to != from {
				t.Errorf("%s is refused and gives %s", name, to)
			}
		}
		if got != want[name] {
			t.Errorf("%s leads to %s, want %q", name, got, want[name])
		}
	})
	if seen != len(want) || seen != 7*5*3 {
		t.Errorf("%d transitions were tried, the policy has %d", seen, len(want))
	}
}

// TestTransitionOfNoState: what cannot be is refused, whatever is asked of it.
func TestTransitionOfNoState(t *testing.T) {
	t.Parallel()
	known := map[agent.State]bool{}
	for _, s := range agent.States() {
		known[s] = true
	}
	for status := range 256 {
		for verification := range 5 {
			s := agent.State{Status: agent.Status(status), Verification: agent.Verification(verification)}
			for _, cmd := range agent.Commands() {
				if to, ok := agent.Transition(s, cmd, agent.ReviewNone); ok && !known[s] || to != s && !known[to] {
					t.Errorf("%s of %v gives %v, %t", cmd, s, to, ok)
				}
			}
		}
	}
}

// TestWaiting: exactly the states that can be approved wait for it.
func TestWaiting(t *testing.T) {
	t.Parallel()
	for _, s := range agent.States() {
		_, approve := agent.Transition(s, agent.Approve, agent.ReviewAfter)
		_, reject := agent.Transition(s, agent.Reject, agent.ReviewAfter)
		if s.Waiting() != approve || approve != reject {
			t.Errorf("%s waits: %t, can be approved: %t, rejected: %t", s, s.Waiting(), approve, reject)
		}
	}
}

// TestParseState: every state comes back from its spelling, and nothing else is one.
func TestParseState(t *testing.T) {
	t.Parallel()
	for _, s := range agent.States() {
		if got, ok := agent.ParseState(s.String()); !ok || got != s {
			t.Errorf("%s comes back as %s, %t", s, got, ok)
		}
	}
	for _, text := range []string{"", "activated", "activated(2)", "pending(0)", "NONE", " none"} {
		if got, ok := agent.ParseState(text); ok {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

// TestWireNumbers are those of the contract.
func TestWireNumbers(t *testing.T) {
	t.Parallel()
	for number, s := range map[int]agent.Status{0: agent.Deactivated, 1: agent.Activated, 2: agent.Pending} {
		if int(s) != number {
			t.Errorf("%s is %d, want %d", s, s, number)
		}
	}
	for number, v := range map[int]agent.Verification{0: agent.NotApplicable, 1: agent.Verified, 2: agent.Rejected, 3: agent.Waiting} {
		if int(v) != number {
			t.Errorf("%s is %d, want %d", v, v, number)
		}
	}
	var words []string
	for _, s := range []agent.Status{agent.Deactivated, agent.Activated, agent.Pending, agent.None} {
		words = append(words, s.String())
	}
	for v := range agent.Verification(4) {
		words = append(words, v.String())
	}
	if got := strings.Join(words, ","); got != "DEACTIVATED,ACTIVATED,PENDING,NONE,not applicable,verified,rejected,waiting" {
		t.Errorf("the words are %s", got)
	}
}

func TestParseReviewAndStanding(t *testing.T) {
	t.Parallel()
	for _, r := range reviews() {
		if got, ok := agent.ParseReview(r.String()); !ok || got != r {
			t.Errorf("%s comes back as %s, %t", r, got, ok)
		}
	}
	for _, s := range []agent.Standing{agent.Open, agent.Suspended, agent.Closed} {
		if got, ok := agent.ParseStanding(s.String()); !ok || got != s {
			t.Errorf("%s comes back as %s, %t", s, got, ok)
		}
	}
	for _, word := range []string{"", "None", "open ", "never", "3"} {
		if _, ok := agent.ParseReview(word); ok {
			t.Errorf("%q is taken for a review rule", word)
		}
		if _, ok := agent.ParseStanding(word); ok {
			t.Errorf("%q is taken for a standing", word)
		}
	}
}
