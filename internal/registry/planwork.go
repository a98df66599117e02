package registry

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/plan"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// How the planner works.
const (
	planBatch = 100              // items a transaction: few enough that nobody waits long behind it
	planBeats = 10               // how many times a second a plan with a pace is worked at
	planIdle  = 5 * time.Second  // how often it looks for work that nobody told it of
	planRetry = 10 * time.Second // how long a plan rests when the store failed it
	maxAtWork = 1000             // plans
)

// Planner applies confirmed plans, and undoes those that are to be undone, each at its own pace. All it has to
// remember is in the store, so that it goes on after a restart where it was. One planner may run at a time.
type Planner struct {
	r   *Registry
	due map[string]time.Time // when a plan may go on
}

// NewPlanner makes a planner.
func (r *Registry) NewPlanner() *Planner { return &Planner{r: r, due: map[string]time.Time{}} }

// PlanWork gives a sign when there may be something to do sooner than a planner's Step said.
func (r *Registry) PlanWork() <-chan struct{} { return r.store.Stirred(Planning) }

// systemPlans is the actor of what the planner does to plans by itself.
const systemPlans = "system:plans"

// planner is who does so.
func planner(at time.Time) Caller { return Caller{Cause: event.Cause{Actor: systemPlans, At: at}} }

// halfMadeAfter is how long a plan may wait for its items, where other processes may be making some.
const halfMadeAfter = 10 * time.Minute

// DiscardHalfMade discards plans whose making was cut off when a process died. A process that is alone asks for it before
// it makes any.
func (r *Registry) DiscardHalfMade(ctx context.Context) error {
	making := plan.Making
	list, err := r.Plans(ctx, store.PlanFilter{State: &making, Limit: maxAtWork})
	for _, p := range list {
		if !r.alone && !r.forsaken(ctx, p) {
			continue
		}
		_, e := r.commandPlan(ctx, planner(r.Now()), p.ID, plan.Discard, "its making was cut off")
		err = errors.Join(err, e)
	}
	return err
}

// forsaken says whether nobody makes a plan any more. Its claim is left to end by itself.
func (r *Registry) forsaken(ctx context.Context, p plan.Plan) bool {
	_, mine := r.making.Load(p.ID)
	return !mine && r.Now().Sub(p.MadeAt) >= halfMadeAfter && r.claim(ctx, makingOf(p.ID))
}

// Step works a batch at every plan that is due, and says after how long the next one is. An error of one
// plan does not keep the others from their turn.
func (p *Planner) Step(ctx context.Context) (wait time.Duration, err error) {
	list, err := p.r.Plans(ctx, store.PlanFilter{AtWork: true, Limit: maxAtWork})
	if err != nil {
		return planRetry, err
	}
	slices.Reverse(list) // the oldest first
	now, next := p.r.Clock(), p.r.Clock().Add(planIdle)
	due := make(map[string]time.Time, len(list))
	for _, x := range list {
		due[x.ID] = p.due[x.ID]
		if !due[x.ID].After(now) {
			rest, failed := p.r.workPlan(ctx, x.ID)
			due[x.ID], err = now.Add(rest), errors.Join(err, failed)
		}
		if due[x.ID].Before(next) {
			next = due[x.ID]
		}
	}
	p.due = due
	return max(next.Sub(now), 0), err
}

// workPlan gives the next items of a plan their turn, in one transaction. It says how long the plan rests.
func (r *Registry) workPlan(ctx context.Context, id string) (rest time.Duration, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
		rest = 0
		p, err := tx.Plan(id)
		if err != nil || !p.State.AtWork() {
			return err
		}
		w := planTurn{tx: tx, plan: &p, cause: p.Worker(r.Now())}
		n := planBatch
		if p.Pace > 0 {
			n = min(max(p.Pace/planBeats, 1), planBatch)
		}
		worked, err := w.batch(n)
		if p.Pace > 0 {
			rest = time.Duration(worked) * time.Second / time.Duration(p.Pace)
		}
		return err
	})
	if err != nil {
		rest = planRetry
	}
	return rest, err
}

// planTurn is one batch of a plan inside its transaction.
type planTurn struct {
	tx    store.Tx
	plan  *plan.Plan
	cause event.Cause
}

// batch gives up to n items their turn and says how many it were. When none are left the plan is finished;
// when too many have failed it is stopped.
func (w planTurn) batch(n int) (worked int, err error) {
	p := w.plan
	if *p, _, err = p.Do(plan.Begin, "", w.cause); err != nil {
		return 0, err
	}
	turn, wanted := w.apply, plan.Ready
	if p.State == plan.Undoing {
		turn, wanted = w.undo, plan.Done
	}
	items, err := w.tx.PlanItems(store.PlanItemFilter{Plan: p.ID, State: &wanted, After: p.Cursor, Limit: n})
	if err != nil {
		return 0, err
	}
	for i := range items {
		if err := turn(&items[i]); err != nil {
			return 0, err
		}
		p.Cursor, worked = items[i].N, worked+1
		if p.State == plan.Applying && p.Counts.Failed >= p.StopAt {
			return worked, w.end(items[:worked], plan.Stop, "too many items failed")
		}
	}
	if worked < n {
		return worked, w.end(items, plan.Finish, "")
	}
	return worked, w.end(items, "", "")
}

// end saves the items that had their turn, and the plan after a last command, if there is one.
func (w planTurn) end(items []plan.Item, cmd plan.Command, why string) (err error) {
	if err := w.tx.SavePlanItems(items); err != nil {
		return err
	}
	var e *event.Event
	if cmd != "" {
		c := event.Cause{Actor: systemPlans, RequestID: w.plan.ID, At: w.cause.At}
		if *w.plan, e, err = w.plan.Do(cmd, why, c); err != nil {
			return err
		}
	}
	return savePlan(w.tx, w.plan, e)
}

// apply gives an item its turn. Whatever stands against the item is its own matter and no error; what is
// wrong with the store is.
func (w planTurn) apply(it *plan.Item) error {
	if w.plan.Action == plan.Block {
		b, err := placeBlock(w.tx, w.caller(), w.plan.BlockOn(*it, w.cause.At))
		it.Block = b.ID
		return w.settle(it, err, plan.Done, plan.Failed)
	}
	rec, err := w.tx.AgentState(it.UserCode)
	if err != nil {
		return w.settle(it, err, plan.Done, plan.Failed)
	}
	dir, err := w.tx.Directory()
	if err != nil {
		return err
	}
	svc, _ := dir.Service(it.ServiceCode) // a service is removed from the catalogue and not from the directory
	was := rec.Activation(it.ServiceCode)
	if was.Head.Version != it.Was.Version {
		w.plan.Move(it, plan.Skipped, "It was changed after the plan was made, and is "+was.State.String()+" now.")
		return nil
	}
	now, e, err := w.plan.Apply(rec, svc, w.cause)
	if err != nil {
		return w.settle(it, err, plan.Done, plan.Failed)
	}
	return w.save(it, rec, now, e, plan.Done)
}

// undo takes back what was done for an item.
func (w planTurn) undo(it *plan.Item) error {
	if it.Block != "" {
		return w.undoBlock(it)
	}
	rec, err := w.tx.AgentState(it.UserCode)
	if err != nil {
		return w.settle(it, err, plan.TakenBack, plan.Kept)
	}
	dir, err := w.tx.Directory()
	if err != nil {
		return err
	}
	svc, _ := dir.Service(it.ServiceCode)
	now, e, err := it.Restore(rec, svc, w.cause)
	if err != nil {
		return w.settle(it, err, plan.TakenBack, plan.Kept)
	}
	return w.save(it, rec, now, e, plan.TakenBack)
}

// save writes the activation that an item's turn has led to, unless that is nothing new.
func (w planTurn) save(it *plan.Item, rec *agent.Record, now agent.Activation, e *event.Event, done plan.ItemState) (err error) {
	if e != nil {
		if now, err = saveActivation(w.tx, rec, now, e); err != nil {
			return err
		}
	}
	it.After = now.Head.Version
	w.plan.Move(it, done, "")
	return nil
}

// undoBlock lifts the block that was placed for an item. Where lifting takes two people, this is the first
// one's request.
func (w planTurn) undoBlock(it *plan.Item) error {
	_, step, err := liftBlock(w.tx, w.caller(), it.Block, nil, "The plan was undone: "+w.plan.ID)
	switch {
	case err == nil && step == Asked:
		w.plan.Move(it, plan.Kept, "Lifting takes two people: the block waits for the second one.")
		return nil
	case err == nil && step == SoAlready:
		w.plan.Move(it, plan.Kept, "The block was lifted before.")
		return nil
	}
	return w.settle(it, err, plan.TakenBack, plan.Kept)
}

// caller is who places and lifts the plan's blocks: whoever confirmed it was an administrator, and whoever
// made it may own them.
func (w planTurn) caller() Caller { return Caller{Roles: access.Administrator, Cause: w.cause} }

// settle moves an item to where its turn has led. A fault of ours is passed on: the batch is tried again.
func (w planTurn) settle(it *plan.Item, err error, done, not plan.ItemState) error {
	switch code := fault.CodeOf(err); code {
	case "":
		w.plan.Move(it, done, "")
	case fault.Internal, fault.Unavailable:
		return err
	default:
		w.plan.Move(it, not, fault.As(err).Message)
	}
	return nil
}
