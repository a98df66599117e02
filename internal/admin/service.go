package admin

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
)

func (h *Handler) services(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Service]{Items: []switchboard.Service{}}
	for _, s := range dir.Services {
		p.Items = append(p.Items, switchboard.Service{Code: s.Code, Name: s.Name, Provider: s.Provider, Review: s.Review.String(),
			NeedsLatLong: s.NeedsLatLong, Removed: s.Removed, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt})
	}
	return p, nil
}

func (h *Handler) setService(r request) (any, error) {
	in, err := decode[switchboard.Service](r)
	if err != nil {
		return nil, err
	}
	if in.Code != "" && in.Code != r.PathValue("service") {
		return nil, badField("service_code", "is not the one in the address")
	}
	review, ok := agent.ParseReview(in.Review)
	if !ok && in.Review != "" {
		return nil, badField("review", "must be none, before or after")
	}
	changed, err := h.reg.SetService(r.Context(), r.caller(), agent.Service{Code: r.PathValue("service"),
		Name: in.Name, Provider: in.Provider, Review: review, NeedsLatLong: in.NeedsLatLong})
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) removeService(r request) (any, error) {
	changed, err := h.reg.RemoveService(r.Context(), r.caller(), r.PathValue("service"))
	return switchboard.Changed{Changed: changed}, err
}
