package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// Replay plays the events of an agent's chain again, oldest first, and gives the agent as it was at a
// time: without its profile, which events do not hold, and without the personal texts that were not
// revealed. It stops at the first event that was caused later: what was true then is always what some
// change had made of it. ok is false when the agent was not there yet.
func Replay(events []event.Event, at time.Time) (r Record, ok bool) {
	for i := range events {
		if events[i].Cause.At.After(at) {
			break
		}
		r.play(&events[i])
	}
	r.sort()
	return r, r.Agent.UserCode != ""
}

// played is an event with its particulars, the personal ones among them.
type played struct {
	*event.Event
	data map[string]string
}

func (p played) date(name string) time.Time { return event.ParseDate(p.data[name]) }

// play makes of the record what the event says.
func (r *Record) play(e *event.Event) {
	p := played{e, map[string]string{}}
	_ = json.Unmarshal([]byte(e.Data), &p.data)    // what is no JSON has no particulars,
	_ = json.Unmarshal([]byte(e.Private), &p.data) // and none are revealed but those
	switch {
	case strings.HasPrefix(string(e.Kind), "activation."):
		r.playActivation(p)
	case strings.HasPrefix(string(e.Kind), "block."):
		r.playBlock(p)
		r.Agent.Head = e.Head()
	default:
		r.playAgent(p)
		r.Agent.Head = e.Head()
	}
}

func (r *Record) playAgent(p played) {
	a := &r.Agent
	if p.Kind == event.AgentOnboarded {
		*a = Agent{UserCode: p.Subject.ID, PartnerID: p.data["partner"], CreatedAt: p.Cause.At}
		return
	}
	a.UpdatedAt = p.Cause.At
	switch p.Kind {
	case event.AgentStatus:
		a.Standing, _ = ParseStanding(p.data["to"])
		a.StandSince = p.Cause.At
	case event.AgentPlaced:
		a.LatLong = p.data["latlong"]
	case event.AgentDevices:
		a.Devices = Devices(p.data["devices"])
	case event.AgentErased:
		a.ErasedAt = p.Cause.At
		r.forget()
	}
}

// forget takes the personal texts out, as erasing the agent did.
func (r *Record) forget() {
	r.Agent.LatLong, r.Agent.Devices = "", ""
	for i := range r.Activations {
		r.Activations[i].Comment, r.Activations[i].LatLong = "", ""
	}
	for i := range r.Blocks {
		r.Blocks[i].Reason = ""
	}
}

func (r *Record) playActivation(p played) {
	a := r.made(p.Service)
	was := *a
	a.State, _ = ParseState(p.data["to"])
	a.WaitingSince = was.waitsSince(a.State, p.Cause.At)
	a.Dates = Dates{p.date("effective_from"), p.date("effective_until"), p.date("verify_by")}
	a.Head = p.Head()
	if was.State == Absent {
		a.CreatedAt = p.Cause.At
	} else {
		a.UpdatedAt = p.Cause.At
	}
	switch p.Kind {
	case event.ActivationRescheduled:
		a.EndorsedBy = ""
		return
	case event.ActivationEndorsed:
		a.EndorsedBy = p.Cause.Actor
		return
	case event.ServiceActivated, event.ServiceRequested, event.ActivationRestored:
		a.RequestedBy = requester(a.State, p.Cause)
	case event.ServiceDeactivated, event.ServiceRejected:
		a.RequestedBy = ""
	}
	a.EndorsedBy, a.Comment = "", p.data["comment"]
	if l := p.data["latlong"]; l != "" {
		a.LatLong = l
	}
}

// made finds the activation of a service, adding it when there is none.
func (r *Record) made(serviceCode string) *Activation {
	i := r.ActivationIndex(serviceCode)
	if i < 0 {
		i = len(r.Activations)
		r.Activations = append(r.Activations, r.Activation(serviceCode))
	}
	return &r.Activations[i]
}

func (r *Record) playBlock(p played) {
	id := p.data["block"]
	i := slices.IndexFunc(r.Blocks, func(b block.Block) bool { return b.ID == id })
	switch {
	case p.Kind == event.BlockPlaced:
		owner, _ := block.ParseOwner(p.data["owner"])
		r.Blocks = append(r.Blocks, block.Block{ID: id, Target: block.Target{Agent: p.Subject.ID, Service: p.Service}, Owner: owner,
			Rule: block.Rule(p.data["rule"]), Reason: p.data["reason"], From: p.date("from"), Until: p.date("until"),
			PlacedAt: p.Cause.At, PlacedBy: p.Cause.Actor})
	case i < 0: // lifted twice, or never placed: there is nothing to do
	case p.Kind == event.BlockLiftAsked:
		r.Blocks[i].LiftAskedBy, r.Blocks[i].LiftAskedAt = p.Cause.Actor, p.Cause.At
	default:
		r.Blocks = slices.Delete(r.Blocks, i, i+1)
	}
}

// sort brings activations and blocks into the order of a Record.
func (r *Record) sort() {
	slices.SortFunc(r.Activations, func(a, b Activation) int { return strings.Compare(a.ServiceCode, b.ServiceCode) })
	slices.SortFunc(r.Blocks, func(a, b block.Block) int { return strings.Compare(a.ID, b.ID) })
}

// Differences says in words where a record is not what its history, played again, has made of it. The
// profile is left out, which is in no event; and since when an activation waits, which rows have kept for less long than
// there are events.
func (r *Record) Differences(is *Record) (list []string) {
	was, now := r.Agent, is.Agent
	now.Profile = Profile{}
	if was != now {
		list = append(list, fmt.Sprintf("the agent is %s, and its row says %s, or another place or time", was.Standing, now.Standing))
	}
	if n := len(is.Activations); n != len(r.Activations) {
		list = append(list, fmt.Sprintf("it has %d activations, and %d rows stand for them", len(r.Activations), n))
	} else {
		for i, a := range r.Activations {
			b := is.Activations[i]
			if a.WaitingSince = b.WaitingSince; a != b {
				list = append(list, fmt.Sprintf("service %s is %s, and its row says %s, or other particulars of it", a.ServiceCode, a.State, b.State))
			}
		}
	}
	if !slices.Equal(r.Blocks, is.Blocks) {
		list = append(list, fmt.Sprintf("it has %d blocks, and %d rows stand for them, or other particulars of them", len(r.Blocks), len(is.Blocks)))
	}
	return list
}
