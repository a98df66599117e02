package agent_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// Where an agent trades goes before where it stood when something was activated.
func TestWhereabouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent, first, second string
		want                 geo.Point
		known                bool
	}{
		{"28.6,77.2", "1,2", "3,4", geo.Point{Lat: 28.6, Long: 77.2}, true},
		{"", "1,2", "3,4", geo.Point{Lat: 1, Long: 2}, true},
		{"", "", "3,4", geo.Point{Lat: 3, Long: 4}, true},
		{"", "", "", geo.Point{}, false},
	} {
		r := agent.Record{Agent: agent.Agent{LatLong: c.agent}, Activations: []agent.Activation{{LatLong: c.first}, {LatLong: c.second}}}
		if got, known := r.Whereabouts(); got != c.want || known != c.known {
			t.Errorf("%+v: the agent is at %+v, %t", c, got, known)
		}
	}
}

// A place strays when a decision about it says that it is too far or outside.
func TestStrays(t *testing.T) {
	t.Parallel()
	delhi, agra := geo.Point{Lat: 28.6139, Long: 77.2090}, geo.Point{Lat: 27.1767, Long: 78.0081}
	for _, c := range []struct {
		fence agent.Fence
		place geo.Point
		want  bool
	}{
		{agent.Fence{}, agra, false},
		{agent.Fence{Distance: 1000}, delhi, false},
		{agent.Fence{Distance: 1000}, agra, true},
		{agent.Fence{Country: "IN"}, agra, false},
		{agent.Fence{Country: "KE"}, agra, true},
	} {
		r, svc := record(agent.Active), service(agent.ReviewNone)
		r.Activations[0].LatLong, svc.Fence = "28.6139,77.2090", c.fence
		decided := len(r.Decide(&svc, nil, nil, agent.Question{At: now(), Place: &c.place})) > 0
		if got := r.Strays(&svc, c.place); got != c.want || got != decided {
			t.Errorf("%+v strays from %+v: %t; denied: %t", c.place, c.fence, got, decided)
		}
	}
}

// Who has no registered place is nowhere too far from it.
func TestStraysFromNowhere(t *testing.T) {
	t.Parallel()
	r, svc := record(agent.Active), service(agent.ReviewNone)
	r.Agent.LatLong, r.Activations[0].LatLong, svc.Fence = "", "", agent.Fence{Distance: 1000}
	if p := (geo.Point{Lat: 28.6139, Long: 77.2090}); r.Strays(&svc, p) {
		t.Errorf("%+v strays, where no place is registered", p)
	}
}

// An agent is barred by its standing and by the blocks on it that a decision would name.
func TestBarred(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		standing agent.Standing
		on       block.Target
		want     bool
	}{
		{agent.Open, block.Target{}, false},
		{agent.Suspended, block.Target{}, true},
		{agent.Closed, block.Target{}, true},
		{agent.Open, block.Target{Agent: "20810200"}, true},
		{agent.Open, block.Target{Agent: "20810200", Service: service(agent.ReviewNone).Code}, true},
		{agent.Open, block.Target{Agent: "20810200", Service: "another"}, false},
	} {
		r, svc := record(agent.Active), service(agent.ReviewNone)
		if r.Agent.Standing = c.standing; c.on != (block.Target{}) {
			r.Blocks = []block.Block{{ID: "b1", Target: c.on}}
		}
		decided := len(r.Decide(&svc, nil, nil, agent.Question{At: now()})) > 0
		if got := r.Barred(svc.Code, now()); got != c.want || got != decided {
			t.Errorf("%+v: barred %t, denied %t", c, got, decided)
		}
	}
}
