package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func activationCases() []testCase {
	return []testCase{
		{"Activation/every field comes back in every state", activationRoundTrip},
		{"CreateActivation/exists", createActivationExists},
		{"UpdateActivation/guards the version", updateActivationGuards},
		{"UpdateActivation/its version is its own, not the agent's", updateActivationOwnVersion},
		{"Activations/filters", activationsFilters},
		{"Activations/waiting ones follow every change", activationsWaitingFollow},
		{"Activations/waiting ones among many others", activationsWaitingAmongMany},
		{"Activations/in pages", activationsPages},
	}
}

// storedActivation reads one activation.
func storedActivation(t testing.TB, s store.Store, code, serviceCode string) agent.Activation {
	t.Helper()
	r := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
	return r.Activation(serviceCode)
}

// list gives activations by a filter.
func list(t testing.TB, s store.Store, f store.ActivationFilter) []agent.Activation {
	t.Helper()
	return view(t, s, func(tx store.Tx) ([]agent.Activation, error) { return tx.Activations(f) })
}

func activationRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for i, state := range agent.States()[1:] {
		code := fmt.Sprintf("4000000%d", i)
		AddAgent(t, s, partnerID, code)
		want := SetActivation(t, s, code, "43", state)
		equal(t, "as created, "+state.String(), storedActivation(t, s, code, "43"), want)
		for _, next := range agent.States()[1:] {
			want = SetActivation(t, s, code, "43", next)
			equal(t, "as updated, "+next.String(), storedActivation(t, s, code, "43"), want)
		}
		equalAll(t, "as listed", list(t, s, store.ActivationFilter{AfterUser: code, Limit: 1}), []agent.Activation{want})
		verifyChain(t, s, code)
	}
	want := SetActivation(t, s, userCode, "43", agent.OffRejected)
	was := want.Head.Version
	complete(t, "activation", want, "Status", "UpdatedAt")
	want.Comment, want.LatLong = "कारण: \"it's\" 😀", ""
	want.Dates, want.RequestedBy, want.EndorsedBy = agent.Dates{}, "", ""
	update(t, s, func(tx store.Tx) error { return tx.UpdateActivation(want, was) })
	equal(t, "unicode comment, no place, no dates", storedActivation(t, s, userCode, "43"), want)
}

func createActivationExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := SetActivation(t, s, userCode, "43", agent.Active)
	second := want
	second.State, second.Comment = agent.Off, "second"
	refused(t, s, "the same again", fault.Exists, func(tx store.Tx) error { return tx.CreateActivation(second) })
	equal(t, "the activation that was there", storedActivation(t, s, userCode, "43"), want)
	SetActivation(t, s, userCode, "45", agent.Active)
}

func updateActivationGuards(t *testing.T, s store.Store) {
	buildWorld(t, s)
	stale := SetActivation(t, s, userCode, "43", agent.ActiveWaiting)
	want := SetActivation(t, s, userCode, "43", agent.ActiveVerified)
	missing := stale
	missing.ServiceCode = "45"
	for name, write := range map[string]func(tx store.Tx) error{
		"the version before":        func(tx store.Tx) error { return tx.UpdateActivation(stale, stale.Head.Version) },
		"a version to come":         func(tx store.Tx) error { return tx.UpdateActivation(stale, want.Head.Version+1) },
		"version 0":                 func(tx store.Tx) error { return tx.UpdateActivation(stale, 0) },
		"an activation not created": func(tx store.Tx) error { return tx.UpdateActivation(missing, missing.Head.Version) },
	} {
		refused(t, s, name, fault.Conflict, write)
	}
	equal(t, "activation after the refusals", storedActivation(t, s, userCode, "43"), want)
	equal(t, "number of activations", len(recordOf(t, s, userCode).Activations), 1)
	want = SetActivation(t, s, userCode, "43", agent.Off)
	equal(t, "activation after the right version", storedActivation(t, s, userCode, "43"), want)
}

func updateActivationOwnVersion(t *testing.T, s store.Store) {
	buildWorld(t, s)
	first := SetActivation(t, s, userCode, "43", agent.Active)
	SetActivation(t, s, userCode, "45", agent.Active)
	update(t, s, func(tx store.Tx) error { _, err := setLastName(tx, userCode, "Changed"); return err })
	want := SetActivation(t, s, userCode, "43", agent.Off)
	equal(t, "versions between the two of its own", want.Head.Version-first.Head.Version, 3)
	equal(t, "activation", storedActivation(t, s, userCode, "43"), want)
	verifyChain(t, s, userCode)
}

// manyActivations makes three agents with an activation of each service in another state, and
// gives all of them by user code, then service code.
func manyActivations(t *testing.T, s store.Store) (all []agent.Activation) {
	t.Helper()
	buildWorld(t, s)
	states := agent.States()[1:]
	for i, code := range []string{"10000002", "A-1", "10000001"} {
		AddAgent(t, s, otherPartnerID, code)
		for j, svc := range []string{"53", "45", "43"} {
			all = append(all, SetActivation(t, s, code, svc, states[(3*i+j)%len(states)]))
		}
	}
	slices.SortFunc(all, func(a, b agent.Activation) int {
		return slices.Compare([]string{a.UserCode, a.ServiceCode}, []string{b.UserCode, b.ServiceCode})
	})
	return all
}

// only gives the activations that keep says yes to.
func only(all []agent.Activation, keep func(a agent.Activation) bool) (some []agent.Activation) {
	for _, a := range all {
		if keep(a) {
			some = append(some, a)
		}
	}
	return some
}

func activationsFilters(t *testing.T, s store.Store) {
	equalAll(t, "of an empty store", list(t, s, store.ActivationFilter{Limit: 10}), nil)
	all := manyActivations(t, s)
	equalAll(t, "all", list(t, s, store.ActivationFilter{Limit: 100}), all)
	for _, status := range []agent.Status{agent.Deactivated, agent.Activated, agent.Pending, agent.None} {
		for _, svc := range []string{"", "43", "45", "53", "99"} {
			for _, waiting := range []bool{false, true} {
				f := store.ActivationFilter{Status: &status, ServiceCode: svc, Waiting: waiting, Limit: 100}
				bySvc := func(a agent.Activation) bool {
					return (svc == "" || a.ServiceCode == svc) && (!waiting || a.State.Waiting())
				}
				byAll := func(a agent.Activation) bool { return bySvc(a) && a.State.Status == status }
				what := fmt.Sprintf("service %q, waiting %v", svc, waiting)
				equalAll(t, what+", "+status.String(), list(t, s, f), only(all, byAll))
				f.Status = nil
				equalAll(t, what, list(t, s, f), only(all, bySvc))
			}
		}
	}
}

func activationsWaitingFollow(t *testing.T, s store.Store) {
	buildWorld(t, s)
	waiting := store.ActivationFilter{Waiting: true, Limit: 10}
	states := agent.States()[1:]
	for _, from := range states {
		for _, to := range states {
			for _, state := range []agent.State{from, to} {
				var want []agent.Activation
				if a := SetActivation(t, s, userCode, "43", state); state.Waiting() {
					want = append(want, a)
				}
				equalAll(t, "waiting once it is "+state.String(), list(t, s, waiting), want)
			}
		}
	}
}

func activationsWaitingAmongMany(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var want []agent.Activation
	update(t, s, func(tx store.Tx) error {
		want = nil
		for i := range 600 {
			code, state := fmt.Sprintf("5000%04d", i), agent.Active
			if i == 1 || i == 300 || i == 599 {
				state = agent.PendingReview
			}
			if _, err := addAgent(tx, partnerID, code); err != nil {
				return err
			}
			a, err := setActivation(tx, code, "53", state, "")
			if err != nil {
				return err
			}
			want = append(want, only([]agent.Activation{a}, func(a agent.Activation) bool { return a.State.Waiting() })...)
		}
		return nil
	})
	equalAll(t, "waiting", list(t, s, store.ActivationFilter{Waiting: true, Limit: 10}), want)
	equalAll(t, "waiting, first two", list(t, s, store.ActivationFilter{Waiting: true, Limit: 2}), want[:2])
	last := store.ActivationFilter{Waiting: true, AfterUser: want[1].UserCode, AfterService: "53", Limit: 10}
	equalAll(t, "waiting, after the second", list(t, s, last), want[2:])
}

func activationsPages(t *testing.T, s store.Store) {
	all := manyActivations(t, s)
	for _, waiting := range []bool{false, true} {
		want := only(all, func(a agent.Activation) bool { return !waiting || a.State.Waiting() })
		for limit := 1; limit <= len(all); limit++ {
			var got []agent.Activation
			f := store.ActivationFilter{Waiting: waiting, Limit: limit}
			for page := list(t, s, f); len(page) > 0; page = list(t, s, f) {
				if len(page) > limit {
					t.Errorf("a page of %d has %d activations", limit, len(page))
				}
				got = append(got, page...)
				f.AfterUser, f.AfterService = got[len(got)-1].UserCode, got[len(got)-1].ServiceCode
			}
			equalAll(t, fmt.Sprintf("pages of %d, waiting %v", limit, waiting), got, want)
		}
	}
	after := list(t, s, store.ActivationFilter{ServiceCode: "45", AfterUser: "10000001", AfterService: "43", Limit: 100})
	equalAll(t, "of one service, after another one's", after, only(all, func(a agent.Activation) bool { return a.ServiceCode == "45" }))
	after = list(t, s, store.ActivationFilter{AfterUser: "10000001", AfterService: "450", Limit: 1})
	equalAll(t, "after one that is not there", after, all[2:3])
}
