package admin

import (
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) changeService(r request) (any, error) {
	kind, ok := commandOf(r.PathValue("command"))
	if !ok {
		return nil, fault.New(fault.NoRoute, "A service can be told to activate, deactivate, approve, reject or renew; its dates are set at dates.")
	}
	in, err := decode[switchboard.ServiceCommand](r)
	if err != nil {
		return nil, err
	}
	if !agent.ValidText(in.Comment) {
		return nil, badField("comment", "must be plain text of at most 200 bytes")
	}
	out, err := h.reg.ChangeService(r.Context(), r.having(in.IfVersion), registry.Change{
		UserCode: r.PathValue("agent"), ServiceCode: r.PathValue("service"),
		Command: agent.Command{Kind: kind, Comment: in.Comment, LatLong: in.LatLong,
			Dates: agent.Dates{From: store.Cut(in.From), Until: store.Cut(in.Until), VerifyBy: store.Cut(in.VerifyBy)}},
	})
	if err != nil {
		return nil, err
	}
	return switchboard.ServiceChange{Changed: out.Changed, Activation: wireActivation(out.Activation)}, nil
}

func commandOf(word string) (agent.CommandKind, bool) {
	for _, k := range agent.Commands() {
		if k.String() == word {
			return k, true
		}
	}
	return 0, false
}

func (h *Handler) activations(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	waiting, err := boolOf(r, "waiting")
	if err != nil {
		return nil, err
	}
	f := store.ActivationFilter{Waiting: waiting, ServiceCode: r.FormValue("service"), Limit: limit + 1}
	f.AfterUser, f.AfterService, _ = strings.Cut(r.FormValue("after"), "/")
	if text := r.FormValue("status"); text != "" {
		status, ok := statusOf(text)
		if !ok {
			return nil, badField("status", "must be activated, pending or deactivated")
		}
		f.Status = &status
	}
	list, err := h.reg.Activations(r.Context(), f)
	if err != nil {
		return nil, err
	}
	return answer.Page(list, limit, wireActivation, func(a agent.Activation) string { return a.UserCode + "/" + a.ServiceCode }), nil
}

func statusOf(text string) (agent.Status, bool) {
	for _, s := range []agent.Status{agent.Activated, agent.Pending, agent.Deactivated} {
		if strings.EqualFold(s.String(), text) {
			return s, true
		}
	}
	return 0, false
}

func wireActivation(a agent.Activation) switchboard.Activation {
	return switchboard.Activation{UserCode: a.UserCode, ServiceCode: a.ServiceCode, Status: a.State.Status.String(),
		Verification: int(a.State.Verification), Comment: a.Comment, LatLong: a.LatLong,
		From: a.Dates.From, Until: a.Dates.Until, VerifyBy: a.Dates.VerifyBy, RequestedBy: a.RequestedBy, EndorsedBy: a.EndorsedBy,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt}
}
