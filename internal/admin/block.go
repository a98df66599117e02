package admin

import (
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) placeBlock(r request) (any, error) {
	in, err := decode[switchboard.NewBlock](r)
	if err != nil {
		return nil, err
	}
	owner, ok := block.ParseOwner(in.Owner)
	if !ok && in.Owner != "" {
		return nil, badField("owner", ownerProblem)
	}
	b, err := h.reg.PlaceBlock(r.Context(), r.caller(), block.Block{
		Target: block.Target{Agent: in.Agent, Service: in.Service, Partner: in.Partner},
		Owner:  owner, Reason: in.Reason, From: in.From, Until: in.Until,
	})
	if err != nil {
		return nil, err
	}
	return wireBlock(b, r.cause.At), nil
}

const ownerProblem = "must be operator, compliance, fraud, partner or system"

func (h *Handler) liftBlock(r request) (any, error) {
	in, err := decode[switchboard.BlockLift](r)
	if err != nil {
		return nil, err
	}
	b, step, err := h.reg.LiftBlockFrom(r.Context(), r.caller(), r.PathValue("block"), in.IfAskedBy, in.Reason)
	if err != nil {
		return nil, err
	}
	return switchboard.LiftedBlock{Changed: step == registry.Done, Asked: step == registry.Asked, Block: wireBlock(b, r.cause.At)}, nil
}

func (h *Handler) block(r request) (any, error) {
	b, err := h.reg.Block(r.Context(), r.caller(), r.PathValue("block"))
	if err != nil {
		return nil, err
	}
	return wireBlock(b, r.cause.At), nil
}

func (h *Handler) blocks(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	open, err := boolOf(r, "open")
	if err != nil {
		return nil, err
	}
	f := store.BlockFilter{Open: open, Agent: r.FormValue("agent"), Service: r.FormValue("service"), Partner: r.FormValue("partner"),
		Before: r.FormValue("after"), Limit: limit + 1}
	if text := r.FormValue("owner"); text != "" {
		owner, ok := block.ParseOwner(text)
		if !ok {
			return nil, badField("owner", ownerProblem)
		}
		f.Owner = &owner
	}
	list, err := h.reg.Blocks(r.Context(), r.caller(), f)
	if err != nil {
		return nil, err
	}
	wire := func(b block.Block) switchboard.Block { return wireBlock(b, r.cause.At) }
	return answer.Page(list, limit, wire, func(b block.Block) string { return b.ID }), nil
}

// wireBlock is a block as it stands at a time.
func wireBlock(b block.Block, at time.Time) switchboard.Block {
	return switchboard.Block{
		ID: b.ID, Agent: b.Agent, Service: b.Service, Partner: b.Partner, Owner: b.Owner.String(), Rule: string(b.Rule), Reason: b.Reason,
		State: string(b.StateAt(at)), From: b.From, Until: b.Until, PlacedAt: b.PlacedAt, PlacedBy: b.PlacedBy,
		LiftAskedAt: b.LiftAskedAt, LiftAskedBy: b.LiftAskedBy, LiftedAt: b.LiftedAt, LiftedBy: b.LiftedBy,
	}
}
