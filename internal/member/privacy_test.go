package member_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// everyChange makes every change there is of every state.
func everyChange(fn func(name string, ch *member.Change)) {
	const reason = "asked at the branch"
	everyOutcome := func(s state, a member.Ask) {
		counted := s.Count(a, member.DefaultLadder(member.Password), cause(noon()))
		fn(s.name+", counted "+askName(a), counted)
		for _, o := range append(outcomes(a), surprises()...) {
			m := counted.Member
			o.meanwhile(&m)
			ch, _, _ := o.end(m, a)
			fn(s.name+", "+askName(a)+", "+o.name, ch)
		}
	}
	for _, s := range states() {
		for _, a := range asks() {
			everyOutcome(s, a)
		}
		told := ask(member.SetSecurity, simA)
		told.Set = member.Tally{Attempts: 1, Flag: s.FullName + " " + s.MSISDN}
		everyOutcome(s, told)
		fn(s.name+", added", member.Add(s.Member, cause(noon())))
		fn(s.name+", unbound", s.Unbind([]member.DeviceType{member.IMSI, member.AppID}, reason, cause(noon())))
		for _, d := range devices[:4] {
			fn(s.name+", bound "+d.name, s.Bind(d.Device, reason, cause(noon())))
		}
		fn(s.name+", unlocked", s.Unlock(reason, cause(noon())))
		fn(s.name+", issued a PIN", s.IssuePIN("$argon2id$issued", reason, cause(noon())))
		for _, to := range []member.Standing{member.Open, member.Closed} {
			fn(s.name+", made "+to.String(), s.SetStanding(to, reason, cause(noon())))
		}
	}
}

// personal is everything of the members of the tests that may stand in no event.
func personal() (list []string) {
	m := somebody()
	list = append(list, "asked at the branch", m.MSISDN, m.Number, m.FullName, "Wanjiku", "Kamau", m.Identity.Value, wrongIdentity().Value, "argon2id")
	for _, d := range devices[:4] {
		for i := 0; i+5 <= len(d.ID); i++ { // four characters tell devices apart; five in a row are too much
			list = append(list, d.ID[i:i+5])
		}
	}
	return list
}

func checkNothingPersonal(t *testing.T, e event.Event) {
	t.Helper()
	for _, text := range []string{e.Data, e.Subject.ID, e.Service} {
		for _, p := range personal() {
			if strings.Contains(strings.ToLower(text), strings.ToLower(p)) {
				t.Fatalf("%s tells %q: %s", e.Kind, p, text)
			}
		}
	}
}

// TestEvents: whatever happens to whomever, the events say nothing personal, are valid JSON, carry the cause,
// and follow each other in the member's chain.
func TestEvents(t *testing.T) {
	t.Parallel()
	kinds := map[event.Kind]int{}
	everyChange(func(name string, ch *member.Change) {
		if ch == nil {
			return
		}
		head := event.Head{Version: 7, Seq: 70, Hash: event.Hash{1}}
		var chain []event.Event
		for i, e := range ch.Events {
			kinds[e.Kind]++
			checkNothingPersonal(t, e)
			if e.Subject != (event.Subject{Kind: event.Member, ID: "m-1"}) || e.Cause != cause(e.Cause.At) || e.Service != "" || !json.Valid([]byte(e.Data)) {
				t.Errorf("%s: the event is %+v", name, e)
			}
			if e.Version != 0 || e.Prev != 0 || e.Hash != (event.Hash{}) {
				t.Errorf("%s: the event has a place in a chain already: %+v", name, e)
			}
			e = head.Next(e)
			e.Seq = uint64(71 + i)
			head = e.Head()
			chain = append(chain, e)
		}
		if err := event.Verify(event.Head{Version: 7, Seq: 70, Hash: event.Hash{1}}, chain); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	for _, k := range []event.Kind{event.MemberAdded, event.MemberStatus, event.MemberUnlocked, event.AppActivated, event.AppDeactivated, event.DeviceBound,
		event.DeviceUnbound, event.PINIssued, event.PINChosen, event.PINChanged, event.PINRefused, event.IdentityRefused, event.LadderReached,
		event.AttemptsCleared, event.SecuritySet} {
		if kinds[k] == 0 {
			t.Errorf("nothing made an event %s", k)
		}
		delete(kinds, k)
	}
	if len(kinds) > 0 {
		t.Errorf("there are events of other kinds: %v", kinds)
	}
}

// TestChangesAreRecorded: what a member may do or is, and what stands against them, never changes without an
// event. Attempts that lead to no step, and the way a PIN is hashed, may.
func TestChangesAreRecorded(t *testing.T) {
	t.Parallel()
	for _, s := range states() {
		for _, a := range asks() {
			counted := s.Count(a, member.DefaultLadder(member.Password), cause(noon()))
			checkRecorded(t, s.Member, counted)
			for _, o := range outcomes(a) {
				ch, _, _ := o.end(counted.Member, a)
				checkRecorded(t, counted.Member, ch)
			}
		}
	}
}

func checkRecorded(t *testing.T, was member.Member, ch *member.Change) {
	t.Helper()
	is := ch.Member
	same := was.IMSI == is.IMSI && was.AppID == is.AppID && was.PIN == is.PIN && was.Standing == is.Standing &&
		was.WrongIdentities == is.WrongIdentities && was.OTP == is.OTP
	for _, pair := range [][2]member.Tally{{was.Password, is.Password}, {was.Foreign, is.Foreign}} {
		before, after := pair[0], pair[1]
		if own := before.Attempts <= 1 && before.Action == member.NoAction; own || after.Attempts > before.Attempts {
			before.Attempts = after.Attempts
		}
		same = same && before == after
	}
	if !same && len(ch.Events) == 0 {
		t.Errorf("nothing records how\n%+v becomes\n%+v", was, is)
	}
}
