package storetest

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// At is a fixed moment and n seconds, in whole microseconds as every store keeps it.
func At(n int) time.Time {
	return time.Date(2026, 3, 29, 1, 59, 59, 123456000, time.UTC).Add(time.Duration(n) * time.Second)
}

// Cause is a complete cause of a change at At(n).
func Cause(n int) event.Cause {
	return event.Cause{
		Actor: "partner:p1", Key: "key-1", Address: "203.0.113.7",
		RequestID: fmt.Sprintf("request-%d", n), At: At(n),
	}
}

// Profile is a complete profile with this mobile number.
func Profile(mobile string) agent.Profile {
	return agent.Profile{
		PAN: "ABCDE1234F", Mobile: mobile, FirstName: "Asha", MiddleName: "K", LastName: "Rao",
		Email: "asha@example.com", DOB: "1990-02-28", ShopName: "Rao & Sons",
		Address: agent.Address{
			Line: "12 MG Road", City: "Pune", State: "Maharashtra", Pincode: "411001", District: "Pune", Area: "Camp",
		},
	}
}

// AddPartner saves a partner and its first event.
func AddPartner(t testing.TB, s store.Store, id, initiatorID string) partner.Partner {
	t.Helper()
	var p partner.Partner
	update(t, s, func(tx store.Tx) (err error) {
		p, err = addPartner(tx, id, initiatorID)
		return err
	})
	return p
}

func addPartner(tx store.Tx, id, initiatorID string) (partner.Partner, error) {
	p := partner.Partner{ID: id, Name: "Partner " + id, InitiatorID: initiatorID, CreatedAt: At(0), Addresses: network.List{netip.MustParsePrefix("203.0.113.0/24")}}
	e := p.Record(event.PartnerAdded, Cause(0), "name", p.Name)
	if err := tx.AppendEvent(&e); err != nil {
		return p, err
	}
	p.Head = e.Head()
	return p, tx.SavePartner(p)
}

// AddService saves a service of the catalogue and its first event.
func AddService(t testing.TB, s store.Store, code string, review agent.Review) agent.Service {
	t.Helper()
	var svc agent.Service
	update(t, s, func(tx store.Tx) (err error) {
		svc, err = addService(tx, code, review)
		return err
	})
	return svc
}

func addService(tx store.Tx, code string, review agent.Review) (agent.Service, error) {
	e := event.Head{}.Next(event.Event{
		Subject: event.Subject{Kind: event.Service, ID: code},
		Kind:    event.CatalogueSet, Cause: Cause(0), Data: event.Data("review", review.String()),
	})
	if err := tx.AppendEvent(&e); err != nil {
		return agent.Service{}, err
	}
	svc := agent.Service{
		Code: code, Name: "Service " + code, Provider: "Provider " + code,
		Review: review, CreatedAt: At(0), Head: e.Head(),
	}
	return svc, tx.SaveService(svc)
}

// AddAgent creates an agent of a partner and its first event.
func AddAgent(t testing.TB, s store.Store, partnerID, userCode string) agent.Agent {
	t.Helper()
	var a agent.Agent
	update(t, s, func(tx store.Tx) (err error) {
		a, err = addAgent(tx, partnerID, userCode)
		return err
	})
	return a
}

func addAgent(tx store.Tx, partnerID, userCode string) (agent.Agent, error) {
	return addProfile(tx, partnerID, userCode, Profile("9876543210"))
}

func addProfile(tx store.Tx, partnerID, userCode string, p agent.Profile) (agent.Agent, error) {
	a, e := agent.Onboard(userCode, partnerID, p, Cause(1))
	a.LatLong, a.Devices, a.StandSince = "18.5204,73.8567", "imei-1 imei-2", At(2)
	if err := tx.AppendEvent(&e); err != nil {
		return a, err
	}
	a.Head = e.Head()
	return a, tx.CreateAgent(a)
}

// SetActivation brings an agent's activation of a service to a state, whether it was there or
// not, and records that.
func SetActivation(t testing.TB, s store.Store, userCode, serviceCode string, to agent.State) agent.Activation {
	t.Helper()
	var a agent.Activation
	update(t, s, func(tx store.Tx) (err error) {
		a, err = setActivation(tx, userCode, serviceCode, to, "as it is")
		return err
	})
	return a
}

func setActivation(tx store.Tx, userCode, serviceCode string, to agent.State, comment string) (agent.Activation, error) {
	r, err := tx.Agent(userCode)
	if err != nil {
		return agent.Activation{}, err
	}
	a := r.Activation(serviceCode)
	was := a
	a.State, a.Comment, a.LatLong = to, comment, "18.5204,73.8567"
	a.Dates, a.RequestedBy, a.EndorsedBy = agent.Dates{From: At(-9), Until: At(9000), VerifyBy: At(8000)}, "partner:p1", "operator:alice"
	a.WaitingSince = At(-5)
	if a.Head, err = record(tx, r, serviceCode, event.ServiceActivated); err != nil {
		return a, err
	}
	if was.State == agent.Absent {
		a.CreatedAt = At(int(a.Head.Version))
		return a, tx.CreateActivation(a)
	}
	a.UpdatedAt = At(int(a.Head.Version))
	return a, tx.UpdateActivation(a, was.Head.Version)
}

// setLastName changes an agent's last name and records that.
func setLastName(tx store.Tx, userCode, name string) (agent.Agent, error) {
	r, err := tx.Agent(userCode)
	if err != nil {
		return agent.Agent{}, err
	}
	a := r.Agent
	a.Profile.LastName = name
	if a.Head, err = record(tx, r, "", event.AgentStatus); err != nil {
		return a, err
	}
	a.UpdatedAt = At(int(a.Head.Version))
	return a, tx.UpdateAgent(a, r.Agent.Head.Version)
}

// record appends the next event of an agent's chain and gives the new end of the chain.
func record(tx store.Tx, r *agent.Record, serviceCode string, kind event.Kind) (event.Head, error) {
	head := r.Head()
	e := head.Next(event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: r.Agent.UserCode},
		Kind:    kind, Service: serviceCode, Cause: Cause(int(head.Version) + 1), Data: event.Data("to", "next"),
	})
	err := tx.AppendEvent(&e)
	return e.Head(), err
}

// newKey is a live key of a partner with a sealed secret of its own.
func newKey(partnerID, developerKey string) partner.Key {
	return partner.Key{
		DeveloperKey: developerKey, PartnerID: partnerID,
		Sealed: []byte("\x00sealed\xff " + developerKey), CreatedAt: At(0),
	}
}

// callKey makes a key of a name.
func callKey(name string) (k store.CallKey) {
	copy(k[:], name)
	return k
}

// newCall is a call about an agent, made at At(n).
func newCall(name, userCode string, n int) store.Call {
	return store.Call{
		Key: callKey(name), Fingerprint: [16]byte{1, 2, 3}, UserCode: userCode, ServiceCode: "43",
		State: agent.Active, Answer: []byte(`{"status":0}`), At: At(n),
	}
}
