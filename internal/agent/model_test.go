package agent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// span is one reason in the reference, and when it holds: from begin on, up to but not at end. A zero begin is the
// beginning of time, a zero end its end.
type span struct {
	reason     string // the code, and the block's id
	begin, end time.Time
}

func (s span) holds(at time.Time) bool {
	return (s.begin.IsZero() || at.Compare(s.begin) >= 0) && (s.end.IsZero() || at.Compare(s.end) < 0)
}

// reference says by spans alone what stands against a use; it knows neither states nor blocks.
type reference struct {
	blocks     map[string]span // by id, while not lifted
	standing   []span
	activation []span
	life       string // what became of the activation last: "on", "wait", …
}

func (f *reference) at(at time.Time) (reasons []string) {
	all := slices.Concat(f.standing, f.activation)
	for _, s := range f.blocks {
		all = append(all, s)
	}
	for _, s := range all {
		if s.holds(at) {
			reasons = append(reasons, s.reason)
		}
	}
	slices.Sort(reasons)
	return reasons
}

// became says what the activation is now, with its dates.
func (f *reference) became(life string, d agent.Dates) {
	always := map[string]agent.ReasonCode{"none": agent.NotActivated, "off": agent.WasDeactivated, "rejected": agent.WasRejected, "wait": agent.AwaitsReview}
	f.life, f.activation = life, nil
	if code, ok := always[life]; ok {
		f.activation = append(f.activation, span{reason: string(code)})
	}
	if !d.From.IsZero() {
		f.activation = append(f.activation, span{string(agent.NotYet), time.Time{}, d.From})
	}
	if !d.Until.IsZero() {
		f.activation = append(f.activation, span{string(agent.NoLonger), d.Until, time.Time{}})
	}
	if !d.VerifyBy.IsZero() {
		f.activation = append(f.activation, span{string(agent.VerificationDue), d.VerifyBy, time.Time{}})
	}
}

// model is a record with a history under way, and the reference beside it.
type model struct {
	scene
	ref   reference
	dates agent.Dates // of the activation, as the reference knows them
	two   bool        // two lift a block
	asked map[string]string
	now   time.Time
	times map[time.Time]bool // at which something may change
	count int
}

func newModel(t *rapid.T) *model {
	m := &model{asked: map[string]string{}, now: now(), times: map[time.Time]bool{}, two: rapid.Bool().Draw(t, "two lift")}
	m.scene = scene{Record: record(agent.Absent), svc: service(rapid.SampledFrom(reviews()).Draw(t, "review"))}
	m.svc.VerifyDays = rapid.IntRange(0, 1).Draw(t, "verify days")
	m.ref.blocks = map[string]span{}
	m.ref.became("none", agent.Dates{})
	return m
}

// moment draws a time some hours from now, or none.
func (m *model) moment(t *rapid.T, what string, least int) time.Time {
	n := rapid.IntRange(least-1, 30).Draw(t, what)
	if n == least-1 {
		return time.Time{}
	}
	return m.noted(m.now.Add(time.Duration(n) * time.Hour))
}

func (m *model) noted(at time.Time) time.Time {
	m.times[at] = true
	return at
}

func (m *model) cause(t *rapid.T) event.Cause {
	return event.Cause{Actor: rapid.SampledFrom([]string{alice, bob}).Draw(t, "actor"), At: m.now}
}

// wait moves the clock.
func (m *model) wait(t *rapid.T) {
	m.now = m.noted(m.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour))
}

// place places a block on one of all the targets there are.
func (m *model) place(t *rapid.T) {
	targets := map[agent.ReasonCode]block.Target{
		agent.BlockedAgent: {Agent: "20810200"}, agent.BlockedActivation: {Agent: "20810200", Service: "45"},
		agent.BlockedService: {Service: "45"}, agent.BlockedPartner: {Partner: "p1"}, "": {Agent: "20810200", Service: "4"},
	}
	code := rapid.SampledFrom([]agent.ReasonCode{agent.BlockedAgent, agent.BlockedActivation, agent.BlockedService, agent.BlockedPartner, ""}).Draw(t, "target")
	m.count++
	b := block.Block{ID: fmt.Sprintf("b%03d", m.count), Target: targets[code], Reason: "because", Owner: rapid.SampledFrom(block.Owners()).Draw(t, "owner"),
		From: m.moment(t, "from", 1), Until: m.moment(t, "until", 1), PlacedAt: m.now}
	var bad fault.Fields
	if b.Check(m.now, agent.ValidText, &bad); len(bad) > 0 {
		if b.Until.IsZero() || b.Until.After(b.From) {
			t.Fatalf("a good block is refused: %v", bad)
		}
		return
	}
	if code != "" {
		m.ref.blocks[b.ID] = span{string(code) + b.ID, b.From, b.Until}
	}
	switch code {
	case agent.BlockedService:
		m.onService = append(m.onService, b)
	case agent.BlockedPartner:
		m.onPartner = append(m.onPartner, b)
	default:
		m.Blocks = append(m.Blocks, b)
	}
}

// lift lifts or cancels a block of any age; where two do it, the first one only asks.
func (m *model) lift(t *rapid.T) {
	var all []*block.Block
	for _, list := range [][]block.Block{m.Blocks, m.onService, m.onPartner} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	if len(all) == 0 {
		t.Skip("nothing to lift")
	}
	b, c := rapid.SampledFrom(all).Draw(t, "block"), m.cause(t)
	now, _, err := b.Lift(m.two, "", c)
	if m.two && m.asked[b.ID] == c.Actor && b.Open() {
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("%s lifts %s alone: %v", c.Actor, b.ID, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if m.two && m.asked[b.ID] == "" {
		m.asked[b.ID] = c.Actor
	} else {
		delete(m.ref.blocks, b.ID)
	}
	*b = now
}

// stand changes the agent's standing.
func (m *model) stand(t *rapid.T) {
	to := rapid.SampledFrom([]agent.Standing{agent.Open, agent.Suspended, agent.Closed}).Draw(t, "standing")
	a, _, err := m.SetStanding(to, "because", m.cause(t))
	if err != nil {
		t.Fatal(err)
	}
	m.Agent = a
	m.ref.standing = map[agent.Standing][]span{agent.Suspended: {{reason: string(agent.AgentSuspended)}}, agent.Closed: {{reason: string(agent.AgentClosed)}}}[to]
}

// apply gives a command; what becomes of it is told by the life of the activation alone.
func (m *model) apply(t *rapid.T, kind agent.CommandKind) {
	cmd := command(kind)
	cmd.Dates = agent.Dates{From: m.moment(t, "from", -5), Until: m.moment(t, "until", -5), VerifyBy: m.moment(t, "verify by", -5)}
	a, _, err := m.Apply(m.svc, cmd, m.cause(t))
	if d := cmd.Dates; err == nil && !d.From.IsZero() && !d.Until.IsZero() && !d.Until.After(d.From) {
		t.Fatalf("%s with %+v is let pass", kind, d)
	}
	if err == nil {
		m.Activations = []agent.Activation{a}
		m.follow(kind, cmd.Dates)
	}
}

// follow is the reference's view of a command that went through.
func (m *model) follow(kind agent.CommandKind, given agent.Dates) {
	if kind == agent.Activate && (!given.From.IsZero() || !given.Until.IsZero()) {
		m.dates.From, m.dates.Until = given.From, given.Until
	}
	verify := given.VerifyBy
	if m.svc.VerifyDays > 0 && (verify.IsZero() || kind == agent.Activate) {
		verify = m.noted(m.now.Add(24 * time.Hour))
	} else if kind == agent.Activate {
		verify = time.Time{}
	}
	running := m.ref.life == "on" || m.ref.life == "wait"
	switch {
	case kind == agent.Deactivate && running:
		m.ref.became("off", m.dates)
	case kind == agent.Reject:
		m.ref.became("rejected", m.dates)
	case kind == agent.Approve || kind == agent.Renew:
		m.dates.VerifyBy = verify
		m.ref.became("on", m.dates)
	case kind == agent.Activate && running:
		m.ref.became(m.ref.life, m.dates)
	case kind == agent.Activate && m.svc.Review == agent.ReviewBefore:
		m.ref.became("wait", m.dates)
	case kind == agent.Activate:
		if m.dates.VerifyBy.IsZero() { // else it stays due, however often it goes off and on
			m.dates.VerifyBy = verify
		}
		m.ref.became("on", m.dates)
	}
}

// reschedule sets all the dates.
func (m *model) reschedule(t *rapid.T) {
	d := agent.Dates{From: m.moment(t, "from", -5), Until: m.moment(t, "until", -5), VerifyBy: m.moment(t, "verify by", -5)}
	a, _, err := m.Reschedule(m.svc, d, m.cause(t))
	if err == nil {
		m.Activations, m.dates = []agent.Activation{a}, d
		m.ref.became(m.ref.life, d)
	}
}

// check compares the decision with the reference now, at every time at which something may change, and a
// microsecond to either side of it.
func (m *model) check(t *rapid.T) {
	m.noted(m.now)
	for at := range m.times {
		for _, d := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
			m.q.At = at.Add(d)
			var got []string
			for _, r := range m.decide() {
				got = append(got, string(r.Code)+r.Block)
				if r.Block != "" && !r.Until.Equal(m.ref.blocks[r.Block].end) {
					t.Fatalf("at %s: the block %s ends %s, want %s", m.q.At, r.Block, r.Until, m.ref.blocks[r.Block].end)
				}
			}
			slices.Sort(got)
			if want := m.ref.at(m.q.At); !slices.Equal(got, want) {
				t.Fatalf("at %s the reasons are\n%s, want\n%s", m.q.At, strings.Join(got, " "), strings.Join(want, " "))
			}
		}
	}
}

// TestDecideFollowsEveryHistory plays random histories of blocks, dates, commands and standings under a clock that
// moves, against a reference that knows nothing but when each reason holds.
func TestDecideFollowsEveryHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		actions := map[string]func(*rapid.T){"": m.check, "wait": m.wait, "place": m.place, "lift": m.lift, "stand": m.stand, "reschedule": m.reschedule}
		for _, kind := range agent.Commands() {
			actions[kind.String()] = func(t *rapid.T) { m.apply(t, kind) }
		}
		t.Repeat(actions)
	})
}
