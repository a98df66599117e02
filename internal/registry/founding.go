package registry

import (
	"cmp"
	"context"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Found fills a new database in one transaction: its settings, the starting catalogue and, for a
// sandbox, the public partner with its agent, the public channel with its members, and the public switch.
func (r *Registry) Found(ctx context.Context, by Caller, settings map[string]string) error {
	cred, err := r.seal(sandbox.DeveloperKey, secret.NewText(sandbox.AccessKey), partner.Observe, by.Cause.At)
	if err != nil {
		return err
	}
	var members []member.Member
	if r.sandbox {
		if members, err = r.sandboxMembers(by); err != nil {
			return err
		}
	}
	return r.store.Update(ctx, func(tx store.Tx) error {
		for name, value := range settings {
			if have, err := tx.Setting(name); err != nil || have != "" { // another node was quicker
				return cmp.Or[error](err, fault.New(fault.Exists, "The database is not new: nothing was changed. Run it again."))
			}
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
		return cmp.Or(foundSandbox(tx, by, cred.Key), foundSandboxMobile(tx, by, members), foundSandboxSwitch(tx, by))
	})
}

// sandboxMembers makes the members of the published samples: one has chosen a PIN, the other was issued one.
func (r *Registry) sandboxMembers(by Caller) ([]member.Member, error) {
	turn, err := r.pins.Enter("")
	if err != nil {
		return nil, err
	}
	defer turn.Leave()
	pin := func(msisdn, pin string) member.PIN {
		return member.PIN{Hash: turn.Hash(msisdn, secret.NewText(pin)), SetAt: by.Cause.At}
	}
	chosen := pin(sandbox.MSISDN, sandbox.PIN)
	chosen.Chosen = true
	return []member.Member{{
		ID: newMemberID(by.Cause), MSISDN: sandbox.MSISDN, Number: sandbox.MemberNumber, FullName: sandbox.FullName,
		Identity: member.Identity{Type: member.NationalID, Value: sandbox.NationalID},
		IMSI:     sandbox.IMSI, AppID: sandbox.AppID, PIN: chosen,
	}, {
		ID: newMemberID(by.Cause), MSISDN: sandbox.NewMSISDN, Number: sandbox.NewMemberNumber, FullName: sandbox.NewFullName,
		Identity: member.Identity{Type: member.NationalID, Value: sandbox.NewNationalID},
		IMSI:     sandbox.NewIMSI, PIN: pin(sandbox.NewMSISDN, sandbox.NewPIN),
	}}, nil
}

func foundSandboxMobile(tx store.Tx, by Caller, members []member.Member) error {
	c := channel.Channel{ID: sandbox.ChannelID, Name: "Sandbox", CreatedAt: by.Cause.At}
	if _, err := addChannel(tx, by.Cause, &c, secret.NewText(sandbox.ChannelSecret)); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := createMember(tx, member.Add(m, by.Cause)); err != nil {
			return err
		}
	}
	return nil
}

func foundSandboxSwitch(tx store.Tx, by Caller) error {
	s := access.Switch{ID: sandbox.SwitchID, Name: "Sandbox", CreatedAt: by.Cause.At}
	_, err := addSwitch(tx, by.Cause, s, secret.NewText(sandbox.SwitchToken))
	return err
}

// founder is who makes what a new database holds.
const founder = "operator:init"

// sandboxPasswords hashes the password that both operators of the sandbox have.
func (r *Registry) sandboxPasswords() (map[string]string, error) {
	hashes := map[string]string{}
	for _, name := range []string{sandbox.OperatorName, sandbox.ReviewerName} {
		hash, err := r.hashPassword(name, secret.NewText(sandbox.OperatorPassword))
		if err != nil {
			return nil, err
		}
		hashes[name] = hash
	}
	return hashes, nil
}

// FoundDesk adds the public operators to a sandbox that has none yet. It does nothing elsewhere.
func (r *Registry) FoundDesk(ctx context.Context) error {
	dir, err := r.Directory(ctx)
	if err != nil || !r.sandbox {
		return err
	}
	if _, ok := dir.Operator(sandbox.OperatorName); ok {
		return nil
	}
	hashes, err := r.sandboxPasswords()
	if err != nil {
		return err
	}
	c := event.Cause{Actor: founder, At: r.Now()}
	return r.store.Update(ctx, func(tx store.Tx) error { return foundSandboxDesk(tx, c, hashes) })
}

// foundSandboxDesk adds the operators whose names are free. Their passwords stay what everybody knows they are.
func foundSandboxDesk(tx store.Tx, c event.Cause, hashes map[string]string) error {
	dir, err := tx.Directory()
	if err != nil {
		return err
	}
	for _, o := range []access.Operator{{Name: sandbox.OperatorName, Roles: access.Administrator}, {Name: sandbox.ReviewerName, Roles: access.Reviewer}} {
		if _, taken := dir.Operator(o.Name); taken {
			continue
		}
		o.CreatedAt = c.At
		if err := saveOperator(tx, o, c, event.OperatorAdded, "roles", o.Roles.String()); err != nil {
			return err
		}
		if err := tx.SaveAccount(access.Account{Operator: o.Name, Password: hashes[o.Name], PasswordAt: c.At}); err != nil {
			return err
		}
	}
	return nil
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
