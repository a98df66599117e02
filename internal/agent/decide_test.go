package agent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// mayTransact is which of the twelve combinations of status and verification may be used, written out: under the
// review rules none, before and after; "-" or the reason why not.
const mayTransact = `
status(verification)  none           before         after
deactivated(0)        deactivated    deactivated    deactivated
deactivated(1)        deactivated    deactivated    deactivated
deactivated(2)        rejected       rejected       rejected
deactivated(3)        deactivated    deactivated    deactivated
activated(0)          -              -              -
activated(1)          -              -              -
activated(2)          rejected       rejected       rejected
activated(3)          awaits_review  awaits_review  -
pending(0)            awaits_review  awaits_review  awaits_review
pending(1)            awaits_review  awaits_review  awaits_review
pending(2)            rejected       rejected       rejected
pending(3)            awaits_review  awaits_review  awaits_review
`

func TestDecideCells(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(mayTransact), "\n")[1:]
	n := 0
	for _, status := range []agent.Status{agent.Deactivated, agent.Activated, agent.Pending} {
		for verification := range agent.Verification(4) {
			s, cell := agent.State{Status: status, Verification: verification}, strings.Fields(lines[n])
			n++
			if s.String() != cell[0] {
				t.Fatalf("the row of %s is %q", s, cell[0])
			}
			for i, review := range reviews() {
				r, svc := record(s), service(review)
				want := strings.Trim(cell[1+i], "-")
				if got := codes(r.Decide(&svc, nil, nil, agent.Question{At: now()})); got != want {
					t.Errorf("%s under review %s gives %q, want %q", s, review, got, want)
				}
				if s.MayTransact(review) != (want == "") {
					t.Errorf("%s may transact under review %s: %t", s, review, want != "")
				}
			}
		}
	}
	if n != 12 || n != len(lines) {
		t.Errorf("%d cells were tried, the table has %d", n, len(lines))
	}
}

// codes lists the reasons' codes.
func codes(reasons []agent.Reason) string {
	var list []string
	for _, r := range reasons {
		list = append(list, string(r.Code))
	}
	return strings.Join(list, " ")
}

// scene is all that a decision depends on.
type scene struct {
	*agent.Record
	svc                  agent.Service
	onService, onPartner []block.Block
	q                    agent.Question
}

// newScene is one in which the agent may.
func newScene() *scene {
	return &scene{Record: record(agent.Active), svc: service(agent.ReviewNone), q: agent.Question{At: now()}}
}

func (s *scene) decide() []agent.Reason {
	return s.Decide(&s.svc, s.onService, s.onPartner, s.q)
}

// placed gives a block that acts since the agent was onboarded.
func placed(target block.Target, owner block.Owner) block.Block {
	return block.Block{ID: "b-" + owner.String(), Target: target, Owner: owner, PlacedAt: born(), PlacedBy: alice}
}

var (
	delhi  = geo.Point{Lat: 28.6139, Long: 77.2090}
	mumbai = geo.Point{Lat: 19.0760, Long: 72.8777}
)

// reasonRows sets, for every reason there is but the two that know no record, a scene that has it and no other.
func reasonRows() map[agent.ReasonCode]struct {
	set  func(s *scene)
	want agent.Reason // its code aside
	says string
} {
	return map[agent.ReasonCode]struct {
		set  func(s *scene)
		want agent.Reason
		says string
	}{
		agent.AgentSuspended: {func(s *scene) { s.Agent.Standing, s.Agent.StandSince = agent.Suspended, day(-1) },
			agent.Reason{Since: day(-1)}, "operator [operator] The agent is suspended."},
		agent.AgentClosed: {func(s *scene) { s.Agent.Standing, s.Agent.StandSince = agent.Closed, day(-1) },
			agent.Reason{Since: day(-1)}, "operator [operator] The agent is closed."},
		agent.BlockedAgent: {func(s *scene) { s.Blocks = []block.Block{placed(block.Target{Agent: "20810200"}, block.Fraud)} },
			agent.Reason{Owner: block.Fraud, Block: "b-fraud", Since: born()}, "fraud [fraud administrator] The agent is blocked by fraud."},
		agent.BlockedActivation: {func(s *scene) {
			b := placed(block.Target{Agent: "20810200", Service: "45"}, block.System)
			b.Rule, b.Until = block.Dormant, day(7)
			s.Blocks = []block.Block{b}
		}, agent.Reason{Owner: block.System, Rule: block.Dormant, Block: "b-system", Since: born(), Until: day(7)},
			"system [reviewer administrator] The service is blocked for this agent: it was not used for too long."},
		agent.BlockedService: {func(s *scene) {
			b := placed(block.Target{Service: "45"}, block.Compliance)
			b.From = day(0)
			s.onService = []block.Block{b}
		}, agent.Reason{Owner: block.Compliance, Block: "b-compliance", Since: day(0)},
			"compliance [compliance administrator] The whole service is blocked by compliance."},
		agent.BlockedPartner: {func(s *scene) { s.onPartner = []block.Block{placed(block.Target{Partner: "p1"}, block.Partner)} },
			agent.Reason{Owner: block.Partner, Block: "b-partner", Since: born()}, "partner [partner administrator] The partner is blocked by partner."},
		agent.ServiceRemoved: {func(s *scene) { s.svc.Removed, s.svc.UpdatedAt = true, day(-2) },
			agent.Reason{Since: day(-2)}, "operator [operator] The service was taken out of the catalogue."},
		agent.NotActivated: {func(s *scene) { s.Activations = nil }, agent.Reason{},
			"partner [partner operator] The service was never activated for this agent."},
		agent.WasDeactivated: {func(s *scene) { s.Activations[0].State, s.Activations[0].UpdatedAt = agent.Off, day(-3) },
			agent.Reason{Since: day(-3)}, "partner [partner operator] The service is switched off for this agent."},
		agent.AwaitsReview: {func(s *scene) { s.Activations[0].State = agent.PendingReview },
			agent.Reason{Since: born()}, "operator [reviewer] The activation waits for a review."},
		agent.WasRejected: {func(s *scene) { s.Activations[0].State, s.Activations[0].UpdatedAt = agent.OffRejected, day(-3) },
			agent.Reason{Since: day(-3)}, "operator [partner operator] A reviewer rejected the activation."},
		agent.NotYet: {func(s *scene) { s.Activations[0].Dates.From = day(1) },
			agent.Reason{Since: born(), Until: day(1)}, "operator [operator] The activation begins later."},
		agent.NoLonger: {func(s *scene) { s.Activations[0].Dates.Until = now() },
			agent.Reason{Since: now()}, "operator [operator] The activation has ended."},
		agent.VerificationDue: {func(s *scene) { s.Activations[0].Dates.VerifyBy = now() },
			agent.Reason{Since: now()}, "operator [reviewer] The verification is out of date."},
		agent.DeviceRequired: {func(s *scene) { s.Agent.Devices = "a b" }, agent.Reason{},
			"operator [operator] The agent may transact from registered devices alone, and none was named."},
		agent.DeviceUnknown: {func(s *scene) { s.Agent.Devices, s.q.Device = "a b", "c" }, agent.Reason{},
			"operator [operator] The device is not one of the agent's."},
		agent.PlaceRequired: {func(s *scene) { s.svc.Fence.Distance = 100 }, agent.Reason{},
			"operator [operator] The service demands a place, and none was named."},
		agent.PlaceUnregistered: {func(s *scene) {
			s.svc.Fence.Distance, s.q.Place = 100, &delhi
			s.Activations[0].LatLong = ""
		}, agent.Reason{}, "operator [operator] The agent has no registered place to compare with."},
		agent.PlaceTooFar: {func(s *scene) {
			s.svc.Fence.Distance, s.q.Place = 1_140_000, &mumbai
			s.Activations[0].LatLong = "28.6139,77.2090"
		}, agent.Reason{Metres: geo.Distance(delhi, mumbai), Limit: 1_140_000},
			"operator [operator] The place is too far from the registered one: 1148.1 km away, 1140.0 km allowed."},
		agent.PlaceOutside: {func(s *scene) { s.svc.Fence.Country, s.q.Place = "ZZ", &delhi }, agent.Reason{Country: "ZZ"},
			"operator [operator] The place is outside the country ZZ"},
	}
}

// TestEveryReason: each code there is comes out of a decision, alone, with all that it tells people.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	rows := reasonRows()
	for _, code := range agent.ReasonCodes() {
		row, ok := rows[code]
		if !ok {
			if code != agent.UnknownAgent && code != agent.UnknownService { // who has no record asks nothing of it
				t.Errorf("no decision is tried that gives %s", code)
			}
			continue
		}
		delete(rows, code)
		s := newScene()
		row.set(s)
		row.want.Code = code
		got := s.decide()
		if len(got) != 1 || got[0] != row.want {
			t.Errorf("%s: the reasons are %+v, want %+v", code, got, row.want)
			continue
		}
		if says := fmt.Sprint(got[0].OwnedBy(), " ", got[0].LiftedBy(), " ", got[0].Message()); !strings.HasPrefix(says, row.says) {
			t.Errorf("%s says %q, want %q", code, says, row.says)
		}
	}
	for code := range rows {
		t.Errorf("%s is not in the list of codes", code)
	}
}

// TestReasonsTellPeople: every reason says what is the matter, whose it is, who ends it and what to do.
func TestReasonsTellPeople(t *testing.T) {
	t.Parallel()
	var all []agent.Reason
	for _, code := range agent.ReasonCodes() {
		if strings.HasPrefix(string(code), "blocked_") {
			for _, owner := range block.Owners() {
				all = append(all, agent.Reason{Code: code, Block: "b1", Owner: owner}, agent.Reason{Code: code, Block: "b1", Owner: owner, Rule: block.Dormant})
			}
			continue
		}
		all = append(all, agent.Reason{Code: code, Metres: 12.4, Limit: 10, Country: "IN"})
	}
	for _, r := range all {
		if r.OwnedBy() == "" || len(r.LiftedBy()) == 0 || !strings.HasSuffix(r.Message(), ".") || !strings.HasSuffix(r.Next(), ".") {
			t.Errorf("%+v: %q may end it of %q; %q, %q", r, r.LiftedBy(), r.OwnedBy(), r.Message(), r.Next())
		}
		if strings.Contains(r.Message(), "..") || strings.Contains(r.Message(), "  ") {
			t.Errorf("%+v says %q", r, r.Message())
		}
		if r.Block != "" && r.Owner != block.System && r.LiftedBy()[0] != r.Owner.String() {
			t.Errorf("a block of %s may be lifted by %v", r.Owner, r.LiftedBy())
		}
	}
}

// TestEveryReasonAtOnce: a decision does not stop at the first reason.
func TestEveryReasonAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene()
	s.Agent.Standing, s.Agent.Devices = agent.Suspended, "a"
	s.Blocks = []block.Block{
		placed(block.Target{Agent: "20810200"}, block.Fraud), placed(block.Target{Agent: "20810200"}, block.Compliance),
		placed(block.Target{Agent: "20810200", Service: "45"}, block.Operator), placed(block.Target{Agent: "20810200", Service: "4"}, block.Operator),
	}
	s.onService = []block.Block{placed(block.Target{Service: "45"}, block.Operator)}
	s.onPartner = []block.Block{placed(block.Target{Partner: "p1"}, block.Operator)}
	s.svc.Removed, s.svc.Fence = true, agent.Fence{Distance: 100, Country: "ZZ"}
	s.Activations[0].State = agent.PendingReview
	s.Activations[0].Dates = agent.Dates{From: day(1), Until: day(-1), VerifyBy: day(-2)}
	s.q.Place = &delhi
	const want = "agent_suspended blocked_agent blocked_agent blocked_activation blocked_service blocked_partner service_removed " +
		"awaits_review not_yet no_longer verification_due device_required place_too_far place_outside"
	if got := codes(s.decide()); got != want {
		t.Errorf("the reasons are\n%s, want\n%s", got, want)
	}
}

// TestDecideLets what has nothing against it.
func TestDecideLets(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(s *scene){
		"nothing special": func(*scene) {},
		"a place where none is demanded": func(s *scene) {
			s.q.Place, s.q.Device = &mumbai, "anything"
		},
		"its device": func(s *scene) { s.Agent.Devices, s.q.Device = "a b", "b" },
		"at the place of its activation": func(s *scene) {
			s.svc.Fence.Distance, s.q.Place = 1, &delhi
			s.Activations[0].LatLong, s.Agent.LatLong = "28.6139,77.2090", "19.0760,72.8777"
		},
		"at the agent's place": func(s *scene) {
			s.svc.Fence.Distance, s.q.Place = 1, &mumbai
			s.Activations[0].LatLong, s.Agent.LatLong = "", "19.0760,72.8777"
		},
		"just near enough": func(s *scene) {
			s.svc.Fence.Distance, s.q.Place = 1_150_000, &mumbai
			s.Activations[0].LatLong = "28.6139,77.2090"
		},
		"a block on another service": func(s *scene) {
			s.Blocks = []block.Block{placed(block.Target{Agent: "20810200", Service: "4"}, block.Fraud)}
		},
		"a block that was lifted": func(s *scene) {
			s.Blocks = []block.Block{placed(block.Target{Agent: "20810200"}, block.Fraud)}
			s.Blocks[0].LiftedAt = day(-1)
		},
		"a block to come": func(s *scene) {
			s.Blocks = []block.Block{placed(block.Target{Agent: "20810200"}, block.Fraud)}
			s.Blocks[0].From = now().Add(1)
		},
		"a block that has ended": func(s *scene) {
			s.onService = []block.Block{placed(block.Target{Service: "45"}, block.Fraud)}
			s.onService[0].Until = now()
		},
		"the first moment":               func(s *scene) { s.Activations[0].Dates.From = now() },
		"the last moment":                func(s *scene) { s.Activations[0].Dates.Until = now().Add(1) },
		"the last moment verified":       func(s *scene) { s.Activations[0].Dates.VerifyBy = now().Add(1) },
		"a waiting one, looked at after": func(s *scene) { s.Activations[0].State, s.svc.Review = agent.ActiveWaiting, agent.ReviewAfter },
	} {
		s := newScene()
		set(s)
		if got := s.decide(); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestBlockBeginsAtItsCommit: one that begins at once acts for whoever asks, even by a clock behind that of who placed it.
func TestBlockBeginsAtItsCommit(t *testing.T) {
	t.Parallel()
	s := newScene()
	s.Blocks = []block.Block{placed(block.Target{Agent: "20810200"}, block.Fraud)}
	s.Blocks[0].PlacedAt = now().Add(5)
	if got := codes(s.decide()); got != string(agent.BlockedAgent) {
		t.Errorf("the reasons are %q", got)
	}
}

// TestBriefDecidesAlike: what is held in memory of a record leads to the same reasons.
func TestBriefDecidesAlike(t *testing.T) {
	t.Parallel()
	for code, row := range reasonRows() {
		s := newScene()
		row.set(s)
		want := s.decide()
		brief := s.Brief()
		s.Record = &brief
		if got := s.decide(); !slices.Equal(got, want) {
			t.Errorf("%s: in brief the reasons are %+v, want %+v", code, got, want)
		}
	}
}
