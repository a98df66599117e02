package atlas_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// land is a random history of a few agents, whose map is compared with what decisions say of each.
type land struct {
	*testing.T
	op     *switchboard.Operator
	r      *rand.Rand
	agents []string
	blocks []string
}

func services() []string { return []string{"4", "43", "45"} }

// places are in India, in Kenya, and where neither is.
func places() []string {
	return []string{"28.6139,77.2090", "28.62,77.21", "19.0760,72.8777", "-1.2864,36.8172", "0,-30", ""}
}

func (l *land) pick(of []string) string { return of[l.r.IntN(len(of))] }

// change does one thing that somebody might do. What is refused changes nothing.
func (l *land) change() {
	ctx, code, service := l.Context(), l.pick(l.agents), l.pick(services())
	switch l.r.IntN(9) {
	case 0:
		code = fmt.Sprint(30000000 + l.r.IntN(90000000))
		if _, err := l.op.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code}); err == nil {
			l.agents = append(l.agents, code)
		}
	case 1, 2:
		_, _ = l.op.SetPlace(ctx, code, switchboard.Place{LatLong: l.pick(places())})
	case 3, 4:
		command := l.pick([]string{"activate", "activate", "deactivate", "approve"})
		n := switchboard.ServiceCommand{}
		if command == "activate" {
			n.LatLong = l.pick(places())
		}
		_, _ = l.op.ChangeService(ctx, code, service, command, n)
	case 5:
		_, _ = l.op.SetStanding(ctx, code, switchboard.NewStanding{Standing: l.pick([]string{"open", "open", "suspended"}), Reason: "because"})
	case 6:
		n := []switchboard.NewBlock{{Agent: code}, {Agent: code, Service: service}, {Service: service}, {Partner: sandbox.PartnerID}}[l.r.IntN(4)]
		n.Reason = "because"
		if b, err := l.op.PlaceBlock(ctx, n); err == nil {
			l.blocks = append(l.blocks, b.ID)
		}
	case 7:
		for _, id := range l.blocks {
			_, _ = l.op.LiftBlock(ctx, id, switchboard.BlockLift{Reason: "because"})
		}
	case 8:
		fence := []switchboard.Service{{}, {FenceDistance: 5000}, {FenceCountry: "IN"}, {FenceCountry: "KE", FenceDistance: 100}}[l.r.IntN(4)]
		fence.Code, fence.Name, fence.Review = service, "Service "+service, "after"
		_, _ = l.op.SetService(ctx, fence)
	}
}

// facts are what the map should know of an agent, by what decisions about it say.
type facts struct {
	code            string
	placed, blocked bool
	services        []serviceFacts
}

type serviceFacts struct {
	code, status     string
	outside, blocked bool
}

func (l *land) observe(code string) facts {
	a, err := l.op.Agent(l.Context(), code, 0)
	if err != nil {
		l.Fatal(err)
	}
	place := a.LatLong
	for _, s := range a.Activations {
		if place == "" {
			place = s.LatLong
		}
	}
	acting := func(b switchboard.Block) bool { return b.State == "acting" }
	f := facts{code: code, placed: place != "", blocked: l.denied(code, "63", "", "agent_suspended", "blocked_partner") || slices.ContainsFunc(a.Blocks, acting)}
	for _, s := range a.Activations {
		f.services = append(f.services, serviceFacts{code: s.ServiceCode, status: strings.ToLower(s.Status),
			outside: s.Status == "ACTIVATED" && place != "" && l.denied(code, s.ServiceCode, place, "place_outside", "place_too_far"),
			blocked: l.denied(code, s.ServiceCode, place, "agent_suspended", "blocked_agent", "blocked_activation", "blocked_service", "blocked_partner")})
	}
	return f
}

// denied says whether one of these reasons is among those against a use.
func (l *land) denied(agent, service, place string, reasons ...string) bool {
	d, err := l.op.Decide(l.Context(), switchboard.DecisionRequest{Agent: agent, Service: service, Place: place})
	if err != nil {
		l.Fatal(err)
	}
	return slices.ContainsFunc(d.Reasons, func(r switchboard.DecisionReason) bool { return slices.Contains(reasons, r.Code) })
}

// shows says whether the map is to show an agent.
func (f *facts) shows(q switchboard.MapQuery) bool {
	some, outside, blocked, states := q.Service == "", false, q.Service == "" && f.blocked, []string{""}
	for _, s := range f.services {
		if q.Service == "" || q.Service == s.code {
			some, outside, states = true, outside || s.outside, append(states, s.status)
			blocked = blocked || q.Service != "" && s.blocked // one service alone does not block the agent
		}
	}
	if blocked {
		states = append(states, "blocked")
	}
	return f.placed && some && slices.Contains(states, q.State) && (outside || !q.Outside)
}

// shown is who the map shows.
func (l *land) shown(q switchboard.MapQuery) (codes []string) {
	v, err := l.op.Map(l.Context(), q)
	if err != nil {
		l.Fatal(err)
	}
	for _, c := range v.Clusters {
		codes = append(codes, c.Agent)
	}
	slices.Sort(codes)
	return codes
}

// check compares the map with the agents. It follows them a moment behind.
func (l *land) check() {
	var all []facts
	for _, code := range l.agents {
		all = append(all, l.observe(code))
	}
	for _, service := range append(services(), "") {
		for _, state := range []string{"", "activated", "pending", "deactivated", "blocked"} {
			for _, outside := range []bool{false, true} {
				q := switchboard.MapQuery{South: -90, West: -180, North: 90, East: 180, Service: service, State: state, Outside: outside}
				l.compare(all, q)
			}
		}
	}
}

func (l *land) compare(all []facts, q switchboard.MapQuery) {
	var want []string
	for i := range all {
		if all[i].shows(q) {
			want = append(want, all[i].code)
		}
	}
	slices.Sort(want)
	got := l.shown(q)
	for tries := 0; !slices.Equal(got, want) && tries < 200; tries++ {
		time.Sleep(50 * time.Millisecond)
		got = l.shown(q)
	}
	if !slices.Equal(got, want) {
		l.Fatalf("%+v: the map shows %s, want %s", q, got, want)
	}
}

// Whatever happens, the map comes to show what decisions say.
func TestMapFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &land{T: t, op: a.Operator, r: rand.New(rand.NewPCG(seed, 0)), agents: []string{sandbox.UserCode}}
	for range 5 {
		for range 60 {
			l.change()
		}
		l.check()
	}
}
