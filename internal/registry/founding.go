package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Found fills a new database in one transaction: its settings, the starting catalogue and, for a
// sandbox, the public partner with its agent.
func (r *Registry) Found(ctx context.Context, by Caller, settings map[string]string) error {
	cred, err := r.seal(sandbox.DeveloperKey, secret.NewText(sandbox.AccessKey), partner.Observe, by.Cause.At)
	if err != nil {
		return err
	}
	return r.store.Update(ctx, func(tx store.Tx) error {
		for name, value := range settings {
			if err := tx.SetSetting(name, value); err != nil {
				return err
			}
		}
		for _, s := range StartingCatalogue() {
			if _, err := setService(tx, by.Cause, s); err != nil {
				return err
			}
		}
		if !r.sandbox {
			return nil
		}
		return foundSandbox(tx, by, cred.Key)
	})
}

func foundSandbox(tx store.Tx, by Caller, k partner.Key) error {
	p := partner.Partner{ID: sandbox.PartnerID, Name: "Sandbox", InitiatorID: sandbox.InitiatorID, CreatedAt: by.Cause.At}
	k.PartnerID = p.ID
	if err := addPartner(tx, by.Cause, &p, k); err != nil {
		return err
	}
	_, err := onboard(tx, by, Onboarding{PartnerID: p.ID, UserCode: sandbox.UserCode, Profile: agent.Profile{
		Mobile: "9123456789", FirstName: "Asha", LastName: "Verma", ShopName: "Verma Stores",
		Address: agent.Address{Line: "12 Station Road", City: "New Delhi", State: "Delhi", Pincode: "110001"},
	}})
	return err
}
