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

// fits says who is to be shown, by what a decision about each says and by what is shown of each alone.
func (l *land) fits(q switchboard.MapQuery) (codes []string) {
	for _, code := range l.agents {
		a, err := l.op.Agent(l.Context(), code, 0)
		if err != nil {
			l.Fatal(err)
		}
		if l.shows(a, q) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

func (l *land) shows(a switchboard.Agent, q switchboard.MapQuery) bool {
	place, some, state, outside := a.LatLong, q.Service == "", q.State == "", false
	blocked := q.Service == "" && (a.Standing != "open" || slices.ContainsFunc(a.Blocks, func(b switchboard.Block) bool { return b.State == "acting" }))
	for _, s := range a.Activations {
		if place == "" {
			place = s.LatLong
		}
	}
	for _, s := range a.Activations {
		if q.Service != "" && s.ServiceCode != q.Service {
			continue
		}
		d, err := l.op.Decide(l.Context(), switchboard.DecisionRequest{Agent: a.UserCode, Service: s.ServiceCode, Place: place})
		if err != nil {
			l.Fatal(err)
		}
		some, state = true, state || strings.EqualFold(s.Status, q.State)
		for _, r := range d.Reasons {
			on := strings.EqualFold(s.Status, "activated")
			outside = outside || on && (r.Code == "place_outside" || r.Code == "place_too_far")
			whole := r.Code == "blocked_partner" || r.Code == "agent_suspended" || q.Service != "" // else it is about one service alone
			blocked = blocked || whole && (strings.HasPrefix(r.Code, "blocked_") || r.Code == "agent_suspended")
		}
	}
	if q.Service == "" && !blocked { // one without any service
		d, _ := l.op.Decide(l.Context(), switchboard.DecisionRequest{Agent: a.UserCode, Service: "4"})
		blocked = slices.ContainsFunc(d.Reasons, func(r switchboard.DecisionReason) bool { return r.Code == "blocked_partner" })
	}
	return place != "" && some && (state || q.State == "blocked" && blocked) && (!q.Outside || outside)
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
	for _, service := range append(services(), "") {
		for _, state := range []string{"", "activated", "pending", "deactivated", "blocked"} {
			for _, outside := range []bool{false, true} {
				q := switchboard.MapQuery{South: -90, West: -180, North: 90, East: 180, Service: service, State: state, Outside: outside}
				want := l.fits(q)
				got := l.shown(q)
				for tries := 0; !slices.Equal(got, want) && tries < 200; tries++ {
					time.Sleep(50 * time.Millisecond)
					got = l.shown(q)
				}
				if !slices.Equal(got, want) {
					l.Fatalf("service %q, state %q, outside %t: the map shows %s, want %s", service, state, outside, got, want)
				}
			}
		}
	}
}

// Whatever happens, the map comes to show what decisions say.
func TestMapFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &land{T: t, op: a.Operator, r: rand.New(rand.NewPCG(seed, 0)), agents: []string{sandbox.UserCode}}
	for range 3 {
		for range 40 {
			l.change()
		}
		l.check()
	}
}
