package console

import (
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// serviceSwitch is a service of the catalogue as an agent has it.
type serviceSwitch struct {
	Service    switchboard.Service
	Activation switchboard.Activation // its Status is "" when nobody ever asked for it
	Last       *Moment                // what was last done to it; nil when that was too long ago to be looked up
	Against    []switchboard.DecisionReason
}

// On says whether it is switched on.
func (s serviceSwitch) On() bool { return s.Activation.Status == "ACTIVATED" }

// Waits says whether a reviewer has still to look at it.
func (s serviceSwitch) Waits() bool { return s.Activation.Verification == 3 }

// Known says whether anybody ever asked for it.
func (s serviceSwitch) Known() bool { return s.Activation.Status != "" }

// Look is how the switch is drawn.
func (s serviceSwitch) Look() string {
	switch {
	case s.On() && len(s.Against) > 0:
		return "held"
	case s.On():
		return "on"
	case s.Activation.Status == "PENDING":
		return "wait"
	}
	return ""
}

// State is the key of the state's text.
func (s serviceSwitch) State() string {
	if !s.Known() {
		return "none"
	}
	return s.Activation.Status
}

// Renewable says whether it can be verified anew.
func (s serviceSwitch) Renewable() bool { return s.On() && s.Activation.Verification < 2 }

// Dated says whether dates bound its use.
func (s serviceSwitch) Dated() bool {
	a := s.Activation
	return !a.From.IsZero() || !a.Until.IsZero() || !a.VerifyBy.IsZero()
}

// ShowAsker says whether who asked for it is worth a word: whoever waits for a review, unless what was last done says so.
func (s serviceSwitch) ShowAsker() bool {
	by := s.Activation.RequestedBy
	return by != "" && (s.Last == nil || s.Last.Actor != by)
}

// fillSwitches makes a switch of each service: those that the agent has, and those that it could have.
func (p *agentPage) fillSwitches() {
	for _, svc := range p.catalog {
		s := serviceSwitch{Service: svc}
		if i := slices.IndexFunc(p.Agent.Activations, func(a switchboard.Activation) bool { return a.ServiceCode == svc.Code }); i >= 0 {
			s.Activation = p.Agent.Activations[i]
			s.Last = p.lastOf(svc.Code)
			s.Against = p.against(s)
			p.Switches = append(p.Switches, s)
		} else if !svc.Removed {
			p.Others = append(p.Others, s)
		}
	}
}

// lastOf is the latest event that changed a service's state.
func (p *agentPage) lastOf(service string) *Moment {
	for _, e := range p.Agent.Events {
		if e.Service == service && strings.HasPrefix(e.Kind, "activation.") {
			m := p.Moment("", e)
			return &m
		}
	}
	return nil
}

// against is what stands against the use of a service that is switched on, asked where the agent is at home: what a
// switch alone would not show.
func (p *agentPage) against(s serviceSwitch) []switchboard.DecisionReason {
	if !s.On() || !p.Now() {
		return nil
	}
	q := switchboard.DecisionRequest{Agent: p.Agent.UserCode, Service: s.Service.Code, Place: p.Agent.LatLong}
	if s.Activation.LatLong != "" {
		q.Place = s.Activation.LatLong
	}
	if len(p.Agent.Devices) > 0 {
		q.Device = p.Agent.Devices[0]
	}
	d, _ := p.api.Decide(p.r.Context(), q) // a switch without its reasons is better than no page
	return d.Reasons
}

// joinWords writes words with spaces between them, as a field's options are.
func joinWords(words []string) string { return strings.Join(words, " ") }
