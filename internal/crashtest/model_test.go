package crashtest

import (
	"context"
	"errors"
	"slices"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// service is one of the starting catalogue that the load switches on and off.
type service struct {
	code   string
	review agent.Review
}

const bbps = "53" // has a call of its own, whose repetition tells whether it was remembered

func services() []service {
	return []service{{"45", agent.ReviewNone}, {"4", agent.ReviewNone}, {bbps, agent.ReviewNone}, {"1", agent.ReviewBefore}, {"43", agent.ReviewAfter}}
}

// known is what the answers say of one agent.
type known struct {
	code    string
	states  map[string]agent.State // by service; those never asked for are missing
	changes []change               // answered since the chain was last checked, oldest first
	head    event.Head             // the end of the chain when it was last checked
	named   []answered             // the latest calls that had a client_ref_id
}

func (k *known) state(service string) agent.State {
	if s, ok := k.states[service]; ok {
		return s
	}
	return agent.Absent
}

// change is an event that an answered call must have left.
type change struct {
	kind      event.Kind
	service   string
	reference string
}

// answered is a call with the body it was answered.
type answered struct {
	call
	body []byte
}

// call is a request that changes something.
type call struct {
	agent     *known // nil to onboard one until its answer came or its event was found
	service   service
	kind      agent.CommandKind
	was, to   agent.State
	mobile    string // to onboard
	reference string // client_ref_id, "" for none
	sent      int    // how often
	found     bool   // its event was found in the database before its answer came
}

func (c *call) onboards() bool { return c.mobile != "" }

// event is what the call must leave; ok is false when there is nothing to change.
func (c *call) event() (e change, ok bool) {
	switch {
	case c.onboards():
		return change{kind: event.AgentOnboarded}, true
	case c.was == c.to:
		return e, false
	case c.kind == agent.Deactivate:
		return change{event.ServiceDeactivated, c.service.code, c.reference}, true
	case c.to == agent.PendingReview:
		return change{event.ServiceRequested, c.service.code, c.reference}, true
	}
	return change{event.ServiceActivated, c.service.code, c.reference}, true
}

// send sends the call. It gives the answer's error: nil, or a *switchboard.Error, or that of a
// connection that broke.
func (c *call) send(ctx context.Context, client *switchboard.Client) (userCode string, err error) {
	c.sent++
	switch {
	case c.onboards():
		o, err := client.OnboardAgent(ctx, profile(c.mobile), c.reference)
		return o.UserCode, err
	case c.kind == agent.Deactivate:
		_, err = client.DeactivateService(ctx, c.agent.code, c.service.code, c.reference)
	case c.service.code == bbps:
		_, err = client.ActivateBBPS(ctx, c.agent.code, "28.6139,77.2090", c.reference)
	default:
		_, err = client.ActivateService(ctx, c.agent.code, c.service.code, switchboard.ActivateOptions{Reference: c.reference})
	}
	return "", err
}

func profile(mobile string) switchboard.Profile {
	return switchboard.Profile{PAN: "ABCDE1234F", Mobile: mobile, FirstName: "Ravi", LastName: "Kumar", Email: "ravi@example.com",
		DOB: "1990-01-31", ShopName: "Kumar Stores", Address: switchboard.Address{Line: "1 Main Road", City: "Pune"}}
}

// existed reports whether err says that the call was done before, and may say so: BBPS says it of
// an active service; a call that was sent again without a name meets its own first try.
func (c *call) existed(err error) (userCode string, ok bool) {
	var e *switchboard.Error
	if !errors.As(err, &e) || e.ResponseStatusID != switchboard.StatusExists {
		return "", false
	}
	again := c.sent > 1 && c.reference == ""
	if c.onboards() {
		return e.UserCode, again
	}
	return "", c.service.code == bbps && c.kind == agent.Activate && (again || c.was == c.to)
}

// keptNamed is how many named calls of an agent are kept to be repeated.
const keptNamed = 6

// settle takes an answered call into what is known of its agent.
func (c *call) settle(body []byte) {
	if e, ok := c.event(); ok && !c.found {
		c.agent.changes = append(c.agent.changes, e)
	}
	if !c.onboards() {
		c.agent.states[c.service.code] = c.to
	}
	if c.reference != "" {
		c.agent.named = append(c.agent.named, answered{*c, slices.Clone(body)})
		c.agent.named = c.agent.named[max(0, len(c.agent.named)-keptNamed):]
	}
}
