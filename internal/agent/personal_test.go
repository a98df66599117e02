package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func TestSetPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		was, to string
		want    fault.Code // "": let pass
		changes bool
	}{
		{"", "28.6,77.2", "", true},
		{"28.6,77.2", "28.6,77.3", "", true},
		{"28.6,77.2", "", "", true},
		{"28.6,77.2", "28.6,77.2", "", false},
		{"", "", "", false},
		{"", "91,0", fault.Invalid, false},
		{"", "here", fault.Invalid, false},
	} {
		r := record(agent.Active)
		r.Agent.LatLong = c.was
		a, e, err := r.SetPlace(c.to, cause())
		if fault.CodeOf(err) != c.want || (e != nil) != c.changes {
			t.Errorf("%q to %q: %v, %v", c.was, c.to, e, err)
			continue
		}
		want := r.Agent
		if c.changes {
			want.LatLong, want.UpdatedAt = c.to, now()
			checkPersonal(t, e, event.AgentPlaced, "{}", event.Private("latlong", c.to))
		}
		if a != want {
			t.Errorf("%q to %q: the agent is %+v", c.was, c.to, a)
		}
	}
}

// checkPersonal checks an event of the agent itself.
func checkPersonal(t *testing.T, e *event.Event, kind event.Kind, data, private string) {
	t.Helper()
	if e.Kind != kind || e.Data != data || e.Private != private || e.Service != "" || e.Cause != cause() ||
		e.Subject != (event.Subject{Kind: event.Agent, ID: "20810200"}) {
		t.Errorf("the event is %+v, want %s with %s and %s", e, kind, data, private)
	}
	checkDraft(t, e)
}

func TestSetDevices(t *testing.T) {
	t.Parallel()
	many := make([]string, agent.MaxDevices+1)
	for i := range many {
		many[i] = fmt.Sprintf("device-%02d", i)
	}
	for _, c := range []struct {
		name string
		was  agent.Devices
		to   []string
		want agent.Devices
		code fault.Code
	}{
		{"first", "", []string{"b", "a"}, "a b", ""},
		{"the same in another order, twice", "a b", []string{"b", "a", "b"}, "a b", ""},
		{"none", "a b", nil, "", ""},
		{"none where there was none", "", []string{}, "", ""},
		{"as many as may be", "", many[1:], agent.Devices(strings.Join(many[1:], " ")), ""},
		{"one too many", "a", many, "a", fault.Invalid},
		{"the same one many times", "", slicesOf("x", 50), "x", ""},
		{"every letter", "", []string{"AZaz09-_.:"}, "AZaz09-_.:", ""},
		{"as long as may be", "", []string{strings.Repeat("x", 64)}, agent.Devices(strings.Repeat("x", 64)), ""},
		{"too long", "", []string{strings.Repeat("x", 65)}, "", fault.Invalid},
		{"a space", "", []string{"a b"}, "", fault.Invalid},
		{"empty", "", []string{""}, "", fault.Invalid},
		{"not ASCII", "", []string{"é"}, "", fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := record(agent.Active)
			r.Agent.Devices = c.was
			a, e, err := r.SetDevices(c.to, cause())
			if fault.CodeOf(err) != c.code || a.Devices != c.want || (e != nil) != (c.was != c.want) {
				t.Fatalf("gives %q, %v, %v", a.Devices, e, err)
			}
			if e != nil {
				data := event.Data("from", fmt.Sprint(len(c.was.List())), "to", fmt.Sprint(len(c.want.List())))
				checkPersonal(t, e, event.AgentDevices, data, event.Private("devices", string(c.want)))
			}
		})
	}
}

func slicesOf(s string, n int) []string { return strings.Fields(strings.Repeat(s+" ", n)) }

func TestDevicesHas(t *testing.T) {
	t.Parallel()
	for device, want := range map[string]bool{"a": true, "b:1": true, "": false, "a b:1": false, "b": false, "A": false} {
		if agent.Devices("a b:1").Has(device) != want {
			t.Errorf("has %q: %t", device, !want)
		}
	}
	if agent.Devices("").Has("") || len(agent.Devices("").List()) != 0 {
		t.Error("no devices are some")
	}
}

// TestErase: a closed agent loses what is personal, once, and keeps the rest.
func TestErase(t *testing.T) {
	t.Parallel()
	for _, standing := range []agent.Standing{agent.Open, agent.Suspended} {
		r := record(agent.Active)
		r.Agent.Standing = standing
		a, e, err := r.Erase(cause())
		wantFault(t, standing.String(), e, err, fault.Conflict)
		if a != r.Agent {
			t.Errorf("%s: the agent is %+v", standing, a)
		}
	}
	r := record(agent.Off)
	r.Agent.Standing, r.Agent.StandSince = agent.Closed, born()
	r.Agent.LatLong, r.Agent.Devices = "1,1", "a b"
	want := r.Agent
	want.Profile, want.LatLong, want.Devices, want.ErasedAt, want.UpdatedAt = agent.Profile{}, "", "", now(), now()
	a, e, err := r.Erase(cause())
	if err != nil || e == nil || a != want {
		t.Fatalf("gives %+v, %v, want %+v", a, err, want)
	}
	checkPersonal(t, e, event.AgentErased, "{}", "")
	r.Agent = a
	if again, e, err := r.Erase(cause()); err != nil || e != nil || again != a {
		t.Errorf("the second time: %+v, %v, %v", again, e, err)
	}
}

// TestErasedStaysErased: nothing brings personal data, or the agent, back.
func TestErasedStaysErased(t *testing.T) {
	t.Parallel()
	r := record(agent.Off)
	r.Agent.Standing, r.Agent.ErasedAt = agent.Closed, born()
	for name, change := range map[string]func() (agent.Agent, *event.Event, error){
		"open":    func() (agent.Agent, *event.Event, error) { return r.SetStanding(agent.Open, "because", cause()) },
		"suspend": func() (agent.Agent, *event.Event, error) { return r.SetStanding(agent.Suspended, "because", cause()) },
		"place":   func() (agent.Agent, *event.Event, error) { return r.SetPlace("1,1", cause()) },
		"devices": func() (agent.Agent, *event.Event, error) { return r.SetDevices([]string{"a"}, cause()) },
	} {
		a, e, err := change()
		wantFault(t, name, e, err, fault.Conflict)
		if a != r.Agent {
			t.Errorf("%s: the agent is %+v", name, a)
		}
	}
	if _, e, err := r.SetStanding(agent.Closed, "", cause()); e != nil || err != nil {
		t.Errorf("closing what is closed: %v, %v", e, err)
	}
}
