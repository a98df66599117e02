package admin

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// decide answers as a switch would be answered, in the same shape: what an operator sees is what the
// transaction meets. It counts as no use of the service.
func (h *Handler) decide(r request) (any, error) {
	ask, err := askOf(r)
	if err != nil {
		return nil, err
	}
	by := registry.Asker{Holder: access.HolderOperator, ID: strings.TrimPrefix(r.cause.Actor, "operator:"), At: r.cause.At}
	v, err := h.reg.Decide(r.Context(), by, &ask)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(decision.Append(nil, h.reg, by, &ask, &v)), nil
}

// askOf reads the question: agent and service stand in the path, the rest in the query.
func askOf(r request) (ask registry.Ask, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return ask, fault.Wrap(err, fault.Invalid, "The query string is badly escaped.")
	}
	ask = registry.Ask{Agent: r.PathValue("agent"), Service: r.PathValue("service"), Place: query.Get("place"), Device: query.Get("device")}
	if at := query.Get("at"); at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return ask, badField("at", "must be a time with its zone, like 2026-03-01T09:30:00Z")
		}
		ask.At = store.Cut(t)
	}
	return ask, nil
}

// checkReceipt says whether a receipt is genuine, and what it says.
func (h *Handler) checkReceipt(r request) (any, error) {
	body, err := decode[struct {
		Receipt string `json:"receipt"`
	}](r)
	if err == nil && body.Receipt == "" {
		err = badField("receipt", "is required")
	}
	if err != nil {
		return nil, err
	}
	return json.RawMessage(decision.AppendCheck(nil, h.reg, body.Receipt)), nil
}
