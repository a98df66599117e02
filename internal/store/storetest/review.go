package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func reviewCases() []testCase {
	return []testCase{
		{"Reviews/what waits, the oldest first, in pages", reviewsInPages},
		{"Reviews/of one service", reviewsOfService},
		{"Reviews/with whose the agent is, and who looks at it", reviewsShow},
		{"Reviews/those that are claimed", reviewsHeld},
		{"ReviewTotals/follow what waits", reviewTotals},
		{"ClaimsHeld/by one, at a time", claimsHeld},
		{"SaveClaim/every field comes back, and is replaced", claimRoundTrip},
	}
}

// reviews lists what waits.
func reviews(t testing.TB, s store.Store, f store.ReviewFilter) []store.Review {
	t.Helper()
	return view(t, s, func(tx store.Tx) ([]store.Review, error) { return tx.Reviews(f) })
}

// addWaiting makes an agent of the other partner whose activation waits since At(since).
func addWaiting(t testing.TB, s store.Store, code, serviceCode string, since int, endorsed string) agent.Activation {
	t.Helper()
	a := agent.Activation{UserCode: code, ServiceCode: serviceCode, State: agent.PendingReview, CreatedAt: At(since), WaitingSince: At(since), EndorsedBy: endorsed}
	update(t, s, func(tx store.Tx) error {
		if taken, err := tx.HaveAgents(code, code, 1); err != nil || len(taken) == 0 {
			if _, err := addAgent(tx, otherPartnerID, code); err != nil {
				return err
			}
		}
		return tx.CreateActivation(a)
	})
	return a
}

// queue makes activations that wait, some at the same time, and others that do not; it gives those that do in order.
func queue(t testing.TB, s store.Store) []agent.Activation {
	t.Helper()
	buildWorld(t, s)
	SetActivation(t, s, userCode, "43", agent.Active)
	third := addWaiting(t, s, "A-1", "53", 20, "")
	fourth := addWaiting(t, s, "A-1", "531", 20, "operator:alice")
	second := addWaiting(t, s, "10", "53", 20, "")
	last := addWaiting(t, s, "10", "45", 30, "operator:alice")
	first := addWaiting(t, s, "9", "53", 10, "")
	return []agent.Activation{first, second, third, fourth, last}
}

func activationsOf(list []store.Review) (activations []agent.Activation) {
	for _, r := range list {
		activations = append(activations, r.Activation)
	}
	return activations
}

func reviewsInPages(t *testing.T, s store.Store) {
	equalAll(t, "of an empty store", reviews(t, s, store.ReviewFilter{Limit: 10}), nil)
	want := queue(t, s)
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []agent.Activation
		f := store.ReviewFilter{Limit: limit}
		for page := reviews(t, s, f); len(page) > 0; page = reviews(t, s, f) {
			if len(page) > limit {
				t.Errorf("a page of %d has %d", limit, len(page))
			}
			got, f.After = append(got, activationsOf(page)...), page[len(page)-1].Key()
		}
		equalAll(t, fmt.Sprintf("pages of %d", limit), got, want)
	}
	update(t, s, func(tx store.Tx) error {
		r, err := tx.Agent("9")
		if err != nil {
			return err
		}
		done := r.Activations[0]
		done.State, done.WaitingSince = agent.ActiveVerified, time.Time{}
		return tx.UpdateActivation(done, 0)
	})
	equalAll(t, "once the first was approved", activationsOf(reviews(t, s, store.ReviewFilter{Limit: 10})), want[1:])
}

func reviewsOfService(t *testing.T, s store.Store) {
	all := queue(t, s)
	for _, svc := range []string{"53", "531", "45", "43", "99"} {
		want := only(all, func(a agent.Activation) bool { return a.ServiceCode == svc })
		f := store.ReviewFilter{ServiceCode: svc, Limit: 10}
		equalAll(t, "of "+svc, activationsOf(reviews(t, s, f)), want)
		if f.After = (store.ReviewKey{Since: At(10), UserCode: "9", ServiceCode: "53"}); len(want) > 1 {
			equalAll(t, "after the first of "+svc, activationsOf(reviews(t, s, f)), want[1:])
		}
	}
}

// claimOf is somebody's claim of an activation from At(n) on.
func claimOf(a agent.Activation, by string, n int) agent.Claim {
	return agent.Claim{UserCode: a.UserCode, ServiceCode: a.ServiceCode, By: by, Since: a.WaitingSince, At: At(n), Until: At(n + 60), Head: head(uint64(n))}
}

func saveClaims(t testing.TB, s store.Store, claims ...agent.Claim) {
	t.Helper()
	for _, c := range claims {
		update(t, s, func(tx store.Tx) error { return tx.SaveClaim(c) })
	}
}

func reviewsShow(t *testing.T, s store.Store) {
	all := queue(t, s)
	cl := claimOf(all[1], "operator:asha", 40)
	saveClaims(t, s, cl, claimOf(agent.Activation{UserCode: userCode, ServiceCode: "43"}, "operator:asha", 40))
	got := reviews(t, s, store.ReviewFilter{Limit: 2})
	a := got[1].Agent
	equal(t, "partner", a.PartnerID, otherPartnerID)
	p := Profile("")
	equalAll(t, "names", []string{a.Profile.FirstName, a.Profile.MiddleName, a.Profile.LastName, a.Profile.ShopName}, []string{p.FirstName, p.MiddleName, p.LastName, p.ShopName})
	equal(t, "place", a.Profile.Address, agent.Address{City: p.Address.City, State: p.Address.State})
	cl.Head = got[1].Claim.Head // a list has none
	equal(t, "claim", got[1].Claim, cl)
	equal(t, "claim of one that nobody claimed", got[0].Claim, agent.Claim{UserCode: "9", ServiceCode: "53"})
}

func reviewsHeld(t *testing.T, s store.Store) {
	all := queue(t, s)
	stale, free := claimOf(all[1], "operator:ravi", 40), claimOf(all[2], "", 40)
	stale.Since = At(1)
	saveClaims(t, s, claimOf(all[4], "operator:asha", 40), claimOf(all[0], "operator:ravi", 41), stale, free,
		claimOf(agent.Activation{UserCode: userCode, ServiceCode: "43"}, "operator:asha", 40))
	held := func(n int, f store.ReviewFilter) []agent.Activation {
		f.HeldAt, f.Limit = At(n), 10
		return activationsOf(reviews(t, s, f))
	}
	equalAll(t, "held", held(50, store.ReviewFilter{}), []agent.Activation{all[0], all[4]})
	equalAll(t, "held, of a service", held(50, store.ReviewFilter{ServiceCode: "45"}), all[4:])
	equalAll(t, "held, after the first", held(50, store.ReviewFilter{After: store.ReviewKey{Since: At(10), UserCode: "9", ServiceCode: "53"}}), all[4:])
	equalAll(t, "held once the first claim is over", held(100, store.ReviewFilter{}), all[:1])
	equalAll(t, "held once both are", held(101, store.ReviewFilter{}), nil)
}

func reviewTotals(t *testing.T, s store.Store) {
	totals := func(n int) []store.ReviewTotal {
		return view(t, s, func(tx store.Tx) ([]store.ReviewTotal, error) { return tx.ReviewTotals(At(n)) })
	}
	equalAll(t, "of nothing", totals(0), nil)
	queue(t, s)
	want := []store.ReviewTotal{
		{ServiceCode: "45", Waiting: 1, Second: 1, Oldest: At(30)},
		{ServiceCode: "53", Waiting: 3, Over: 1, Oldest: At(10)},
		{ServiceCode: "531", Waiting: 1, Second: 1, Oldest: At(20)},
	}
	equalAll(t, "totals", totals(20), want)
	for i := range want {
		want[i].Over = want[i].Waiting
	}
	equalAll(t, "totals, all of them over", totals(31), want)
	for _, state := range slices.Concat(agent.States()[1:], agent.States()[1:]) {
		SetActivation(t, s, userCode, "45", state)
		n := 1
		if state.Waiting() {
			n = 2
		}
		equal(t, "waiting of 45 once another one is "+state.String(), totals(20)[0].Waiting, n)
	}
}

func claimsHeld(t *testing.T, s store.Store) {
	all := queue(t, s)
	stale := claimOf(all[3], "operator:asha", 40)
	stale.Since = At(1)
	saveClaims(t, s, claimOf(all[0], "operator:asha", 40), claimOf(all[1], "operator:asha", 45), claimOf(all[2], "operator:ravi", 40), stale)
	for n, want := range map[int]map[string]int{
		50: {"operator:asha": 2, "operator:ravi": 1, "operator:x": 0, "": 0}, 100: {"operator:asha": 1, "operator:ravi": 0}, 105: {"operator:asha": 0},
	} {
		for by, count := range want {
			got := view(t, s, func(tx store.Tx) (int, error) { return tx.ClaimsHeld(by, At(n)) })
			equal(t, fmt.Sprintf("held by %q at %d", by, n), got, count)
		}
	}
}

func claimRoundTrip(t *testing.T, s store.Store) {
	read := func() agent.Claim {
		return view(t, s, func(tx store.Tx) (agent.Claim, error) { return tx.Claim(userCode, "43") })
	}
	equal(t, "claim of what nobody claimed", read(), agent.Claim{UserCode: userCode, ServiceCode: "43"})
	dir := directoryOf(t, s)
	want := claimOf(agent.Activation{UserCode: userCode, ServiceCode: "43", WaitingSince: At(3)}, "operator:asha", 4)
	saveClaims(t, s, want, claimOf(agent.Activation{UserCode: userCode, ServiceCode: "45"}, "operator:ravi", 9))
	complete(t, "claim", want)
	equal(t, "claim", read(), want)
	want = want.Over()
	saveClaims(t, s, want)
	equal(t, "claim that was given back", read(), want)
	samePointer(t, "after claims", directoryOf(t, s), dir, true)
}
