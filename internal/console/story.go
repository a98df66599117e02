package console

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// Moment is an event as a history shows it.
type Moment struct {
	switchboard.Event
	Subject string // "" where all events of a history are about one
	Class   string // how it looks: "good", "warn", "bad" or ""
	What    string
	Who     string
	Changes []Particular
}

// Particular is one thing that an event says: a value, or what a value was and became.
type Particular struct{ Name, Was, Is string }

// Story makes a history of events, as they come.
func (v *visit) Story(events []switchboard.Event) (list []Moment) {
	for _, e := range events {
		list = append(list, v.Moment("", e))
	}
	return list
}

// Moment makes an event ready to be shown.
func (v *visit) Moment(subject string, e switchboard.Event) Moment {
	return Moment{Event: e, Subject: subject, Class: looks(e.Kind), What: v.Or("event."+e.Kind, e.Kind), Who: v.Actor(e.Actor), Changes: v.inWords(particulars(e.Data))}
}

// Actor names who did something.
func (v *visit) Actor(actor string) string {
	kind, name, _ := strings.Cut(actor, ":")
	if !v.tongue.known["actor."+kind] {
		return actor
	}
	if kind == "partner" {
		name = v.PartnerName(name)
	}
	return v.T("actor."+kind, name)
}

// looks says by an event's kind whether it opened something, stopped something, or is to be looked at.
func looks(kind string) string {
	_, what, _ := strings.Cut(kind, ".")
	switch what {
	case "activated", "approved", "renewed", "lifted", "unlocked", "app_activated", "restored", "onboarded", "signed_in":
		return "good"
	case "deactivated", "rejected", "placed", "revoked", "key_revoked", "secret_revoked", "removed", "erased", "app_deactivated", "pin_refused", "identity_refused", "ladder_reached", "locked_out":
		return "bad"
	case "requested", "endorsed", "lift_asked", "set_asked", "status_changed", "key_expires", "secret_expires", "expires", "cancelled":
		return "warn"
	}
	return ""
}

// particulars reads what an event says, in the order in which it says it. "from" and "to" are one thing.
func particulars(data switchboard.RawJSON) (list []Particular) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var from, to *string
	for d.More() {
		name, err := d.Token()
		var raw json.RawMessage
		if err != nil || d.Decode(&raw) != nil {
			return list
		}
		text := plain(raw)
		switch name {
		case "from":
			from = &text
		case "to":
			to = &text
		default:
			list = append(list, Particular{Name: name.(string), Is: text})
		}
	}
	return append(turned(from, to), list...)
}

// inWords says values as people do: states by their names, and times in this person's zone. What stayed as it was, and
// the command that the event's kind names already, need no word.
func (v *visit) inWords(all []Particular) (list []Particular) {
	for _, p := range all {
		if p.Was == p.Is || p.Name == "command" {
			continue
		}
		list = append(list, Particular{p.Name, v.word(p.Name, p.Was), v.word(p.Name, p.Is)})
	}
	return list
}

// word is a value of a particular in words, if there are some for it.
func (v *visit) word(name, value string) string {
	if value == "" {
		return ""
	}
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		return at.In(v.zone).Format(minuteLayout)
	}
	switch name {
	case "":
		return v.Or("value."+value, value)
	case "owner":
		return v.Or("owner."+value, value)
	case "asked_by":
		return v.Actor(value)
	case "partner":
		return v.PartnerName(value)
	case "confirm":
		return v.Confirms(fields(value))
	case "addresses", "roles":
		return strings.Join(fields(value), ", ")
	}
	return value
}

// fields are the items of a list as events have it.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// turned is what became of what.
func turned(from, to *string) []Particular {
	switch {
	case from != nil && to != nil:
		return []Particular{{Was: *from, Is: *to}}
	case to != nil:
		return []Particular{{Is: *to}}
	case from != nil:
		return []Particular{{Name: "from", Is: *from}}
	}
	return nil
}

// plain is a value as people read it.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
