package event

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Public is what callers from outside are shown of an event: what happened to what, and never who of the
// operator's people did it, from where, or why in their words.
type Public struct {
	Seq     uint64
	Kind    Kind
	Subject Subject
	Service string // the service_code it is about; that of the subject itself, if that is a service
	At      time.Time
	By      string // "partner", "operator", "system": what kind of caller made the change
	Request string // the request id of the reader's own call
	Data    string // a JSON object with the particulars that are public
}

// Public gives what a reader is shown of the event: a partner by its id, or "" a switch, which follows
// all partners. ok is false when it is nothing to the reader. Whether the agent of an agent's event is
// the partner's own is for the caller to find out.
func (e Event) Public(partnerID string) (p Public, ok bool) {
	names, ok := e.shownTo(partnerID)
	if !ok || !slices.Contains(PublicKinds(), e.Kind) {
		return p, false
	}
	own := partnerID != "" && e.Cause.Actor == "partner:"+partnerID
	p = Public{Seq: e.Seq, Kind: e.Kind, Subject: e.Subject, Service: e.Service, At: e.Cause.At, By: e.Cause.By()}
	if e.Subject.Kind == Service {
		p.Service = e.Subject.ID
	}
	if own {
		p.Request, names = e.Cause.RequestID, append(names, "client_ref_id")
	}
	p.Data = e.only(names)
	return p, true
}

// By says what kind of caller the actor is: "partner", "operator", "channel", "system".
func (c Cause) By() string {
	kind, _, _ := strings.Cut(c.Actor, ":")
	return kind
}

// shownTo says whether a reader is shown events like this one, and which particulars.
func (e Event) shownTo(partnerID string) (names []string, ok bool) {
	switch e.Subject.Kind {
	case Agent, Service:
		return particulars(), true
	case Partner:
		if partnerID == e.Subject.ID {
			return append(particulars(), ownParticulars()...), true
		}
		return particulars(), partnerID == "" && (e.Kind == PartnerAdded || strings.HasPrefix(string(e.Kind), "block."))
	}
	return nil, false
}

// particulars are the names of what is public among an event's particulars. A name that is not here is
// not shown: what is added to events one day is thought about first.
func particulars() []string {
	return []string{"partner", "from", "to", "effective_from", "effective_until", "verify_by", "command",
		"block", "owner", "rule", "until", "name", "provider", "review", "needs", "fence_distance", "fence_country", "fence_tolerance",
		"dormant_days", "verify_days"}
}

// ownParticulars are those that a partner is shown of itself besides.
func ownParticulars() []string {
	return []string{"initiator_id", "developer_key", "replay", "token", "at", "expires_at", "endpoint", "changed"}
}

// only gives the particulars with these names, in this order.
func (e Event) only(names []string) string {
	var data map[string]json.RawMessage
	_ = json.Unmarshal([]byte(e.Data), &data) // what is no JSON has no particulars
	b := []byte{'{'}
	for _, name := range names {
		value, ok := data[name]
		if !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(appendJSON(b, name), ':'), value...)
	}
	return string(append(b, '}'))
}

// PublicKinds are the kinds of event that callers from outside may be shown, in order of their families.
// What the first of two people has done is not among them: it has no effect yet.
func PublicKinds() []Kind {
	return []Kind{
		AgentOnboarded, AgentStatus, AgentPlaced, AgentDevices, AgentErased,
		ServiceActivated, ServiceRequested, ServiceDeactivated, ServiceApproved, ServiceRejected,
		ActivationRescheduled, ActivationRenewed, ActivationRestored,
		BlockPlaced, BlockLifted, BlockCancelled,
		CatalogueSet, CatalogueRemoved,
		PartnerAdded, KeyAdded, KeyExpires, KeyRevoked, KeyReplay, PartnerAddresses,
		TokenAdded, TokenExpires, TokenRevoked,
		EndpointAdded, EndpointChanged, EndpointRemoved,
	}
}

// Kinds says which kinds of event somebody wants to see: each an exact kind, or a whole family like
// "activation.*". None means all.
type Kinds []string

// Has says whether a kind is wanted.
func (k Kinds) Has(kind Kind) bool {
	if len(k) == 0 {
		return true
	}
	return slices.ContainsFunc(k, func(want string) bool { return matches(want, kind) })
}

func matches(want string, kind Kind) bool {
	if family, all := strings.CutSuffix(want, "*"); all {
		return strings.HasSuffix(family, ".") && strings.HasPrefix(string(kind), family)
	}
	return want == string(kind)
}

// Unknown finds the first entry that no event which callers from outside see can ever match.
func (k Kinds) Unknown() (entry string, found bool) {
	for _, want := range k {
		if !slices.ContainsFunc(PublicKinds(), func(kind Kind) bool { return matches(want, kind) }) {
			return want, true
		}
	}
	return "", false
}
