package registry

import (
	"context"

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

// SetService adds a service or changes it, bringing back one that was removed. changed is false
// when it was so already.
func (r *Registry) SetService(ctx context.Context, by Caller, s agent.Service) (changed bool, err error) {
	var bad fault.Fields
	if !agent.ValidCode(s.Code) {
		bad.Add("service_code", "must be 1 to 32 letters, digits, dashes or underscores")
	}
	if s.Name == "" || !agent.ValidText(s.Name) {
		bad.Add("name", "is required, plain text of at most 200 bytes")
	}
	if !agent.ValidText(s.Provider) {
		bad.Add("provider", "must be plain text of at most 200 bytes")
	}
	if err := bad.Err(); err != nil {
		return false, err
	}
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		changed, err = setService(tx, by.Cause, s)
		return err
	})
	return changed, err
}

func setService(tx store.Tx, c event.Cause, s agent.Service) (changed bool, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return false, err
	}
	s.CreatedAt = c.At
	if was, ok := dir.Service(s.Code); ok {
		s.CreatedAt, s.UpdatedAt, s.Head = was.CreatedAt, was.UpdatedAt, was.Head
		if s == was {
			return false, nil
		}
		s.UpdatedAt = c.At
	}
	needs := ""
	if s.NeedsLatLong {
		needs = "latlong"
	}
	return true, saveService(tx, c, s, event.CatalogueSet, "name", s.Name, "provider", s.Provider, "review", s.Review.String(), "needs", needs)
}

func saveService(tx store.Tx, c event.Cause, s agent.Service, kind event.Kind, data ...string) error {
	e := s.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Service, ID: s.Code}, Kind: kind, Cause: c, Data: event.Data(data...),
	})
	if err := tx.AppendEvent(&e); err != nil {
		return err
	}
	s.Head = e.Head()
	return tx.SaveService(s)
}

// RemoveService takes a service out of the catalogue: it can no longer be activated; where it is
// active it can still be switched off. changed is false when it was removed already.
func (r *Registry) RemoveService(ctx context.Context, by Caller, code string) (changed bool, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) error {
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
		return saveService(tx, by.Cause, s, event.CatalogueRemoved)
	})
	return changed, err
}
