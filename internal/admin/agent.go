package admin

import (
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) agents(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	list, err := h.reg.Agents(r.Context(), store.AgentFilter{PartnerID: r.FormValue("partner"), After: r.FormValue("after"), Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	return answer.Page(list, limit, wireAgent, func(a agent.Agent) string { return a.UserCode }), nil
}

func (h *Handler) agent(r request) (any, error) {
	n, err := eventsOf(r)
	if err != nil {
		return nil, err
	}
	if r.FormValue("at") != "" {
		return h.agentAsOf(r)
	}
	rec, events, err := h.reg.History(r.Context(), r.PathValue("agent"), max(n, 1))
	if err != nil {
		return nil, err
	}
	return wireRecord(rec, events[:min(n, len(events))], r.cause.At), nil
}

// wireRecord is an agent with its activations, its blocks as they stand at a time, and events.
func wireRecord(rec *agent.Record, events []event.Event, at time.Time) switchboard.Agent {
	w := wireAgent(rec.Agent)
	w.Version = rec.Head().Version
	for _, a := range rec.Activations {
		w.Activations = append(w.Activations, wireActivation(a))
	}
	for _, b := range rec.Blocks {
		w.Blocks = append(w.Blocks, wireBlock(b, at))
	}
	for _, e := range events {
		w.Events = append(w.Events, wireEvent(e))
	}
	return w
}

func (h *Handler) addAgent(r request) (any, error) {
	in, err := decode[switchboard.NewAgent](r)
	if err != nil {
		return nil, err
	}
	p := domainProfile(in.Profile)
	var bad fault.Fields
	if p.Check(r.cause.At, &bad); in.UserCode != "" && !agent.ValidCode(in.UserCode) {
		bad.Add("user_code", "must be 1 to 32 letters, digits, dashes or underscores")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	out, err := h.reg.Onboard(r.Context(), r.caller(), registry.Onboarding{PartnerID: in.Partner, UserCode: in.UserCode, Profile: p})
	if err != nil {
		return nil, err
	}
	return wireAgent(out.Agent), nil
}

func (h *Handler) setStanding(r request) (any, error) {
	in, err := decode[switchboard.NewStanding](r)
	if err != nil {
		return nil, err
	}
	to, ok := agent.ParseStanding(in.Standing)
	if !ok {
		return nil, badField("standing", "must be open, suspended or closed")
	}
	if !agent.ValidText(in.Reason) {
		return nil, badField("reason", "must be plain text of at most 200 bytes")
	}
	changed, err := h.reg.SetStanding(r.Context(), r.having(in.IfVersion), r.PathValue("agent"), to, in.Reason)
	return switchboard.Changed{Changed: changed}, err
}

func wireAgent(a agent.Agent) switchboard.Agent {
	p := a.Profile
	return switchboard.Agent{
		UserCode: a.UserCode, Partner: a.PartnerID, Standing: a.Standing.String(), CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, ErasedAt: a.ErasedAt,
		LatLong: a.LatLong, Devices: a.Devices.List(),
		Profile: switchboard.Profile{PAN: p.PAN, Mobile: p.Mobile, FirstName: p.FirstName, MiddleName: p.MiddleName, LastName: p.LastName,
			Email: p.Email, DOB: p.DOB, ShopName: p.ShopName, Address: switchboard.Address(p.Address)},
	}
}

func domainProfile(p switchboard.Profile) agent.Profile {
	return agent.Profile{PAN: p.PAN, Mobile: p.Mobile, FirstName: p.FirstName, MiddleName: p.MiddleName, LastName: p.LastName,
		Email: p.Email, DOB: p.DOB, ShopName: p.ShopName, Address: agent.Address(p.Address)}
}

func wireEvent(e event.Event) switchboard.Event {
	return switchboard.Event{Seq: e.Seq, Version: e.Version, Kind: string(e.Kind), Service: e.Service, Actor: e.Cause.Actor, Key: e.Cause.Key,
		Address: e.Cause.Address, RequestID: e.Cause.RequestID, At: e.Cause.At, Data: switchboard.RawJSON(e.Shown()), Hash: e.Hash.String()}
}
