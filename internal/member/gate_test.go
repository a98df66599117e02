package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// TestGate: what each command may do from each device, in each state. In the golden file commands with
// the same answers stand in one line.
func TestGate(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, s := range states() {
		fmt.Fprintf(&b, "== %s\n", s.name)
		b.WriteString("SIM A            app A            SIM B            app B            nothing\n")
		var rows []string
		commands := map[string][]string{}
		for _, c := range member.Commands() {
			row := gateRow(s.Member, c)
			if !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
			commands[row] = append(commands[row], c.String())
		}
		for _, row := range rows {
			fmt.Fprintf(&b, "%s%s\n", row, strings.Join(commands[row], " "))
		}
		b.WriteString("\n")
	}
	golden(t, "gate.golden", b.String())
}

// gateRow asks a command from every device.
func gateRow(m member.Member, c member.Command) (row string) {
	for _, d := range devices {
		r, until := m.Gate(c, d.Device, noon())
		row += fmt.Sprintf("%-17s", refusalText(r, until))
	}
	return row
}

// TestGateAtTheEnd: a suspension ends at its date, not after it.
func TestGateAtTheEnd(t *testing.T) {
	t.Parallel()
	m := named("suspended")
	login := member.Ask{Command: member.Login, Device: simA}
	for offset, want := range map[time.Duration]member.Refusal{
		-time.Hour: member.Suspended, time.Hour - 1: member.Suspended, time.Hour: member.Allowed, 1000 * time.Hour: member.Allowed,
	} {
		if got, _ := m.Gate(login.Command, login.Device, noon().Add(offset)); got != want {
			t.Errorf("%v after noon the answer is %v, want %v", offset, got, want)
		}
	}
}

// TestGateOfTheZeroMember: an empty identifier is not the one that is bound when none is, and a type
// that is neither gets nowhere.
func TestGateOfTheZeroMember(t *testing.T) {
	t.Parallel()
	var m member.Member
	for _, c := range member.Commands() {
		for _, d := range []member.Device{{Type: member.IMSI}, {Type: member.AppID}, {Type: "ICCID", ID: "1"}} {
			got, _ := m.Gate(c, d, noon())
			if m.Holds(d) || got == member.Allowed && c != member.CheckUser && !(d.Type == member.AppID && c >= member.GetSecurity) {
				t.Errorf("%v from the empty %v: %v, held %t", c, d.Type, got, m.Holds(d))
			}
		}
	}
}

// TestBriefDecidesTheSame: what is kept in memory answers as the whole member does.
func TestBriefDecidesTheSame(t *testing.T) {
	t.Parallel()
	for _, s := range states() {
		s.CreatedAt, s.UpdatedAt, s.Head = noon(), noon(), event.Head{Version: 3}
		brief := s.Brief()
		for _, c := range member.Commands() {
			if got, want := gateRow(*brief, c), gateRow(s.Member, c); got != want {
				t.Errorf("%s, %v: %s instead of %s", s.name, c, got, want)
			}
		}
		if brief.WrongIdentities != 0 || brief.Head != (event.Head{}) || !brief.PIN.SetAt.IsZero() || !brief.CreatedAt.IsZero() || !brief.UpdatedAt.IsZero() {
			t.Errorf("%s: the brief is %+v", s.name, brief)
		}
		if hash := s.PIN.Hash; hash != "" && brief.PIN.Hash != "-" || hash == "" && brief.PIN.Hash != "" {
			t.Errorf("%s: the brief has the hash %q", s.name, brief.PIN.Hash)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, r := range member.Refusals() {
		if int(r) != i || r.String() == "" || seen[r.String()] {
			t.Errorf("refusal %d is %v, %q", i, r, r.String())
		}
		seen[r.String()] = true
	}
	for i, c := range member.Commands() {
		if int(c) != i || c.String() == "" || seen[c.String()] {
			t.Errorf("command %d is %v, %q", i, c, c.String())
		}
		seen[c.String()] = true
	}
	for _, a := range []member.Action{member.NoAction, member.Warn, member.Suspend, member.Lock} {
		if got, ok := member.ParseAction(a.String()); !ok || got != a {
			t.Errorf("action %q is read as %v, %t", a.String(), got, ok)
		}
	}
	if got, ok := member.ParseAction(""); !ok || got != member.NoAction {
		t.Errorf("no action is read as %v, %t", got, ok)
	}
	for _, s := range []member.Standing{member.Open, member.Closed} {
		if got, ok := member.ParseStanding(s.String()); !ok || got != s {
			t.Errorf("standing %q is read as %v, %t", s.String(), got, ok)
		}
	}
	for _, word := range []string{"lock", "LOCKED", " LOCK", "3"} {
		if _, ok := member.ParseAction(word); ok {
			t.Errorf("%q is taken for an action", word)
		}
		if _, ok := member.ParseStanding(word); ok {
			t.Errorf("%q is taken for a standing", word)
		}
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	var reads []string
	for _, c := range member.Commands() {
		if c.Reads() {
			reads = append(reads, c.String())
		}
	}
	if got := strings.Join(reads, " "); got != "CHECK_USER LOGIN GET_AUTH_SECURITY_PARAMETERS GET_USER_DETAILS" {
		t.Errorf("those that change nothing are %s", got)
	}
}
