package registry

import (
	"context"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// StartingCatalogue is what a new database offers; the operator edits it from there.
func StartingCatalogue() []agent.Service {
	return []agent.Service{
		{Code: "1", Name: "AePS (legacy)", Review: agent.ReviewBefore},
		{Code: "4", Name: "PAN Verification", Provider: "NSDL"},
		{Code: "39", Name: "AePS Fund Settlement", Provider: "Yes Bank"},
		{Code: "43", Name: "AePS", Provider: "Fingpay", Review: agent.ReviewAfter},
		{Code: "45", Name: "Vendor Payments (Fund Transfer)"},
		{Code: "53", Name: "BBPS Bill Payments", NeedsLatLong: true},
		{Code: "58", Name: "Airtel CMS (Cashdrop)"},
		{Code: "59", Name: "UPI Static QR"},
		{Code: "63", Name: "Credit Card Bill Payment"},
		{Code: "86", Name: "VPA UPI Payment"},
	}
}

// SetService adds a service or changes it. What would then take two people no more is itself for two: the first one's
// call asks for it, and the same call by a second one does it. Any other change of the service meanwhile ends the request.
//
// Faults: Invalid; Conflict, when it takes two people and the caller cannot be the second, or it was removed;
// Unauthenticated.
func (r *Registry) SetService(ctx context.Context, by Caller, s agent.Service) (Step, error) {
	return r.setService(ctx, by, s, false)
}

// RestoreService is SetService, and brings back one that was removed.
func (r *Registry) RestoreService(ctx context.Context, by Caller, s agent.Service) (Step, error) {
	return r.setService(ctx, by, s, true)
}

func (r *Registry) setService(ctx context.Context, by Caller, s agent.Service, back bool) (step Step, err error) {
	var bad fault.Fields
	if s.Check(&bad); len(bad) > 0 {
		return SoAlready, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) (err error) {
		if err = mayChange(tx, by, s, back); err == nil {
			step, err = setService(tx, by.Cause, s)
		}
		return err
	})
	return step, err
}

// mayChange says whether a service may become another: as the caller saw it, and not by the way brought back.
func mayChange(tx store.Tx, by Caller, s agent.Service, back bool) error {
	dir, err := tx.Directory()
	if err != nil {
		return err
	}
	was, ok := dir.Service(s.Code)
	if s.CreatedAt, s.UpdatedAt, s.Head = was.CreatedAt, was.UpdatedAt, was.Head; !ok || s == was {
		return nil
	}
	if was.Removed && !back {
		return fault.New(fault.Conflict, "Service %s was taken out of the catalogue: it is changed only to bring it back, with restore.", s.Code)
	}
	if by.Seen == SeenAt(0) {
		return fault.New(fault.Conflict, "Service %s is in the catalogue by now: look at it, and change it as it is if you still want to.", s.Code)
	}
	return by.Seen.still(was.Head)
}

func setService(tx store.Tx, c event.Cause, s agent.Service) (Step, error) {
	dir, err := tx.Directory()
	if err != nil {
		return SoAlready, err
	}
	s.CreatedAt = c.At
	if was, ok := dir.Service(s.Code); ok {
		s.CreatedAt, s.UpdatedAt, s.Head = was.CreatedAt, was.UpdatedAt, was.Head
		if s == was {
			return SoAlready, nil
		}
		if s.Weakens(&was) {
			second, err := secondAsks(tx, c, &s)
			if err != nil {
				return SoAlready, err
			}
			if !second {
				return Asked, saveServiceAsked(tx, c, was, s)
			}
		}
		s.UpdatedAt = c.At
	}
	if err := forgetAsked(tx, s.Code); err != nil {
		return SoAlready, err
	}
	return Done, saveService(tx, s, serviceEvent(s.Code, event.CatalogueSet, c, s.Rules()...))
}

// askedSetting keeps who has asked for rules of a service that take two people to make, and for which.
func askedSetting(code string) string { return "service_asked:" + code }

// secondAsks says whether somebody else has asked for the same rules.
func secondAsks(tx store.Tx, c event.Cause, s *agent.Service) (bool, error) {
	if !c.Person() {
		return false, fault.New(fault.Conflict, "Service %s takes two people to be less strict: ask with a credential of your own, not with the shared token.", s.Code)
	}
	value, err := tx.Setting(askedSetting(s.Code))
	if err != nil {
		return false, err
	}
	first, rules, _ := strings.Cut(value, " ")
	if rules != event.Data(s.Rules()...) {
		return false, nil
	}
	if first == c.Actor {
		return false, fault.New(fault.Conflict, "Service %s takes two people to be less strict: %s has asked for it, so that somebody else must ask for the same.", s.Code, c.Actor)
	}
	return true, nil
}

// saveServiceAsked keeps the first one's request for other rules, and records it.
func saveServiceAsked(tx store.Tx, c event.Cause, was, asked agent.Service) error {
	rules := asked.Rules()
	if err := tx.SetSetting(askedSetting(was.Code), c.Actor+" "+event.Data(rules...)); err != nil {
		return err
	}
	return saveService(tx, was, serviceEvent(was.Code, event.CatalogueAsked, c, rules...))
}

// forgetAsked ends a request, if there is one.
func forgetAsked(tx store.Tx, code string) error {
	value, err := tx.Setting(askedSetting(code))
	if err != nil || value == "" {
		return err
	}
	return tx.SetSetting(askedSetting(code), "")
}

// serviceEvent makes an event of a service, without version and hash.
func serviceEvent(code string, kind event.Kind, c event.Cause, data ...string) *event.Event {
	return &event.Event{Subject: event.Subject{Kind: event.Service, ID: code}, Kind: kind, Cause: c, Data: event.Data(data...)}
}

// saveService writes a service and its event together.
func saveService(tx store.Tx, s agent.Service, e *event.Event) (err error) {
	if s.Head, err = record(tx, s.Head, e); err != nil {
		return err
	}
	return tx.SaveService(s)
}

// RemoveService takes a service out of the catalogue: it can no longer be activated; where it is
// active it can still be switched off. changed is false when it was removed already.
func (r *Registry) RemoveService(ctx context.Context, by Caller, code string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		s, ok := dir.Service(code)
		if !ok {
			return fault.New(fault.NotFound, "Service code %.40q is not in the catalogue.", code)
		}
		if changed = !s.Removed; !changed {
			return nil
		}
		s.Removed, s.UpdatedAt = true, by.Cause.At
		if err := forgetAsked(tx, code); err != nil {
			return err
		}
		return saveService(tx, s, serviceEvent(code, event.CatalogueRemoved, by.Cause))
	})
	return changed, err
}
