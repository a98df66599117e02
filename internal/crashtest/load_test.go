package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// owner changes agents that nobody else changes, one call after the other: so the state of each is
// known up to the one call that was in flight when the server died.
type owner struct {
	number int
	rng    *rand.Rand
	agents []*known
	flight *call // sent and not answered
	calls  int
}

// Agents an owner makes at first, and at most.
const (
	firstAgents = 12
	mostAgents  = 20
)

// run makes calls until the server is gone. The error is of an answer that was wrong, or of a
// connection that broke while the server was not being killed.
func (o *owner) run(ctx context.Context, s *apptest.Process, address string, transport http.RoundTripper) error {
	answers := &recorder{next: transport}
	client := switchboard.NewClient("http://"+address, switchboard.Credentials{
		DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey, InitiatorID: sandbox.InitiatorID,
	}, switchboard.WithHTTPClient(&http.Client{Transport: answers}))
	for {
		err := o.step(ctx, client, answers)
		var answer *switchboard.Error
		switch {
		case err == nil:
		case !errors.As(err, &answer) && !errors.Is(err, errWrong) && s.Killed():
			return nil
		default:
			return fmt.Errorf("owner %d: %w", o.number, err)
		}
	}
}

var errWrong = errors.New("wrong answer")

func (o *owner) step(ctx context.Context, client *switchboard.Client, answers *recorder) error {
	if o.flight == nil && o.rng.IntN(10) == 0 && len(o.agents) > 0 {
		return o.repeat(ctx, client, answers)
	}
	if o.flight == nil {
		o.flight = o.draw()
	}
	c := o.flight
	code, err := c.send(ctx, client)
	if existing, ok := c.existed(err); ok {
		code, err = existing, nil
	}
	if err != nil {
		return err
	}
	if c.onboards() {
		if c.agent == nil {
			c.agent = &known{states: map[string]agent.State{}, code: code}
			o.agents = append(o.agents, c.agent)
		}
		if c.agent.code != code {
			return fmt.Errorf("%w: agent %s is answered as %s", errWrong, c.agent.code, code)
		}
	}
	c.settle(answers.body)
	o.flight = nil
	return nil
}

// draw makes the next call.
func (o *owner) draw() *call {
	c := &call{kind: agent.CommandKind(o.rng.IntN(2))} // Activate or Deactivate
	o.calls++
	if o.rng.IntN(3) == 0 {
		c.reference = fmt.Sprintf("crash-%d-%d", o.number, o.calls)
	}
	if n := len(o.agents); n < firstAgents || n < mostAgents && o.rng.IntN(200) == 0 {
		c.mobile = fmt.Sprintf("6%02d%07d", o.number, o.calls)
		return c
	}
	c.agent = o.agents[o.rng.IntN(len(o.agents))]
	c.service = services()[o.rng.IntN(len(services()))]
	c.was = c.agent.state(c.service.code)
	c.to, _ = agent.Transition(c.was, c.kind, c.service.review)
	return c
}

// repeat sends a named call once more. While what it was answered holds, it gets the same bytes
// again; afterwards it is refused, and changes nothing, as the next check finds.
func (o *owner) repeat(ctx context.Context, client *switchboard.Client, answers *recorder) error {
	a := o.agents[o.rng.IntN(len(o.agents))]
	if len(a.named) == 0 {
		return nil
	}
	was := a.named[o.rng.IntN(len(a.named))]
	_, err := was.send(ctx, client)
	var e *switchboard.Error
	if err != nil && !errors.As(err, &e) {
		return err
	}
	holds := was.onboards() || was.to == a.state(was.service.code)
	if same := bytes.Equal(answers.body, was.body); same != holds || !holds && (e == nil || e.ResponseStatusID != switchboard.StatusFailed) {
		return fmt.Errorf("%w: client_ref_id %s was answered\n%s\nand, repeated while that holds is %t,\n%s", errWrong, was.reference, was.body, holds, answers.body)
	}
	return nil
}

// recorder keeps the body of the last answer that came whole.
type recorder struct {
	next http.RoundTripper
	body []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(r.body))
	return resp, nil
}
