package admin

import (
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) rehearsal(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, r.FormValue("at"))
	if err != nil {
		return nil, badField("at", "is required: a time like 2027-01-31T00:00:00Z")
	}
	out, err := h.reg.Rehearse(r.Context(), registry.Rehearsal{At: at, Service: r.FormValue("service"), After: r.FormValue("after"), Limit: limit})
	if err != nil {
		return nil, err
	}
	page := switchboard.Rehearsal{At: at.UTC(), Agents: out.Agents, Items: make([]switchboard.RehearsedService, len(out.Items)), Next: out.Next}
	for i, x := range out.Items {
		page.Items[i] = switchboard.RehearsedService{UserCode: x.UserCode, ServiceCode: x.ServiceCode}
		for _, reason := range x.Reasons {
			page.Items[i].Reasons = append(page.Items[i].Reasons, switchboard.RehearsedReason{Code: string(reason.Code),
				Owner: reason.OwnedBy(), Since: reason.Since, Message: reason.Message(), Next: reason.Next()})
		}
	}
	return page, nil
}
