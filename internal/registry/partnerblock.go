package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// BlocksAgainst lists the blocks that stand against a partner's agents: on them and their services, on whole
// services, and on the partner itself, the youngest first. It looks at so many blocks and no more: next, when
// it is not empty, is where to go on, even if nothing was found.
func (r *Registry) BlocksAgainst(ctx context.Context, partnerID string, f store.BlockFilter) (found []block.Block, next string, err error) {
	limit, looked := f.Limit, 0
	for f.Limit = feedChunk; looked < feedReach; looked += f.Limit {
		var list []block.Block
		if err := r.store.View(ctx, func(tx store.Tx) (err error) {
			list, err = tx.Blocks(f)
			return err
		}); err != nil {
			return nil, "", err
		}
		for _, b := range list {
			if len(found) == limit {
				return found, f.Before, nil
			}
			against, err := r.against(ctx, partnerID, b)
			if err != nil {
				return nil, "", err
			}
			if f.Before = b.ID; against {
				found = append(found, b)
			}
		}
		if len(list) < f.Limit {
			return found, "", nil
		}
	}
	return found, f.Before, nil
}

// against says whether a block stands against agents of a partner.
func (r *Registry) against(ctx context.Context, partnerID string, b block.Block) (bool, error) {
	switch b.Kind() {
	case block.OnService:
		return true, nil
	case block.OnPartner:
		return b.Partner == partnerID, nil
	}
	_, _, err := r.Record(ctx, nil, partnerID, b.Agent)
	if fault.Is(err, fault.UnknownAgent) {
		return false, nil
	}
	return err == nil, err
}
