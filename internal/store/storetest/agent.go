package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func agentCases() []testCase {
	return []testCase{
		{"Agent/every field comes back", agentRoundTrip},
		{"Agent/unknown", agentUnknown},
		{"Agent/comes with its activations by service code", agentWithActivations},
		{"AgentState/is that of Agent", agentState},
		{"CreateAgent/exists", createAgentExists},
		{"UpdateAgent/guards the version", updateAgentGuards},
		{"AgentsByMobile/of one partner, by user code", agentsByMobile},
		{"AgentsByMobile/follows a change", agentsByMobileFollows},
		{"Agents/by user code, of one partner, in pages", agentsList},
		{"CountAgents/counts every agent", countAgents},
		{"HaveAgents/those of a range that exist", haveAgents},
	}
}

// storedAgent reads one agent.
func storedAgent(t testing.TB, s store.Store, code string) agent.Agent {
	t.Helper()
	return view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) }).Agent
}

// unicodeProfile is one that only a store which keeps text as it is gives back.
func unicodeProfile() agent.Profile {
	return agent.Profile{
		PAN: "abcde1234f", Mobile: "0000000001", FirstName: "आशा", MiddleName: "Ņ̃", LastName: "O'Brien \"x\" \\",
		Email: "ünï+tag@example.com", DOB: "1900-01-01", ShopName: "दुकान 😀 -- ; DROP TABLE agents",
		Address: agent.Address{Line: " 1, \u2028 ", City: "پونے", State: "%_", Pincode: "000000", District: "\u00a0", Area: "Å"},
	}
}

func agentRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for i, profile := range []agent.Profile{Profile("9876543210"), unicodeProfile(), {}, {Address: agent.Address{Area: "only"}}} {
		code := fmt.Sprintf("4000000%d", i)
		var want agent.Agent
		update(t, s, func(tx store.Tx) (err error) { want, err = addProfile(tx, otherPartnerID, code, profile); return err })
		if i == 0 {
			complete(t, "agent", want, "Standing", "ErasedAt", "UpdatedAt")
		}
		equal(t, "agent as created", storedAgent(t, s, code), want)
		for _, standing := range []agent.Standing{agent.Suspended, agent.Closed, agent.Open} {
			update(t, s, func(tx store.Tx) (err error) { want, err = setStanding(tx, code, standing); return err })
			equal(t, "agent "+standing.String(), storedAgent(t, s, code), want)
		}
		update(t, s, func(tx store.Tx) error { return clearAgent(tx, &want) })
		equal(t, "agent without place and devices", storedAgent(t, s, code), want)
		verifyChain(t, s, code)
	}
}

// setStanding changes an agent's standing and its whole profile, and records that.
func setStanding(tx store.Tx, code string, to agent.Standing) (agent.Agent, error) {
	r, err := tx.Agent(code)
	if err != nil {
		return agent.Agent{}, err
	}
	a, e, err := r.SetStanding(to, "because", Cause(10+int(to)))
	if err != nil {
		return a, err
	}
	next := r.Head().Next(*e)
	if err := tx.AppendEvent(&next); err != nil {
		return a, err
	}
	a.Head, a.Profile = next.Head(), unicodeProfile()
	a.LatLong, a.Devices = "-90.0,180", "a:1 b.2"
	if to == agent.Open { // the last one: who was erased changes no more
		a.ErasedAt = At(30)
	}
	return a, tx.UpdateAgent(a, r.Agent.Head.Version)
}

// clearAgent takes out of an agent what not every agent has.
func clearAgent(tx store.Tx, a *agent.Agent) error {
	a.LatLong, a.Devices, a.StandSince, a.ErasedAt = "", "", time.Time{}, time.Time{}
	return tx.UpdateAgent(*a, a.Head.Version)
}

func agentUnknown(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, code := range []string{newUser, "", "2081020", "208102000", "20810200 ", "%"} {
		notFound(t, s, "agent "+code, fault.UnknownAgent, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
	}
}

func agentWithActivations(t *testing.T, s store.Store) {
	buildWorld(t, s)
	AddAgent(t, s, partnerID, newUser)
	var want []agent.Activation
	for _, code := range []string{"53", "43", "45"} {
		want = append(want, SetActivation(t, s, userCode, code, agent.Active))
		SetActivation(t, s, newUser, code, agent.Off)
	}
	r := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) })
	equalAll(t, "activations", r.Activations, []agent.Activation{want[1], want[2], want[0]})
	equal(t, "head of the record", r.Head(), want[2].Head)
}

func createAgentExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := storedAgent(t, s, userCode)
	refused(t, s, "the same user code again", fault.Exists, func(tx store.Tx) error {
		_, err := addProfile(tx, otherPartnerID, userCode, unicodeProfile())
		return err
	})
	refused(t, s, "twice in one Update", fault.Exists, func(tx store.Tx) error {
		if _, err := addAgent(tx, partnerID, newUser); err != nil {
			return err
		}
		_, err := addAgent(tx, partnerID, newUser)
		return err
	})
	equal(t, "the agent that was there", storedAgent(t, s, userCode), want)
	AddAgent(t, s, partnerID, newUser)
}

func updateAgentGuards(t *testing.T, s store.Store) {
	buildWorld(t, s)
	stale := storedAgent(t, s, userCode)
	var want agent.Agent
	update(t, s, func(tx store.Tx) (err error) { want, err = setLastName(tx, userCode, "Changed"); return err })
	missing := stale
	missing.UserCode = newUser
	for name, write := range map[string]func(tx store.Tx) error{
		"the version before":   func(tx store.Tx) error { return tx.UpdateAgent(stale, stale.Head.Version) },
		"a version to come":    func(tx store.Tx) error { return tx.UpdateAgent(stale, want.Head.Version+1) },
		"version 0":            func(tx store.Tx) error { return tx.UpdateAgent(stale, 0) },
		"an agent not created": func(tx store.Tx) error { return tx.UpdateAgent(missing, missing.Head.Version) },
	} {
		refused(t, s, name, fault.Conflict, write)
	}
	equal(t, "agent after the refusals", storedAgent(t, s, userCode), want)
	update(t, s, func(tx store.Tx) (err error) { want, err = setLastName(tx, userCode, "Changed again"); return err })
	equal(t, "agent after the right version", storedAgent(t, s, userCode), want)
}

func agentsByMobile(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := map[string][]agent.Agent{}
	for _, x := range []struct{ partner, code, mobile string }{
		{partnerID, "50000003", "9111111111"}, {partnerID, "50000001", "9111111111"}, {otherPartnerID, "50000002", "9111111111"},
		{partnerID, "50000004", "9222222222"}, {partnerID, "50000005", ""},
	} {
		update(t, s, func(tx store.Tx) error {
			a, err := addProfile(tx, x.partner, x.code, Profile(x.mobile))
			want[x.code] = []agent.Agent{a}
			return err
		})
	}
	for _, x := range []struct {
		partner, mobile string
		want            []agent.Agent
	}{
		{partnerID, "9111111111", append(want["50000001"], want["50000003"]...)},
		{otherPartnerID, "9111111111", want["50000002"]},
		{partnerID, "9222222222", want["50000004"]},
		{otherPartnerID, "9222222222", nil},
		{partnerID, "911111111", nil},
		{"nobody", "9111111111", nil},
	} {
		got := view(t, s, func(tx store.Tx) ([]agent.Agent, error) { return tx.AgentsByMobile(x.partner, x.mobile) })
		equalAll(t, "agents of "+x.partner+" with "+x.mobile, got, x.want)
	}
}

func agentsByMobileFollows(t *testing.T, s store.Store) {
	buildWorld(t, s)
	count := func(mobile string) int {
		return len(view(t, s, func(tx store.Tx) ([]agent.Agent, error) { return tx.AgentsByMobile(partnerID, mobile) }))
	}
	equal(t, "agents with the old number, before", count("9876543210"), 1)
	update(t, s, func(tx store.Tx) error {
		r, err := tx.Agent(userCode)
		if err != nil {
			return err
		}
		a := r.Agent
		a.Profile.Mobile = "9333333333"
		return tx.UpdateAgent(a, a.Head.Version)
	})
	equal(t, "agents with the old number, after", count("9876543210"), 0)
	equal(t, "agents with the new number", count("9333333333"), 1)
}

func countAgents(t *testing.T, s store.Store) {
	count := func() int { return view(t, s, func(tx store.Tx) (int, error) { return tx.CountAgents() }) }
	equal(t, "agents of an empty store", count(), 0)
	buildWorld(t, s)
	before := count()
	AddAgent(t, s, partnerID, newUser)
	equal(t, "agents after one more", count(), before+1)
}

// codesInOrder are user codes of every form, in the order of their bytes.
func codesInOrder() []string {
	return []string{"-", "1", "10", "20810199", "20810200", "208102000", "9", "A-1", "Z", "_z", "a-1"}
}

func agentsList(t *testing.T, s store.Store) {
	buildWorld(t, s)
	codes := codesInOrder()
	for i := range codes {
		if code := codes[len(codes)-1-i]; code != userCode {
			AddAgent(t, s, otherPartnerID, code)
		}
	}
	list := func(f store.AgentFilter) (got []string) {
		for _, a := range view(t, s, func(tx store.Tx) ([]agent.Agent, error) { return tx.Agents(f) }) {
			equal(t, "agent in the list", a, storedAgent(t, s, a.UserCode))
			got = append(got, a.UserCode)
		}
		return got
	}
	equalAll(t, "all", list(store.AgentFilter{Limit: 100}), codes)
	equalAll(t, "of one partner", list(store.AgentFilter{PartnerID: partnerID, Limit: 100}), []string{userCode})
	equalAll(t, "of nobody", list(store.AgentFilter{PartnerID: "nobody", Limit: 100}), nil)
	others := store.AgentFilter{PartnerID: otherPartnerID, After: "20810199", Limit: 2}
	equalAll(t, "of the other partner after one", list(others), []string{"208102000", "9"})
	equalAll(t, "after one that is not there", list(store.AgentFilter{After: "20810200a", Limit: 1}), []string{"9"})
	equalAll(t, "after the last", list(store.AgentFilter{After: "a-1", Limit: 5}), nil)
	for limit := 1; limit <= len(codes); limit++ {
		var got []string
		for page := list(store.AgentFilter{Limit: limit}); len(page) > 0; page = list(store.AgentFilter{After: got[len(got)-1], Limit: limit}) {
			if len(page) > limit {
				t.Errorf("a page of %d has %d agents", limit, len(page))
			}
			got = append(got, page...)
		}
		equalAll(t, fmt.Sprintf("all in pages of %d", limit), got, codes)
	}
}

func haveAgents(t *testing.T, s store.Store) {
	buildWorld(t, s)
	codes := codesInOrder()
	for _, code := range codes {
		if code != userCode {
			AddAgent(t, s, otherPartnerID, code)
		}
	}
	for _, x := range []struct {
		first, last string
		want        []string
	}{
		{"-", "a-1", codes},
		{"10", "9", []string{"10", "20810199", "20810200", "208102000", "9"}},
		{userCode, userCode, []string{userCode}},
		{"20810201", "208102010", nil},
		{"11", "3", []string{"20810199", "20810200", "208102000"}},
		{"b", "z", nil},
		{"9", "10", nil},
	} {
		got := view(t, s, func(tx store.Tx) ([]string, error) { return tx.HaveAgents(x.first, x.last, 1000) })
		equalAll(t, "from "+x.first+" to "+x.last, got, x.want)
	}
}

// agentState checks AgentState against Agent wherever an agent's chain ends, also in the middle of
// an Update that changes it.
func agentState(t *testing.T, s store.Store) {
	buildWorld(t, s)
	same := func(tx store.Tx) error {
		whole, err1 := tx.Agent(userCode)
		state, err2 := tx.AgentState(userCode)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		return errors.Join(
			differ("partner", state.Agent.PartnerID, whole.Agent.PartnerID),
			differ("standing", state.Agent.Standing, whole.Agent.Standing),
			differ("head", state.Head(), whole.Head()),
			differ("activations", fmt.Sprint(state.Activations), fmt.Sprint(whole.Activations)))
	}
	for range 3 { // the second time it may come from memory
		update(t, s, same)
		must(t, s.View(t.Context(), same))
		recordOf(t, s, userCode)
	}
	SetActivation(t, s, userCode, "43", agent.ActiveWaiting)
	recordOf(t, s, userCode)
	update(t, s, same)
	update(t, s, func(tx store.Tx) error { // the chain then ends in the agent, and with it the short way
		return errors.Join(placeBlock(tx, onAgent("b1", "43")), same(tx))
	})
	recordOf(t, s, userCode)
	update(t, s, same)
	update(t, s, func(tx store.Tx) error {
		_, err1 := setActivation(tx, userCode, "45", agent.Active, "within")
		err2 := same(tx)
		_, err3 := setLastName(tx, userCode, "Within")
		return errors.Join(err1, err2, err3, same(tx))
	})
	recordOf(t, s, userCode)
	update(t, s, same)
	must(t, s.View(t.Context(), func(tx store.Tx) error {
		if _, err := tx.AgentState("nobody"); !fault.Is(err, fault.UnknownAgent) {
			return differ("AgentState of nobody", fault.CodeOf(err), fault.UnknownAgent)
		}
		return nil
	}))
}
