package member_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// count is what a test believes of a tally: kept apart from the code that it tests, attempt by attempt.
type count struct {
	attempts int
	until    time.Time
	locked   bool
}

// add counts up to a number of attempts; the hardest step on the way is what happens. A suspension that
// is over by then does not come back if the clock is set back.
func (c *count) add(l member.Ladder, to int, now time.Time) {
	if s, ok := slowBetween(l, c.attempts, to); ok {
		if !c.blocks(now) {
			c.until = time.Time{}
		}
		c.Block(s.Action, now.Add(s.For))
	}
	c.attempts = max(c.attempts, to)
}

func (c *count) Block(a member.Action, until time.Time) {
	if a == member.Suspend && until.After(c.until) {
		c.until = until
	}
	c.locked = c.locked || a == member.Lock
}

func (c *count) blocks(now time.Time) bool { return c.locked || now.Before(c.until) }

// history is a member who lives through whatever may happen, and what a test believes of them.
type history struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	ladders member.Ladders
	now     time.Time
	m       member.Member
	chain   []event.Event
	begun   []call // counted, and their PINs still being compared

	password, foreign, otp count
	wrongIdentities        int

	seen map[member.Refusal]int
}

func (h *history) fatalf(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("seed %d: %s", h.seed, fmt.Sprintf(format, args...))
}

// call is one whose PIN is being compared.
type call struct {
	member.Ask
	right bool
}

// take takes what a change made, its events appended to the chain as a store does.
func (h *history) take(ch *member.Change) {
	if ch == nil {
		return
	}
	h.m = ch.Member
	for _, e := range ch.Events {
		e = h.m.Head.Next(e)
		e.Seq = uint64(10 + len(h.chain))
		h.m.Head = e.Head()
		h.chain = append(h.chain, e)
	}
}

func (h *history) cause() event.Cause { return cause(h.now) }

// counts gives what the test believes of the tally that a device's PINs count on.
func (h *history) counts(d member.Device) *count {
	if h.m.Holds(d) {
		return &h.password
	}
	return &h.foreign
}

// randomAsk is a call with anything in it that a dialect lets through.
func (h *history) randomAsk() member.Ask {
	all := asks()
	a := all[h.r.IntN(len(all))]
	a.Device = devices[h.r.IntN(4)].Device
	if a.Identity != (member.Identity{}) && h.r.IntN(2) == 0 {
		a.Identity = wrongIdentity()
	}
	if a.Command == member.SetSecurity {
		a.Security = []member.Security{member.Password, member.OTP}[h.r.IntN(2)]
		a.Set = member.Tally{Attempts: h.r.IntN(12), Flag: "CHANNEL", Action: member.Action(h.r.IntN(8) / 2)}
		a.Set.Until = h.now.Add(time.Duration(h.r.IntN(200)-50) * time.Hour)
	}
	return a
}

// begin asks for something; if Gate lets it through it is counted, and its PIN begins to be compared.
func (h *history) begin() {
	a := h.randomAsk()
	refusal, _ := h.m.Gate(a.Command, a.Device, h.now)
	h.seen[refusal]++
	c := h.counts(a.Device)
	if refusal == member.Allowed && (c.blocks(h.now) || h.password.blocks(h.now)) {
		h.fatalf("%s is let through to a PIN, though %+v, bound devices %+v", askName(a), *c, h.password)
	}
	stopped := refusal == member.Locked || refusal == member.Suspended
	if stopped && !c.blocks(h.now) && !h.password.blocks(h.now) && !h.otp.blocks(h.now) {
		h.fatalf("%s is %v, though %+v, bound devices %+v", askName(a), refusal, *c, h.password)
	}
	if refusal != member.Allowed {
		return
	}
	before, held := h.m, h.m.Holds(a.Device)
	h.take(h.m.Count(a, h.ladders.Password, h.cause()))
	c.add(h.ladders.Password, c.attempts+1, h.now)
	if !held {
		h.boundDevicesAreAsBefore(before)
	}
	h.begun = append(h.begun, call{a, h.r.IntN(3) == 0})
}

// boundDevicesAreAsBefore: what comes from elsewhere must not lock out who holds the member's device.
func (h *history) boundDevicesAreAsBefore(before member.Member) {
	for _, d := range []member.Device{{Type: member.IMSI, ID: h.m.IMSI}, {Type: member.AppID, ID: h.m.AppID}} {
		for _, c := range member.Commands() {
			a := ask(c, d)
			was, _ := before.Gate(a.Command, a.Device, h.now)
			if is, _ := h.m.Gate(a.Command, a.Device, h.now); h.m.Holds(d) && is != was {
				h.fatalf("a wrong PIN from elsewhere makes %s %v, which was %v", askName(a), is, was)
			}
		}
	}
}

// end ends one of the calls whose PINs are being compared.
func (h *history) end() {
	if len(h.begun) == 0 {
		return
	}
	i := h.r.IntN(len(h.begun))
	c := h.begun[i]
	h.begun = append(h.begun[:i:i], h.begun[i+1:]...)
	before := h.m
	if !c.right {
		h.take(h.m.Fail(c.Ask, h.cause()))
		h.boundDevicesAreAsBefore(before)
		return
	}
	held := h.m.Holds(c.Device)
	p := proof(c.Ask)
	if h.r.IntN(4) == 0 {
		p.NewHash = ""
	}
	ch, refusal, _ := h.m.Pass(c.Ask, p, h.ladders, h.cause())
	h.seen[refusal]++
	h.believe(c.Ask, refusal)
	h.take(ch)
	if held && before.Foreign != h.m.Foreign {
		h.fatalf("%s, a right PIN from a bound device, makes %+v of others' %+v", askName(c.Ask), h.m.Foreign, before.Foreign)
	}
	if c.Command == member.SetSecurity {
		h.notWeaker("OTP", before.OTP, h.m.OTP)
	}
	if before.Password.Imposed {
		h.notWeaker("what a channel imposed", before.Password, h.m.Password)
	}
}

// believe does to the counts what the outcome of a right PIN says.
func (h *history) believe(a member.Ask, refusal member.Refusal) {
	switch refusal {
	case member.Unknown, member.Locked, member.Suspended, member.AppInactive, member.WrongDevice:
		return
	case member.WrongIdentity:
		h.wrongIdentities++
		h.counts(a.Device).add(h.ladders.Password, h.wrongIdentities, h.now)
		return
	}
	if a.Identity != (member.Identity{}) {
		h.wrongIdentities = 0
	}
	*h.counts(a.Device), h.password = count{}, count{}
	if a.Command != member.SetSecurity || refusal != member.Allowed {
		return
	}
	c := &h.password
	if a.Security == member.OTP {
		c = &h.otp
	}
	c.add(h.ladders.Of(a.Security), a.Set.Attempts, h.now)
	c.Block(a.Set.Action, a.Set.Until)
	c.attempts = a.Set.Attempts
}

// notWeaker: a block in force may become harder, and never weaker.
func (h *history) notWeaker(what string, was, is member.Tally) {
	if was.Action < member.Suspend || was.Action == member.Suspend && !h.now.Before(was.Until) {
		return
	}
	if is.Action < was.Action || is.Action == member.Suspend && is.Until.Before(was.Until) {
		h.fatalf("%s was %+v and becomes %+v", what, was, is)
	}
}

// operate is the operator's hand, now and then.
func (h *history) operate() {
	const reason = "asked at the branch"
	switch h.r.IntN(5) {
	case 0:
		h.take(h.m.Unlock(reason, h.cause()))
		h.password, h.foreign, h.otp, h.wrongIdentities = count{}, count{}, count{}, 0
	case 1:
		h.take(h.m.IssuePIN("$argon2id$issued", reason, h.cause()))
		h.password, h.foreign, h.wrongIdentities = count{}, count{}, 0
	case 2:
		h.take(h.m.Unbind([]member.DeviceType{member.IMSI, member.AppID}, reason, h.cause()))
	case 3:
		h.take(h.m.Bind(devices[h.r.IntN(4)].Device, reason, h.cause()))
	case 4:
		h.take(h.m.SetStanding(member.Closed, reason, h.cause()))
	}
	if h.r.IntN(2) == 0 {
		h.take(h.m.SetStanding(member.Open, reason, h.cause()))
	}
}

// pass lets time pass: mostly little, sometimes months, and now and then the clock is set back.
func (h *history) pass() {
	units := []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}
	d := time.Duration(h.r.IntN(90)) * units[h.r.IntN(len(units))]
	if h.r.IntN(10) == 0 {
		d = -time.Duration(h.r.IntN(120)) * time.Minute
	}
	h.now = h.now.Add(d)
}

// check compares what the member is with what the test believes.
func (h *history) check() {
	for name, pair := range map[string]struct {
		tally member.Tally
		count count
	}{"bound devices": {h.m.Password, h.password}, "others": {h.m.Foreign, h.foreign}, "OTP": {h.m.OTP, h.otp}} {
		if pair.tally.Attempts != pair.count.attempts {
			h.fatalf("%s have %+v, the test counted %+v", name, pair.tally, pair.count)
		}
	}
	if h.m.WrongIdentities != h.wrongIdentities {
		h.fatalf("%d wrong identities, the test counted %d", h.m.WrongIdentities, h.wrongIdentities)
	}
}

func (h *history) step() {
	switch n := h.r.IntN(20); {
	case n < 9:
		h.begin()
	case n < 16:
		h.end()
	case n < 19:
		h.pass()
	default:
		h.operate()
	}
	h.check()
}

// TestHistories: through whatever happens, in whatever order, no more PINs are compared than the ladder lets
// through between two clears; nobody elsewhere changes what is asked from the member's devices; a bound
// device clears nothing of others; no channel makes a block weaker; the events are one chain and say
// nothing personal.
func TestHistories(t *testing.T) {
	t.Parallel()
	steps := 400
	if testing.Short() {
		steps = 100
	}
	seen := map[member.Refusal]int{}
	for seed := range uint64(200) {
		h := &history{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 5)), ladders: ladders(), now: noon(), m: somebody(), seen: seen}
		if seed%3 > 0 {
			l := goodLadder(h.r)
			h.ladders.Password, h.ladders.OTP = l, l
		}
		for range steps {
			h.step()
		}
		if err := event.Verify(event.Head{}, h.chain); err != nil {
			h.fatalf("%v", err)
		}
		for _, e := range h.chain {
			checkNothingPersonal(t, e)
		}
	}
	for _, r := range member.Refusals() {
		if r != member.WrongPIN && r != member.NoSuchUser && seen[r] == 0 {
			t.Errorf("%v never came: the histories are dull", r)
		}
	}
}

// goodLadder is a random one that an operator may set.
func goodLadder(r *rand.Rand) member.Ladder {
	for {
		if l := randomLadder(r); badFields(l.Check) == "" {
			return l
		}
	}
}

// guesses lets somebody guess as fast as they are let, and writes when: guess by guess, after the first.
func guesses(t *testing.T, m member.Member, n int, guess func(m member.Member, now time.Time) (member.Member, bool)) (at []time.Duration) {
	t.Helper()
	now := noon()
	for len(at) < n {
		after, ok := guess(m, now)
		if m = after; ok {
			at = append(at, now.Sub(noon()))
			continue
		}
		now = now.Add(10 * time.Minute)
		if now.Sub(noon()) > 10*365*24*time.Hour {
			t.Fatalf("after %d guesses there is no more", len(at))
		}
	}
	return at
}

// guessPIN is one wrong PIN, if it gets as far as that.
func guessPIN(a member.Ask) func(member.Member, time.Time) (member.Member, bool) {
	return func(m member.Member, now time.Time) (member.Member, bool) {
		if r, _ := m.Gate(a.Command, a.Device, now); r != member.Allowed {
			return m, false
		}
		m = m.Count(a, member.DefaultLadder(member.Password), cause(now)).Member
		return m.Fail(a, cause(now)).Member, true
	}
}

// timetable is when the default ladder lets somebody guess who knows nothing and never stops.
func timetable() []time.Duration {
	const day = 24 * time.Hour
	first, second := time.Hour, time.Hour+day
	return []time.Duration{0, 0, 0, 0, first, first, second, second, second, second + 30*day, second + 30*day, second + 60*day, second + 60*day}
}

func checkTimetable(t *testing.T, got []time.Duration) {
	t.Helper()
	for i, want := range timetable() {
		if got[i] < want || got[i] > want+time.Hour {
			t.Errorf("guess %d comes after %v, the ladder has it after %v", i+1, got[i], want)
		}
	}
}

// TestThiefOfAPhone has the member's device and not the PIN.
func TestThiefOfAPhone(t *testing.T) {
	t.Parallel()
	for _, a := range []member.Ask{ask(member.Login, simA), ask(member.ChangePIN, appA), ask(member.GetSecurity, simA), ask(member.Activate, appA)} {
		checkTimetable(t, guesses(t, somebody(), len(timetable()), guessPIN(a)))
	}
}

// TestThiefElsewhere has another phone, while the member goes on using theirs, which is never stopped.
func TestThiefElsewhere(t *testing.T) {
	t.Parallel()
	for _, a := range []member.Ask{ask(member.Activate, appB), ask(member.GetSecurity, appB), ask(member.SetSecurity, appB)} {
		checkTimetable(t, guesses(t, somebody(), len(timetable()), func(m member.Member, now time.Time) (member.Member, bool) {
			m, ok := guessPIN(a)(m, now)
			login := ask(member.Login, appA)
			if r, _ := m.Gate(login.Command, login.Device, now); r != member.Allowed {
				t.Fatalf("the member is %v", r)
			}
			m = m.Count(login, member.DefaultLadder(member.Password), cause(now)).Member
			ch, r, _ := m.Pass(login, member.Proof{}, ladders(), cause(now))
			if r != member.Allowed {
				t.Fatalf("the member is %v", r)
			}
			return ch.Member, ok
		}))
	}
}

// TestManyPhones: more devices do not give more guesses.
func TestManyPhones(t *testing.T) {
	t.Parallel()
	n := 0
	checkTimetable(t, guesses(t, somebody(), len(timetable()), func(m member.Member, now time.Time) (member.Member, bool) {
		n++
		return guessPIN(ask(member.Activate, member.Device{Type: member.AppID, ID: fmt.Sprint("app ", n)}))(m, now)
	}))
}

// TestManyAtOnce: however many calls come before the first PIN is compared, the ladder counts them first.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, a := range []member.Ask{ask(member.Login, simA), ask(member.Activate, appB)} {
		m, let := somebody(), 0
		for range 100 {
			if r, _ := m.Gate(a.Command, a.Device, noon()); r == member.Allowed {
				m, let = m.Count(a, member.DefaultLadder(member.Password), cause(noon())).Member, let+1
			}
		}
		if let != 4 {
			t.Errorf("%s: %d PINs are compared at once", askName(a), let)
		}
	}
}

// TestThiefOfAnIssuedPIN has the PIN that was handed out, and guesses the identity that it takes to replace it.
// That their right PIN clears wrong ones must not give them more identities, nor must calls that were begun earlier.
func TestThiefOfAnIssuedPIN(t *testing.T) {
	t.Parallel()
	login, set := ask(member.Login, simA), ask(member.SetPIN, simA)
	set.Identity = wrongIdentity()
	count := func(m member.Member, a member.Ask, now time.Time) (member.Member, bool) {
		if r, _ := m.Gate(a.Command, a.Device, now); r != member.Allowed {
			return m, false
		}
		return m.Count(a, member.DefaultLadder(member.Password), cause(now)).Member, true
	}
	end := func(m member.Member, a member.Ask, now time.Time) member.Member {
		ch, _, _ := m.Pass(a, proof(a), ladders(), cause(now))
		return ch.Member
	}
	fresh := named("fresh: the PIN is the issued one, no app")
	for name, guess := range map[string]func(m member.Member, now time.Time) (member.Member, bool){
		"one after another": func(m member.Member, now time.Time) (member.Member, bool) {
			if before, ok := count(m, login, now); ok {
				m = end(before, login, now)
			}
			m, ok := count(m, set, now)
			if ok {
				m = end(m, set, now)
			}
			return m, ok
		},
		"with a login under way": func(m member.Member, now time.Time) (member.Member, bool) {
			m, begun := count(m, login, now)
			m, ok := count(m, set, now)
			if ok {
				m = end(m, set, now)
			}
			if begun {
				m = end(m, login, now)
			}
			return m, ok
		},
	} {
		at := guesses(t, fresh, 9, guess)
		for i, want := range timetable()[:9] {
			if at[i] < want {
				t.Errorf("%s: identity %d comes after %v, the ladder has it after %v", name, i+1, at[i], want)
			}
		}
	}
}
