package registry

import (
	"context"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Step is how far a change came that may take two people.
type Step uint8

// The steps.
const (
	SoAlready Step = iota // there was nothing to change
	Asked                 // the first of two people has asked for it: nothing has changed yet
	Done
)

// PlaceBlock places a block, from Target, Owner, Reason, From and Until of b. A partner places its own blocks
// on its own agents and on their services, an operator those that the roles may own. A block on a service that
// the agent does not have stands against its activation as well. The very same block, placed by the same caller, is
// not placed twice: the one that stands is given.
//
// Faults: Invalid, Forbidden, UnknownAgent, UnknownService, NotFound (the partner), Conflict (the agent's data
// was erased), Unauthenticated.
func (r *Registry) PlaceBlock(ctx context.Context, by Caller, b block.Block) (placed block.Block, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		placed, err = placeBlock(tx, by, b)
		return err
	})
	return placed, err
}

func placeBlock(tx store.Tx, by Caller, b block.Block) (block.Block, error) {
	var bad fault.Fields
	if b.Check(by.Cause.At, agent.ValidText, &bad); len(bad) > 0 {
		return b, bad.Err()
	}
	dir, err := mayStill(tx, by)
	if err != nil {
		return b, err
	}
	if err := by.mayPlace(&b); err != nil {
		return b, err
	}
	t, err := findTarget(tx, dir, by, b.Target)
	if err != nil {
		return b, err
	}
	if same, err := placedAlready(tx, b, by.Cause); err != nil || same.ID != "" {
		return same, err
	}
	return t.place(tx, b, by.Cause)
}

// lookedBack is how many of the youngest open blocks somewhere are looked at for one that is asked for again.
const lookedBack = 100

// placedAlready finds an open block that is in nothing different from the one asked for, by the same caller. One that
// asks twice, because an answer was lost or a button pressed again, wants one block.
func placedAlready(tx store.Tx, b block.Block, c event.Cause) (block.Block, error) {
	list, err := tx.Blocks(store.BlockFilter{Open: true, Agent: b.Agent, Service: b.Service, Partner: b.Partner, Owner: &b.Owner, Limit: lookedBack})
	if err != nil {
		return block.Block{}, err
	}
	for _, x := range list {
		if x.Target == b.Target && x.PlacedBy == c.Actor && x.Rule == b.Rule && x.Reason == b.Reason && x.LiftAskedBy == "" &&
			x.From.Equal(store.Cut(b.From)) && x.Until.Equal(store.Cut(b.Until)) {
			return x, nil
		}
	}
	return block.Block{}, nil
}

// mayPlace says whether the caller may place blocks of this owner there at all.
func (by Caller) mayPlace(b *block.Block) error {
	switch kind := b.Kind(); {
	case by.PartnerID != "" && b.Owner != block.Partner:
		return fault.New(fault.Forbidden, "A partner places its own blocks alone: owner must be partner.")
	case by.PartnerID != "" && kind != block.OnAgent && kind != block.OnActivation:
		return fault.New(fault.Forbidden, "A partner blocks its own agents and their services; a whole service or a partner is the operator's to block.")
	case by.PartnerID != "":
		return nil
	case b.Owner == block.System:
		return fault.New(fault.Forbidden, "The system places its blocks by itself; place one of your own.")
	case !by.Roles.MayOwn(b.Owner):
		return fault.New(fault.Forbidden, "Your roles (%s) do not permit to place blocks of %s.", by.Roles, b.Owner)
	}
	return nil
}

// target is what a block stands on, with the row whose chain records it.
type target struct {
	dir  *store.Directory
	rec  *agent.Record // of an agent or an activation
	what block.Target
}

// findTarget finds what a block is to stand on, or stands on.
func findTarget(tx store.Tx, dir *store.Directory, by Caller, what block.Target) (t target, err error) {
	t = target{dir: dir, what: what}
	if what.Agent != "" {
		if t.rec, err = own(tx.Agent, by.PartnerID, what.Agent); err != nil {
			return t, err
		}
	}
	if what.Service != "" {
		if _, err := dir.FindService(what.Service); err != nil {
			return t, err
		}
	}
	if what.Partner != "" {
		if _, err := dir.FindPartner(what.Partner); err != nil {
			return t, err
		}
	}
	return t, nil
}

// place saves a new block with its event.
func (t target) place(tx store.Tx, b block.Block, c event.Cause) (block.Block, error) {
	if t.rec != nil && !t.rec.Agent.ErasedAt.IsZero() {
		return b, fault.New(fault.Conflict, "The personal data of agent %s was erased: nothing about the agent can be changed any more.", b.Agent)
	}
	b = block.Block{ID: newBlockID(c), Target: b.Target, Owner: b.Owner, Rule: b.Rule, Reason: b.Reason,
		From: store.Cut(b.From), Until: store.Cut(b.Until), PlacedAt: c.At, PlacedBy: c.Actor}
	return b, t.save(tx, b, b.Place(c))
}

// newBlockID gives ids that are ordered by time.
func newBlockID(c event.Cause) string { return xid.NewWithTime(c.At).String() }

// save writes a block, and its event into the chain of what it stands on.
func (t target) save(tx store.Tx, b block.Block, e *event.Event) (err error) {
	switch b.Kind() {
	case block.OnService:
		svc, _ := t.dir.Service(b.Service)
		err = saveService(tx, svc, e)
	case block.OnPartner:
		p, _ := t.dir.Partner(b.Partner)
		if p.Head, err = record(tx, p.Head, e); err == nil {
			err = tx.SavePartner(p)
		}
	default:
		err = saveAgent(tx, t.rec, t.rec.Agent, e)
	}
	if err != nil {
		return err
	}
	return tx.SaveBlock(b)
}

// LiftBlock lifts a block, or cancels one that has not begun. Its owner does so, or an administrator, who
// must say why. Where a service demands two people, the first one's call asks for it and the second one's
// lifts. A partner lifts its own blocks alone: the two people are the operator's.
//
// Faults: NotFound, Forbidden, Invalid, Conflict, Unauthenticated.
func (r *Registry) LiftBlock(ctx context.Context, by Caller, id, reason string) (b block.Block, step Step, err error) {
	return r.LiftBlockFrom(ctx, by, id, nil, reason)
}

// LiftBlockFrom is LiftBlock for who saw who had asked for it, "" for nobody; nil for who did not look. Conflict when it is
// another by now: whoever meant to ask as the first must not lift as the second.
func (r *Registry) LiftBlockFrom(ctx context.Context, by Caller, id string, seen *string, reason string) (b block.Block, step Step, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		b, step, err = liftBlock(tx, by, id, seen, reason)
		return err
	})
	return b, step, err
}

func liftBlock(tx store.Tx, by Caller, id string, seen *string, reason string) (b block.Block, step Step, err error) {
	dir, err := mayStill(tx, by)
	if err != nil {
		return b, SoAlready, err
	}
	b, t, err := ownBlock(tx, dir, by, id)
	if err != nil {
		return b, SoAlready, err
	}
	if err := by.mayLift(&b, reason); err != nil {
		return b, SoAlready, err
	}
	if seen != nil && b.Open() && *seen != b.LiftAskedBy {
		return b, SoAlready, errUnseen()
	}
	return t.lift(tx, b, by.PartnerID == "" && t.takesTwo(), reason, by.Cause)
}

// lift lifts a block, or notes that the first of two people wants it.
func (t target) lift(tx store.Tx, b block.Block, two bool, reason string, c event.Cause) (block.Block, Step, error) {
	now, e, err := b.Lift(two, reason, c)
	if err != nil || e == nil {
		return b, SoAlready, err
	}
	if err := t.save(tx, now, e); err != nil {
		return b, SoAlready, err
	}
	if now.Open() {
		return now, Asked, nil
	}
	return now, Done, nil
}

// mayLift says whether the caller may lift a block of this owner, and whether the reason suffices.
func (by Caller) mayLift(b *block.Block, reason string) error {
	var bad fault.Fields
	switch {
	case !agent.ValidText(reason):
		bad.Add("reason", "must be plain text of at most 200 bytes")
		return bad.Err()
	case by.PartnerID != "" && b.Owner == block.Partner, by.PartnerID == "" && by.Roles.Owns(b.Owner):
		return nil
	case by.PartnerID != "":
		return fault.New(fault.Forbidden, "The block is not the partner's: %s lifts it, or an administrator of the operator's.", b.Owner)
	case !by.Roles.Has(access.Administrator) && b.Owner == block.System && by.Roles.Has(access.Reviewer):
		return fault.New(fault.Forbidden, "A block of the system ends when the activation is verified anew: renew it with `switchboard activation renew %s %s`.", b.Agent, b.Service)
	case !by.Roles.Has(access.Administrator):
		return fault.New(fault.Forbidden, "The block is one of %s: its owner lifts it, or an administrator with a reason. Your roles are %s.", b.Owner, by.Roles)
	case reason == "":
		bad.Add("reason", "is required: the block is one of %s, so that an administrator says why it is lifted", b.Owner)
		return bad.Err()
	}
	return nil
}

// takesTwo says whether lifting a block from there takes two people: a service that demands it counts for its
// own blocks, for those of every agent that ever had it, and for those of every partner. (An agent that has it
// no longer counts as well, or switching the service off first would be a way around.)
func (t target) takesTwo() bool {
	demands := func(code string) bool {
		svc, _ := t.dir.Service(code)
		return svc.Confirm&agent.ConfirmLifting != 0
	}
	switch t.what.Kind() {
	case block.OnService, block.OnActivation:
		return demands(t.what.Service)
	case block.OnAgent:
		for i := range t.rec.Activations {
			if demands(t.rec.Activations[i].ServiceCode) {
				return true
			}
		}
		return false
	}
	for i := range t.dir.Services {
		if demands(t.dir.Services[i].Code) {
			return true
		}
	}
	return false
}

// ownBlock finds a block that the caller may see, with what it stands on. A partner sees those on its own
// agents; which others there are it can not tell.
func ownBlock(tx store.Tx, dir *store.Directory, by Caller, id string) (b block.Block, t target, err error) {
	if b, err = tx.Block(id); err != nil {
		return b, t, err
	}
	t, err = findTarget(tx, dir, by, b.Target)
	if fault.Is(err, fault.UnknownAgent) || by.PartnerID != "" && b.Agent == "" {
		return block.Block{}, t, fault.New(fault.NotFound, "There is no block %.40q.", id)
	}
	return b, t, err
}

// Block gives a block, open or not. NotFound when there is none that the caller may see.
func (r *Registry) Block(ctx context.Context, by Caller, id string) (b block.Block, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err == nil {
			b, _, err = ownBlock(tx, dir, by, id)
		}
		return err
	})
	return b, err
}

// Blocks lists blocks, the youngest first; see store.BlockFilter. A partner must name an agent of its own.
func (r *Registry) Blocks(ctx context.Context, by Caller, f store.BlockFilter) (list []block.Block, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		if by.PartnerID != "" {
			if _, err := own(tx.Agent, by.PartnerID, f.Agent); err != nil {
				return err
			}
		}
		list, err = tx.Blocks(f)
		return err
	})
	return list, err
}
