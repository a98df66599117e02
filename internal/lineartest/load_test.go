package lineartest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// How many of each kind call at the same time.
const (
	switchers = 3 // activate and deactivate
	blockers  = 3 // place and lift
	deciders  = 5
)

// mostOpen is how many blocks are open at once before no more are placed: with more, nothing is ever allowed.
const mostOpen = 2

// desk is what those who place and lift blocks know of them.
type desk struct {
	mu     sync.Mutex
	open   map[string]where // as far as is known
	placed int
}

// life is a node from a start to a kill, with those who call it.
type life struct {
	w      *world
	s      *apptest.Process
	ctx    context.Context
	client *switchboard.Client
	sw     *switchboard.Switch
	op     *switchboard.Operator
}

// caller makes one call after the other. It tells each step.
type caller struct {
	*life  // the one that is called
	lives  []*life
	number int
	rng    *rand.Rand
	steps  []step
}

// run calls until the server is gone. The error is of an answer that was wrong, or of a connection that
// broke while the server was not being killed.
func (c *caller) run(next func(*caller, *step) error) error {
	for {
		c.life = c.lives[c.rng.IntN(len(c.lives))]
		x := step{client: c.number, call: c.w.now()}
		err := next(c, &x)
		x.ret = c.w.now()
		if err == nil {
			c.steps = append(c.steps, x)
			continue
		}
		if !c.s.Killed() || errors.Is(err, errWrong) || isAnswer(err) {
			return fmt.Errorf("%s: %w", x.text(), err)
		}
		if x.unknown = true; x.what != decide {
			c.steps = append(c.steps, x)
		}
		return nil
	}
}

var errWrong = errors.New("wrong answer")

// isAnswer says that an error was answered, so that the server was there.
func isAnswer(err error) bool {
	var e *switchboard.Error
	var a *switchboard.APIError
	var f *switchboard.OperatorFault
	return errors.As(err, &e) || errors.As(err, &a) || errors.As(err, &f)
}

// switches activates or deactivates.
func switches(c *caller, x *step) (err error) {
	x.where = c.w.cells[c.rng.IntN(len(c.w.cells))]
	if c.rng.IntN(3) > 0 { // so that something is allowed now and then
		x.what = activate
		_, err = c.client.ActivateService(c.ctx, x.agent, x.service, switchboard.ActivateOptions{})
		return err
	}
	x.what = deactivate
	_, err = c.client.DeactivateService(c.ctx, x.agent, x.service, "")
	return err
}

// blocks places or lifts a block.
func blocks(c *caller, x *step) (err error) {
	d := &c.w.desk
	d.mu.Lock()
	ids := make([]string, 0, len(d.open))
	for id := range d.open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) >= mostOpen || len(ids) > 0 && c.rng.IntN(2) == 0 {
		x.what, x.block = lift, ids[c.rng.IntN(len(ids))]
		x.where = d.open[x.block]
	} else {
		d.placed++
		x.what, x.tag = place, fmt.Sprintf("linear-%d", d.placed)
	}
	d.mu.Unlock()
	if x.what == lift {
		return c.lift(x)
	}
	return c.place(x)
}

func (c *caller) place(x *step) error {
	n := switchboard.NewBlock{Owner: []string{"operator", "compliance", "fraud"}[c.rng.IntN(3)], Reason: x.tag}
	cell := c.w.cells[c.rng.IntN(len(c.w.cells))]
	switch c.rng.IntN(4) {
	case 0:
		n.Agent, x.agent = cell.agent, cell.agent
	case 1:
		n.Agent, n.Service, x.where = cell.agent, cell.service, cell
	case 2:
		n.Service, x.service = cell.service, cell.service
	default:
		n.Partner = sandbox.PartnerID // all cells are this partner's
	}
	b, err := c.op.PlaceBlock(c.ctx, n)
	if err == nil {
		x.block = b.ID
		c.w.opened(b.ID, x.where)
	}
	return err
}

func (c *caller) lift(x *step) error {
	l, err := c.op.LiftBlock(c.ctx, x.block, switchboard.BlockLift{Reason: "test"})
	if err == nil {
		x.changed = l.Changed
		c.w.desk.mu.Lock()
		delete(c.w.desk.open, x.block)
		c.w.desk.mu.Unlock()
	}
	return err
}

// decides asks for a decision, alone or among others.
func decides(c *caller, x *step) error {
	time.Sleep(time.Duration(c.rng.Int64N(int64(time.Millisecond)))) // leaves some of the machine to the others
	x.what, x.where, x.call = decide, c.w.cells[c.rng.IntN(len(c.w.cells))], c.w.now()
	q := switchboard.DecisionRequest{Agent: x.agent, Service: x.service}
	if c.rng.IntN(4) > 0 {
		d, err := c.sw.Decide(c.ctx, q)
		if err == nil {
			x.answer, err = read(d)
		}
		return err
	}
	other := c.w.cells[c.rng.IntN(len(c.w.cells))]
	list, err := c.sw.DecideBatch(c.ctx, []switchboard.DecisionRequest{{Agent: other.agent, Service: other.service}, q})
	if err == nil {
		x.answer, err = read(list[1])
	}
	return err
}

// read takes out of a decision what it was decided on.
func read(d switchboard.Decision) (s state, err error) {
	s.active = true
	for _, r := range d.Reasons {
		switch {
		case r.Code == "not_activated" || r.Code == "deactivated":
			s.active = false
		case strings.HasPrefix(r.Code, "blocked_") && r.Block != "":
			s = s.with(r.Block)
		default:
			return s, fmt.Errorf("%w: reason %+v", errWrong, r)
		}
	}
	if d.Allowed != (len(d.Reasons) == 0) {
		return s, fmt.Errorf("%w: allowed is %v with %d reasons", errWrong, d.Allowed, len(d.Reasons))
	}
	return s, nil
}
