package member_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// ask is a call with everything it needs.
func ask(c member.Command, d member.Device) member.Ask {
	a := member.Ask{Command: c, Device: d}
	switch c {
	case member.SetPIN:
		a.Identity = rightIdentity()
	case member.GetSecurity:
		a.Security = member.Password
	case member.SetSecurity:
		a.Security, a.Set = member.OTP, member.Tally{Attempts: 2, Flag: "FIRST_WARNING", Action: member.Warn}
	}
	return a
}

// asks lists a call of each command that shows a PIN, from each device it may come from.
func asks() (list []member.Ask) {
	add := func(c member.Command, from ...member.Device) {
		for _, d := range from {
			list = append(list, ask(c, d))
		}
	}
	add(member.Login, simA, appA)
	add(member.Activate, appA, appB)
	list = append(list, identified(appB))
	add(member.Deactivate, simA, appA)
	add(member.SetPIN, simA)
	add(member.ChangePIN, simA)
	add(member.GetSecurity, simA, appB)
	add(member.SetSecurity, simA, appB)
	add(member.GetDetails, simA)
	return list
}

// identified is an activation that shows the identity too.
func identified(app member.Device) member.Ask {
	a := ask(member.Activate, app)
	a.Identity = rightIdentity()
	return a
}

func askName(a member.Ask) string {
	s := a.Command.String() + " from " + deviceName(a.Device)
	if a.Command == member.Activate && a.Identity != (member.Identity{}) {
		s += " with the identity"
	}
	return s
}

// proof is what is known of a call whose PIN was right.
func proof(a member.Ask) (p member.Proof) {
	if a.Command == member.SetPIN || a.Command == member.ChangePIN {
		p.NewHash = "$argon2id$hash-of-the-new-pin"
	}
	return p
}

// outcome is one way in which a counted call ends.
type outcome struct {
	name      string
	meanwhile func(m *member.Member) // what happened while the PIN was compared
	end       func(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time)
}

// rightPIN and the others end a call, all a second after it was counted.
func rightPIN(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time) {
	return m.Pass(a, proof(a), ladders(), cause(noon().Add(time.Second)))
}

func wrongPIN(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time) {
	return m.Fail(a, cause(noon().Add(time.Second))), member.WrongPIN, time.Time{}
}

func badNewPIN(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time) {
	return m.Pass(a, member.Proof{}, ladders(), cause(noon().Add(time.Second)))
}

func notTheirIdentity(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time) {
	a.Identity = wrongIdentity()
	return rightPIN(m, a)
}

func noIdentity(m member.Member, a member.Ask) (*member.Change, member.Refusal, time.Time) {
	a.Identity = member.Identity{}
	return rightPIN(m, a)
}

func nothingHappens(*member.Member) {}

// outcomes are those that make sense for a call.
func outcomes(a member.Ask) (list []outcome) {
	list = []outcome{{"right PIN", nothingHappens, rightPIN}, {"wrong PIN", nothingHappens, wrongPIN}}
	if a.Identity != (member.Identity{}) {
		list = append(list, outcome{"wrong identity", nothingHappens, notTheirIdentity})
	}
	if a.Command == member.SetPIN {
		list = append(list, outcome{"no identity", nothingHappens, noIdentity})
	}
	if a.Command == member.SetPIN || a.Command == member.ChangePIN {
		list = append(list, outcome{"bad new PIN", nothingHappens, badNewPIN})
	}
	return list
}

// surprises are what may happen to a member while the right PIN of a call is compared.
func surprises() []outcome {
	return []outcome{
		{"closed meanwhile", func(m *member.Member) { m.Standing = member.Closed }, rightPIN},
		{"unbound meanwhile", func(m *member.Member) { m.IMSI, m.AppID = "", "" }, rightPIN},
		{"others counted to the suspension", func(m *member.Member) { m.Password, m.Foreign = suspended, suspended }, rightPIN},
		{"locked by a channel meanwhile", func(m *member.Member) { m.Password = imposed }, rightPIN},
		{"OTP locked by a channel meanwhile", func(m *member.Member) { m.OTP = imposed }, rightPIN},
		{"unlocked meanwhile", func(m *member.Member) { *m = m.Unlock("asked at the branch", cause(noon())).Member }, rightPIN},
		{"unlocked meanwhile, wrong PIN", func(m *member.Member) { *m = m.Unlock("asked at the branch", cause(noon())).Member }, wrongPIN},
	}
}

// TestOutcomes: what becomes of a call that was counted, and the events that record it.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, name := range []string{"active", "fresh: the PIN is the issued one, no app"} {
		for _, a := range asks() {
			outcomeBlock(&b, name, a, outcomes(a))
		}
	}
	counted := []member.Ask{ask(member.Login, simA), ask(member.Activate, appB), identified(appB), ask(member.SetPIN, simA), ask(member.GetSecurity, appB)}
	for _, name := range []string{"one attempt from the suspension", "others are one attempt from the suspension", "three wrong identities"} {
		for _, a := range counted {
			outcomeBlock(&b, name, a, outcomes(a))
		}
	}
	for _, a := range []member.Ask{ask(member.Login, simA), ask(member.Activate, appA), ask(member.Activate, appB), ask(member.SetPIN, simA), ask(member.SetSecurity, simA)} {
		outcomeBlock(&b, "active", a, surprises())
	}
	golden(t, "outcome.golden", b.String())
}

// outcomeBlock writes what Count does, then each way the call can end: the refusal, what is different
// from the member before the call, and the events.
func outcomeBlock(b *strings.Builder, name string, a member.Ask, list []outcome) {
	before := named(name)
	if r, _ := before.Gate(a.Command, a.Device, noon()); r != member.Allowed {
		return
	}
	fmt.Fprintf(b, "== %s | %s\n", name, askName(a))
	counted := before.Count(a, member.DefaultLadder(member.Password), cause(noon()))
	outcomeLine(b, "counted", "", before, counted)
	for _, o := range list {
		m := counted.Member
		o.meanwhile(&m)
		ch, refusal, until := o.end(m, a)
		outcomeLine(b, o.name, refusalText(refusal, until), before, ch)
	}
	b.WriteString("\n")
}

func outcomeLine(b *strings.Builder, name, refusal string, before member.Member, ch *member.Change) {
	events := []string{}
	for _, e := range ch.Events {
		events = append(events, strings.TrimPrefix(string(e.Kind), "member.")+e.Data)
	}
	line := fmt.Sprintf("%-34s %-16s %s | %s", name, refusal, difference(before, ch.Member), strings.Join(events, " "))
	b.WriteString(strings.TrimRight(line, " |") + "\n")
}

// difference says in what a member is another than before.
func difference(was, is member.Member) string {
	var parts []string
	differ := func(name, before, after string) {
		if before != after {
			parts = append(parts, name+" "+cmp.Or(after, "none"))
		}
	}
	differ("standing", was.Standing.String(), is.Standing.String())
	differ("SIM", was.IMSI, is.IMSI)
	differ("app", was.AppID, is.AppID)
	differ("PIN", fmt.Sprint(was.PIN.Hash, " chosen ", was.PIN.Chosen), fmt.Sprint(is.PIN.Hash, " chosen ", is.PIN.Chosen))
	differ("bound", tallyText(was.Password), tallyText(is.Password))
	differ("others", tallyText(was.Foreign), tallyText(is.Foreign))
	differ("OTP", tallyText(was.OTP), tallyText(is.OTP))
	differ("wrong identities", fmt.Sprint(was.WrongIdentities), fmt.Sprint(is.WrongIdentities))
	if len(parts) == 0 {
		return "as before"
	}
	return strings.Join(parts, ", ")
}

// TestRehash: a PIN that is right is kept in the way it is hashed now, whatever else is refused; one that
// is not, or whose member may not be touched, stays.
func TestRehash(t *testing.T) {
	t.Parallel()
	anew := member.Proof{Rehash: "$argon2id$anew"}
	for _, c := range []struct {
		name string
		m    member.Member
		a    member.Ask
		want bool
	}{
		{"login", somebody(), ask(member.Login, simA), true},
		{"login with an issued PIN", named("fresh: the PIN is the issued one, no app"), ask(member.Login, simA), true},
		{"a wrong identity", named("no identity"), ask(member.SetPIN, simA), true},
		{"closed", named("closed"), ask(member.Login, simA), false},
		{"locked", named("locked by a channel"), ask(member.Login, simA), false},
		{"another device", somebody(), ask(member.Login, appB), false},
	} {
		ch, _, _ := c.m.Pass(c.a, anew, ladders(), cause(noon()))
		if got := ch.Member.PIN.Hash == anew.Rehash; got != c.want {
			t.Errorf("%s: hashed anew %t", c.name, got)
		}
		if p := ch.Member.PIN; p.Chosen != c.m.PIN.Chosen || !p.SetAt.Equal(c.m.PIN.SetAt) {
			t.Errorf("%s: the PIN is %+v", c.name, p)
		}
	}
}

// TestSetSecurity: a channel may make a block harder and never weaker than it is or the ladder has it.
func TestSetSecurity(t *testing.T) {
	t.Parallel()
	at := func(after time.Duration) time.Time { return noon().Add(after) }
	none := func(n int) member.Tally { return member.Tally{Attempts: n} }
	until := func(n int, end time.Time) member.Tally {
		return member.Tally{Attempts: n, Flag: "CHANNEL", Action: member.Suspend, Until: end}
	}
	lock := member.Tally{Attempts: 1, Flag: "CHANNEL", Action: member.Lock}
	for _, c := range []struct {
		name     string
		was, set member.Tally
		want     string // the tally then, "held back" when it stays
	}{
		{"reported", none(0), none(1), "1 imposed"},
		{"the ladder suspends at four", none(0), none(4), "4 SUSPEND FIRST_SUSPENSION 13:00"},
		{"the ladder suspends on the way to five", none(3), none(5), "5 SUSPEND FIRST_SUSPENSION 13:00"},
		{"the ladder only warns at five", over, none(5), "5 imposed"},
		{"the ladder at its hardest", none(0), none(1_000_000_000), "1000000000 SUSPEND DEFAULT_SUSPEND 04 Apr 12:00"},
		{"less than the ladder", none(3), until(4, at(time.Minute)), "4 SUSPEND FIRST_SUSPENSION 13:00"},
		{"as long as the ladder", none(3), until(4, at(time.Hour)), "4 SUSPEND CHANNEL 13:00"},
		{"longer than the ladder", none(3), until(4, at(2*time.Hour)), "4 SUSPEND CHANNEL 14:00"},
		{"a date that is past", none(3), until(4, at(-time.Hour)), "4 SUSPEND FIRST_SUSPENSION 13:00"},
		{"a lock for nothing", none(0), lock, "1 LOCK CHANNEL imposed"},
		{"a lock instead of a suspension", suspended, lock, "1 LOCK CHANNEL imposed"},
		{"a lock by who tells of many", none(0), member.Tally{Attempts: 50, Action: member.Lock}, "50 LOCK  imposed"},
		{"back to nothing", third, none(0), "0 imposed"},
		{"fewer", third, none(1), "1 imposed"},
		{"a suspension to nothing", suspended, none(0), "held back"},
		{"a suspension to a warning", suspended, warned, "held back"},
		{"a suspension made shorter", suspended, until(4, at(time.Minute)), "held back"},
		{"a suspension made longer", suspended, until(4, at(2*time.Hour)), "4 SUSPEND CHANNEL 14:00"},
		{"a suspension by a shorter one of the ladder", longer, none(9), "9 SUSPEND DEFAULT_SUSPEND 04 Apr 12:00"},
		{"a long suspension, the ladder has less", member.Tally{Attempts: 3, Action: member.Suspend, Until: at(48 * time.Hour)}, none(4), "held back"},
		{"a suspension that is over", over, none(0), "0 imposed"},
		{"a lock to a suspension", locked, until(9, at(10_000*time.Hour)), "held back"},
		{"a lock to nothing", imposed, none(0), "held back"},
		{"a lock to a lock", imposed, lock, "1 LOCK CHANNEL imposed"},
		{"a date that means nothing", none(0), member.Tally{Attempts: 1, Action: member.Warn, Until: at(time.Hour)}, "1 WARN  imposed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := somebody()
			m.OTP = c.was
			a := ask(member.SetSecurity, simA)
			a.Set = c.set
			ch, refusal, _ := m.Pass(a, member.Proof{}, ladders(), cause(noon()))
			got := tallyText(ch.Member.OTP)
			if refusal == member.HeldBack {
				got = "held back"
				if ch.Member.OTP != c.was || len(ch.Events) > 0 {
					t.Errorf("it is held back and changes %+v, %v", ch.Member.OTP, ch.Events)
				}
			}
			if got = strings.TrimSuffix(got, " imposed"); got != strings.TrimSuffix(c.want, " imposed") {
				t.Errorf("the tally is %q, want %q", got, c.want)
			}
			if refusal == member.Allowed && !ch.Member.OTP.Imposed {
				t.Error("a right PIN could lift it")
			}
		})
	}
}

// TestSetSecurityOfPINs: the PIN that the call shows clears what was counted first. What is set then holds, also
// against other right PINs that were being compared.
func TestSetSecurityOfPINs(t *testing.T) {
	t.Parallel()
	for _, from := range []member.Device{simA, appB} {
		m := named("one attempt from the suspension")
		a := ask(member.SetSecurity, from)
		a.Security, a.Set = member.Password, member.Tally{Attempts: 4, Flag: "FRAUD_DESK"}
		ch, refusal, _ := m.Pass(a, member.Proof{}, ladders(), cause(noon()))
		if got := tallyText(ch.Member.Password); refusal != member.Allowed || got != "4 SUSPEND FIRST_SUSPENSION 13:00 imposed" {
			t.Errorf("from %s: %v, %s", deviceName(from), refusal, got)
		}
		if _, refusal, _ := ch.Member.Pass(ask(member.Login, simA), member.Proof{}, ladders(), cause(noon())); refusal != member.Suspended {
			t.Errorf("a login that was under way is %v", refusal)
		}
	}
}

// TestSetSecurityInAnotherZone: times are kept and told in UTC, whichever way a channel writes them.
func TestSetSecurityInAnotherZone(t *testing.T) {
	t.Parallel()
	a := ask(member.SetSecurity, simA)
	a.Set = member.Tally{Attempts: 1, Action: member.Suspend, Until: noon().In(time.FixedZone("EAT", 3*60*60)).Add(time.Hour)}
	ch, _, _ := somebody().Pass(a, member.Proof{}, ladders(), cause(noon()))
	if got, data := ch.Member.OTP.Until, ch.Events[0].Data; got != noon().Add(time.Hour) || !strings.Contains(data, `"until":"2024-03-05T13:00:00Z"`) {
		t.Errorf("it lasts until %v, and the event says %s", got, data)
	}
}

// TestSetSecurityTellsNothingPersonal: a flag is text of the channel's, and events are for ever.
func TestSetSecurityTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"SECOND_WARNING": `{"ladder":"OTP","attempts":"1","flag":"SECOND_WARNING","action":"NONE"}`,
		"254712345678":   `{"ladder":"OTP","attempts":"1","action":"NONE"}`,
		"":               `{"ladder":"OTP","attempts":"1","action":"NONE"}`,
	} {
		a := ask(member.SetSecurity, simA)
		a.Set = member.Tally{Attempts: 1, Flag: flag}
		ch, _, _ := somebody().Pass(a, member.Proof{}, ladders(), cause(noon()))
		if len(ch.Events) != 1 || ch.Events[0].Kind != event.SecuritySet || ch.Events[0].Data != want || ch.Member.OTP.Flag != flag {
			t.Errorf("flag %q: %v, kept %q", flag, ch.Events, ch.Member.OTP.Flag)
		}
	}
}

// TestWrongIdentityReachesAStepOnce: a call that was counted to a step and then shows a wrong identity reaches the step once.
func TestWrongIdentityReachesAStepOnce(t *testing.T) {
	t.Parallel()
	m := named("one attempt from the suspension")
	m.WrongIdentities = 3
	a := ask(member.SetPIN, simA)
	a.Identity = wrongIdentity()
	counted := m.Count(a, member.DefaultLadder(member.Password), cause(noon()))
	ch, _, _ := counted.Member.Pass(a, proof(a), ladders(), cause(noon().Add(time.Second)))
	if len(counted.Events) != 1 || counted.Events[0].Kind != event.LadderReached || len(ch.Events) != 1 || ch.Events[0].Kind != event.IdentityRefused {
		t.Errorf("the events are %v, then %v", counted.Events, ch.Events)
	}
	if got := tallyText(ch.Member.Password); got != "4 SUSPEND FIRST_SUSPENSION 13:00 imposed" {
		t.Errorf("the tally is %s", got)
	}
}
