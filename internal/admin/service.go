package admin

import (
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) services(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Service]{Items: []switchboard.Service{}}
	for _, s := range dir.Services {
		p.Items = append(p.Items, wireService(s))
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
	confirm, ok := agent.ParseConfirm(in.Confirm)
	if !ok {
		return nil, badField("confirm", "must be of "+strings.Join(agent.ConfirmNames(), ", "))
	}
	set := h.reg.SetService
	if in.Restore {
		set = h.reg.RestoreService
	}
	by := r.caller()
	by.Seen = seenAt(in.IfVersion)
	step, err := set(r.Context(), by, agent.Service{Code: r.PathValue("service"),
		Name: in.Name, Provider: in.Provider, Review: review, NeedsLatLong: in.NeedsLatLong, Confirm: confirm,
		Fence:       agent.Fence{Distance: in.FenceDistance, Country: in.FenceCountry, Tolerance: in.FenceTolerance},
		DormantDays: in.DormantDays, VerifyDays: in.VerifyDays})
	return switchboard.Changed{Changed: step == registry.Done, Asked: step == registry.Asked}, err
}

func wireService(s agent.Service) switchboard.Service {
	return switchboard.Service{Code: s.Code, Name: s.Name, Provider: s.Provider, Review: s.Review.String(), NeedsLatLong: s.NeedsLatLong,
		Removed: s.Removed, Version: s.Head.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Confirm: s.Confirm.Names(),
		FenceDistance: s.Fence.Distance, FenceCountry: s.Fence.Country, FenceTolerance: s.Fence.Tolerance,
		DormantDays: s.DormantDays, VerifyDays: s.VerifyDays}
}

func (h *Handler) removeService(r request) (any, error) {
	changed, err := h.reg.RemoveService(r.Context(), r.caller(), r.PathValue("service"))
	return switchboard.Changed{Changed: changed}, err
}
