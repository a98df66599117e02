package admin

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) switches(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	used, err := h.reg.KeyUses(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.TransactionSwitch]{Items: []switchboard.TransactionSwitch{}}
	for _, s := range dir.Switches {
		p.Items = append(p.Items, switchboard.TransactionSwitch{ID: s.ID, Name: s.Name, State: holderState(s.RevokedAt),
			CreatedAt: s.CreatedAt, RevokedAt: s.RevokedAt,
			Tokens: wireTokens(registry.TokensOf(dir, access.HolderSwitch, s.ID, s.RevokedAt), used, r.cause.At)})
	}
	return p, nil
}

func (h *Handler) addSwitch(r request) (any, error) {
	in, err := decode[switchboard.NewTransactionSwitch](r)
	if err != nil {
		return nil, err
	}
	t, err := h.reg.AddSwitch(r.Context(), r.caller(), in.ID, in.Name)
	return issuedToken(t), err
}

func (h *Handler) revokeSwitch(r request) (any, error) {
	changed, err := h.reg.RevokeSwitch(r.Context(), r.caller(), r.PathValue("switch"))
	return switchboard.Changed{Changed: changed}, err
}
