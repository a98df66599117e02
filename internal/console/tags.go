package console

import (
	"cmp"
	"net/url"
	"strings"
)

// SubjectPath is the page of what an event is about.
func (v *visit) SubjectPath(subject string) string {
	kind, id, _ := strings.Cut(subject, ":")
	switch kind {
	case "agent", "partner", "service", "channel", "plan":
		return pageOf(kind+"s", id)
	case "ladder":
		return "/ladders"
	case "review":
		return pageOf("reviews", strings.Split(id, "/")...) // user_code/service_code
	case "operator", "switch":
		return "/" + kind + "s"
	}
	return "/audit?" + url.Values{"subject": {subject}}.Encode() // a member is known there by a random id
}

// Tag is how a state looks; the word always says it, too.
func (v *visit) Tag(state string) string {
	switch state {
	case "ACTIVATED", "open", "live", "enabled", "applied", "delivered", "chosen", "free", "done", "ok", "allowed":
		return "good"
	case "PENDING", "expiring", "scheduled", "issued", "warned", "waiting", "draft", "making", "confirmed", "skipped", "kept":
		return "warn"
	case "suspended", "closed", "revoked", "acting", "disabled", "failed", "locked", "stopped", "undo-stopped", "refused", "denied", "removed":
		return "bad"
	case "applying", "undoing", "ready":
		return "info"
	}
	return ""
}

// ServiceName is a service's code with its name, where the page knows it.
func (v *visit) ServiceName(code string) string {
	s, err := v.findService(code)
	if err != nil || s.Name == "" { // codes stand alone without names
		return code
	}
	return code + " · " + s.Name
}

// PartnerName is the name of a partner, where the page knows it.
func (v *visit) PartnerName(id string) string {
	p, _ := v.findPartner(id) // ids stand alone without names
	return cmp.Or(p.Name, id)
}

// SubjectName says what an event is about, like "agent 20810200".
func (v *visit) SubjectName(subject string) string {
	kind, id, _ := strings.Cut(subject, ":")
	switch kind {
	case "partner":
		id = v.PartnerName(id)
	case "service":
		id = v.ServiceName(id)
	}
	return v.Or("find.kind."+kind, kind) + " " + id
}

// Reason says what stands against a decision: in this person's language what kind of thing it is, and in the API's own
// words, which are English, which one.
func (v *visit) Reason(code, message string) string {
	if short := v.Or("reason."+code, ""); short != "" && v.Lang() != languages()[0] {
		return short + " – " + message
	}
	return message
}
