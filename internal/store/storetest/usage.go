package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func usageCases() []testCase {
	return []testCase{
		{"SaveUses/of several days the last one stays", usesLastStays},
		{"SaveUses/is no part of the record of changes", usesRecordNothing},
		{"Uses/of one agent, by service code", usesOfAgent},
		{"Idle/neither used nor changed since a day, and on", idleActivations},
		{"Idle/in pages", idlePages},
		{"SaveKeyUses/of several times the last one stays, and nothing is recorded", keyUsesLastStay},
	}
}

// uses reads the uses of an agent.
func uses(t testing.TB, s store.Store, code string) []store.Use {
	t.Helper()
	return view(t, s, func(tx store.Tx) ([]store.Use, error) { return tx.Uses(code) })
}

func saveUses(t testing.TB, s store.Store, uses ...store.Use) {
	t.Helper()
	update(t, s, func(tx store.Tx) error { return tx.SaveUses(uses) })
}

func use(code, serviceCode string, day int) store.Use {
	return store.Use{UserCode: code, ServiceCode: serviceCode, Day: day}
}

func usesLastStays(t *testing.T, s store.Store) {
	last := 0
	for _, days := range [][]int{{10}, {9}, {11}, {10, 12, 11}, {12}, {1, 2, 3}} {
		var list []store.Use
		for _, day := range days {
			list, last = append(list, use(userCode, "43", day)), max(last, day)
		}
		saveUses(t, s, list...)
		equalAll(t, fmt.Sprintf("uses after %v", days), uses(t, s, userCode), []store.Use{use(userCode, "43", last)})
	}
	saveUses(t, s)
}

func usesRecordNothing(t *testing.T, s store.Store) {
	buildWorld(t, s)
	SetActivation(t, s, userCode, "43", agent.Active)
	before, dir := len(events(t, s)), directoryOf(t, s)
	saveUses(t, s, use(userCode, "43", 10), use("nobody", "99", 10))
	equal(t, "events", len(events(t, s)), before)
	samePointer(t, "after uses", directoryOf(t, s), dir, true)
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
}

func usesOfAgent(t *testing.T, s store.Store) {
	saveUses(t, s, use(userCode, "53", 3), use(newUser, "43", 9), use(userCode, "43", 1), use(userCode, "45", 2))
	equalAll(t, "of one", uses(t, s, userCode), []store.Use{use(userCode, "43", 1), use(userCode, "45", 2), use(userCode, "53", 3)})
	equalAll(t, "of another", uses(t, s, newUser), []store.Use{use(newUser, "43", 9)})
	equalAll(t, "of nobody", uses(t, s, "nobody"), nil)
}

// noon is a time on a day, as Use counts them.
func noon(day int) time.Time { return time.Unix(int64(day)*86400+43200, 0).UTC() }

// addIdle makes an agent whose activation was made and changed at these times (zero: never).
func addIdle(t testing.TB, s store.Store, code, serviceCode string, state agent.State, created, changed time.Time) agent.Activation {
	t.Helper()
	var a agent.Activation
	update(t, s, func(tx store.Tx) error {
		if taken, err := tx.HaveAgents(code, code, 1); err != nil || len(taken) == 0 {
			if _, err := addAgent(tx, partnerID, code); err != nil {
				return err
			}
		}
		a = agent.Activation{UserCode: code, ServiceCode: serviceCode, State: state, CreatedAt: created, UpdatedAt: changed}
		return tx.CreateActivation(a)
	})
	return a
}

func idleActivations(t *testing.T, s store.Store) {
	const since = 100
	midnight, none := time.Unix(since*86400, 0).UTC(), time.Time{}
	var want []agent.Activation
	want = append(want,
		addIdle(t, s, "60", "43", agent.Active, noon(since-1), none),
		addIdle(t, s, "61", "43", agent.ActiveVerified, noon(1), noon(since-1)),
		addIdle(t, s, "62", "43", agent.ActiveWaiting, noon(1), midnight.Add(-time.Microsecond)),
		addIdle(t, s, "63", "43", agent.Active, noon(1), none))
	addIdle(t, s, "64", "43", agent.Active, midnight, none)
	addIdle(t, s, "65", "43", agent.Active, noon(1), midnight)
	addIdle(t, s, "66", "43", agent.Active, noon(1), none)
	addIdle(t, s, "67", "43", agent.Off, noon(1), none)
	addIdle(t, s, "68", "43", agent.PendingReview, noon(1), none)
	addIdle(t, s, "69", "45", agent.Active, noon(1), none)
	addIdle(t, s, "63", "45", agent.Active, noon(1), none)
	saveUses(t, s, use("63", "43", since-1), use("63", "45", since), use("66", "43", since), use("62", "45", since))
	idle := func(f store.IdleFilter) []agent.Activation {
		return view(t, s, func(tx store.Tx) ([]agent.Activation, error) { return tx.Idle(f) })
	}
	equalAll(t, "idle", idle(store.IdleFilter{ServiceCode: "43", Since: since, Limit: 100}), want)
	equalAll(t, "idle by then", idle(store.IdleFilter{ServiceCode: "43", Since: 1, Limit: 100}), nil)
	equal(t, "idle the day after", len(idle(store.IdleFilter{ServiceCode: "43", Since: since + 1, Limit: 100})), len(want)+3)
	equal(t, "idle of a service that nobody has", len(idle(store.IdleFilter{ServiceCode: "99", Since: since, Limit: 100})), 0)
}

func idlePages(t *testing.T, s store.Store) {
	var want []agent.Activation
	for _, code := range []string{"-", "10", "9", "A-1", "a"} {
		want = append(want, addIdle(t, s, code, "43", agent.Active, noon(1), time.Time{}))
	}
	for limit := 1; limit <= len(want); limit++ {
		var got []agent.Activation
		f := store.IdleFilter{ServiceCode: "43", Since: 50, Limit: limit}
		for more := true; more; {
			page := view(t, s, func(tx store.Tx) ([]agent.Activation, error) { return tx.Idle(f) })
			if len(page) > limit {
				t.Errorf("a page of %d has %d activations", limit, len(page))
			}
			if got, more = append(got, page...), len(page) > 0; more {
				f.After = got[len(got)-1].UserCode
			}
		}
		equalAll(t, fmt.Sprintf("pages of %d", limit), got, want)
	}
}

func keyUsesLastStay(t *testing.T, s store.Store) {
	keyUses := func() []store.KeyUse { return view(t, s, store.Tx.KeyUses) }
	use := func(kind store.KeyKind, id string, n int) store.KeyUse {
		return store.KeyUse{Key: store.KeyName{Kind: kind, ID: id}, At: At(n)}
	}
	buildWorld(t, s)
	equalAll(t, "of keys that were never used", keyUses(), nil)
	before, dir := len(events(t, s)), directoryOf(t, s)
	for _, uses := range [][]store.KeyUse{
		{use(store.DeveloperKey, "a", 5), use(store.BearerToken, "a", 6), use(store.ChannelSecret, "a", 7)},
		{use(store.DeveloperKey, "a", 4), use(store.DeveloperKey, "B", 1), use(store.BearerToken, "a", 8), use(store.BearerToken, "a", 7)},
		nil,
	} {
		update(t, s, func(tx store.Tx) error { return tx.SaveKeyUses(uses) })
	}
	equalAll(t, "last uses", keyUses(), []store.KeyUse{use(store.DeveloperKey, "B", 1), use(store.DeveloperKey, "a", 5), use(store.ChannelSecret, "a", 7), use(store.BearerToken, "a", 8)})
	equal(t, "events", len(events(t, s)), before)
	samePointer(t, "after uses", directoryOf(t, s), dir, true)
}
