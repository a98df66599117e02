package partnerapi

import (
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// blocks lists what stands against the partner's agents.
func (h *Handler) blocks(r *request) (any, error) {
	if err := r.takes("agent", "service", "open", "before", "limit"); err != nil {
		return nil, err
	}
	open, err := r.flag("open")
	if err != nil {
		return nil, err
	}
	limit, err := r.limit()
	if err != nil {
		return nil, err
	}
	f := store.BlockFilter{Open: open, Agent: r.param("agent"), Service: r.param("service"), Before: r.param("before"), Limit: limit}
	if f.Agent != "" { // that another partner's agent is nobody is told, as everywhere
		if _, _, err := h.reg.Record(r.Context(), nil, r.partner.ID, f.Agent); err != nil {
			return nil, err
		}
	}
	list, next, err := h.reg.BlocksAgainst(r.Context(), r.partner.ID, f)
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Block]{Items: make([]switchboard.Block, 0, len(list)), Next: next}
	for _, b := range list {
		p.Items = append(p.Items, r.wireBlock(b))
	}
	return p, nil
}

// placeBlock places a block of the partner's own.
func (h *Handler) placeBlock(r *request) (any, error) {
	in, err := decode[switchboard.NewBlock](r)
	if err != nil {
		return nil, err
	}
	owner, ok := block.ParseOwner(in.Owner)
	switch {
	case in.Owner == "":
		owner = block.Partner
	case !ok:
		return nil, badField("owner", "must be partner, or left out")
	}
	b, err := h.reg.PlaceBlock(r.Context(), r.by, block.Block{
		Target: block.Target{Agent: in.Agent, Service: in.Service, Partner: in.Partner},
		Owner:  owner, Reason: in.Reason, From: in.From, Until: in.Until,
	})
	if err != nil {
		return nil, err
	}
	return r.wireBlock(b), nil
}

// liftBlock lifts a block of the partner's own.
func (h *Handler) liftBlock(r *request) (any, error) {
	in, err := decodeOptional[switchboard.BlockLift](r)
	if err != nil {
		return nil, err
	}
	b, step, err := h.reg.LiftBlockFrom(r.Context(), r.by, r.PathValue("block"), in.IfAskedBy, in.Reason)
	if err != nil {
		return nil, err
	}
	return switchboard.LiftedBlock{Changed: step == registry.Done, Block: r.wireBlock(b)}, nil
}

// wireBlock is a block as a partner sees it: of another owner's neither the words nor the people.
func (r *request) wireBlock(b block.Block) switchboard.Block {
	w := switchboard.Block{
		ID: b.ID, Agent: b.Agent, Service: b.Service, Partner: b.Partner, Owner: b.Owner.String(), Rule: string(b.Rule),
		State: string(b.StateAt(r.now)), From: b.From, Until: b.Until, PlacedAt: b.PlacedAt, LiftedAt: b.LiftedAt,
		PlacedBy: partnerActor(b.PlacedBy), LiftedBy: partnerActor(b.LiftedBy),
	}
	if b.Owner == block.Partner {
		w.Reason = b.Reason
	}
	return w
}

// partnerActor gives an actor if it is a partner, which can be the reader alone.
func partnerActor(actor string) string {
	if strings.HasPrefix(actor, string(access.HolderPartner)+":") {
		return actor
	}
	return ""
}
