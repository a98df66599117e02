package storetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// RunNodes checks what a store promises that several processes share. database is called for each case, and gives
// what opens the same new database again and again; it sees to it that t closes each.
func RunNodes(t *testing.T, database func(t *testing.T) (open func() store.Store)) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open func() store.Store)
	}{
		{"Nodes/keep everything", nodesKeepEverything},
		{"Nodes/see at once what another one answered", nodesSeeEachOther},
		{"Nodes/what is read comes with the latest Directory", nodesReadUnderTheLatest},
		{"Nodes/Updates follow each other", nodesFollowEachOther},
		{"Nodes/one that waits hears of the events of another", nodesHear},
		{"Nodes/begin together", nodesBeginTogether},
		{"Nodes/work is one's at a time", nodesClaim},
		{"Nodes/work of one that is gone goes on", nodesTakeOver},
		{"Nodes/stir each other", nodesStir},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, database(t))
		})
	}
}

func nodesKeepEverything(t *testing.T, open func() store.Store) {
	s := open()
	buildWorld(t, s)
	update(t, s, writeAll)
	want := dump(t, s)
	must(t, s.Close())
	s = open()
	sameDump(t, "after it was opened again", dump(t, s), want)
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
	sameMember(t, s, msisdn)
}

func nodesSeeEachOther(t *testing.T, open func() store.Store) {
	nodes := []store.Store{open(), open()}
	buildWorld(t, nodes[0])
	for round := range 20 {
		from, to := nodes[round%2], nodes[(round+1)%2]
		state := agent.Active
		if round%3 == 0 {
			state = agent.Off
		}
		SetActivation(t, from, userCode, "43", state)
		equal(t, "state at the other node", recordOf(t, to, userCode).Activation("43").State, state)
		equal(t, "state in a View", view(t, to, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) }).Activation("43").State, state)

		before := directoryOf(t, to)
		AddPartner(t, from, fmt.Sprint("p-", round), fmt.Sprint("98000000", round))
		after := directoryOf(t, to)
		samePointer(t, "after another node changed it", after, before, false)
		if _, ok := after.Partner(fmt.Sprint("p-", round)); !ok {
			t.Errorf("round %d: the other node does not know the partner", round)
		}
		samePointer(t, "when nothing has changed", directoryOf(t, to), after, true)
		if recent := to.Recent(); recent != nil {
			samePointer(t, "in memory", recent, after, true)
		}
		update(t, to, func(tx store.Tx) error { // the transaction knows it too
			d, err := tx.Directory()
			if err == nil {
				_, err = d.FindPartner(fmt.Sprint("p-", round))
			}
			return err
		})
		rec, dir, err := to.State(t.Context(), userCode)
		must(t, err)
		equal(t, "state with the directory", rec.Activation("43").State, state)
		samePointer(t, "with the state", dir, after, true)
	}
}

func nodesFollowEachOther(t *testing.T, open func() store.Store) {
	nodes := []store.Store{open(), open(), open()}
	buildWorld(t, nodes[0])
	before := len(events(t, nodes[0]))
	const updaters = 90
	var saw [updaters]int
	parallel(updaters, func(i int) {
		err := nodes[i%len(nodes)].Update(t.Context(), func(tx store.Tx) (err error) {
			if saw[i], err = count(tx, "n"); err != nil {
				return err
			}
			if _, err := setActivation(tx, userCode, []string{"43", "45", "53"}[i%3], agent.Active, ""); err != nil {
				return err
			}
			return meet(tx, i)
		}, store.Near{UserCode: userCode})
		if fault.CodeOf(err) != fate(i) {
			t.Errorf("Update %d: got error %v, want %q", i, err, fate(i))
		}
	})
	var good []int
	for i := range updaters {
		if fate(i) == "" {
			good = append(good, saw[i])
		}
	}
	eachOnce(t, good)
	for _, s := range nodes {
		equal(t, "count", setting(t, s, "n"), strconv.Itoa(len(good)))
		equal(t, "new events", len(events(t, s))-before, len(good))
		sameAsStored(t, s, userCode)
		verifyChain(t, s, userCode)
	}
}

func nodesHear(t *testing.T, open func() store.Store) {
	a, b := open(), open()
	buildWorld(t, a)
	last := uint64(len(events(t, b)))
	heard := make(chan error)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() { heard <- b.Await(ctx, last) }()
	update(t, a, func(tx store.Tx) error { _, err := appendOne(tx, "more"); return err })
	must(t, <-heard)
	equal(t, "events at the other node", len(events(t, b)), int(last)+1)
}

func nodesBeginTogether(t *testing.T, open func() store.Store) {
	var nodes [6]store.Store
	parallel(len(nodes), func(i int) { nodes[i] = open() })
	for i, s := range nodes {
		p := partner.Partner{ID: fmt.Sprint("p", i), Name: "Partner", InitiatorID: fmt.Sprint(i), CreatedAt: At(0)}
		update(t, s, func(tx store.Tx) error { return tx.SavePartner(p) })
	}
	for _, s := range nodes {
		equal(t, "partners", len(directoryOf(t, s).Partners), len(nodes))
	}
}

// long is longer than any test takes.
const long = time.Hour

func claim(t *testing.T, s store.Store, work string, d time.Duration) bool {
	t.Helper()
	held, err := s.Claim(t.Context(), work, d)
	must(t, err)
	return held
}

func nodesClaim(t *testing.T, open func() store.Store) {
	nodes := []store.Store{open(), open(), open()}
	var got [3]bool
	parallel(len(nodes), func(i int) { got[i] = claim(t, nodes[i], "w", long) })
	first := slices.Index(got[:], true)
	if first < 0 || slices.Contains(got[first+1:], true) {
		t.Fatalf("claimed by %v", got)
	}
	other := nodes[(first+1)%3]
	equal(t, "prolonged", claim(t, nodes[first], "w", long), true)
	equal(t, "another's meanwhile", claim(t, other, "w", long), false)
	equal(t, "other work", claim(t, other, "v", long), true)
	claim(t, other, "w", 0)
	equal(t, "given back by one who has it not", claim(t, other, "w", long), false)
	claim(t, nodes[first], "w", 0)
	equal(t, "after it was given back", claim(t, other, "w", long), true)
	equal(t, "by who had it before", claim(t, nodes[first], "w", long), false)
	must(t, other.Close())
	if _, err := other.Claim(t.Context(), "w", long); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a claim of a closed store: %v", err)
	}
	equal(t, "what was not given back", claim(t, nodes[first], "w", long), false)
}

func nodesTakeOver(t *testing.T, open func() store.Store) {
	a, b := open(), open()
	equal(t, "claimed", claim(t, a, "w", time.Millisecond), true)
	for !claim(t, b, "w", long) {
		if t.Context().Err() != nil {
			t.Fatal("it is never another's turn")
		}
	}
	equal(t, "prolonged too late", claim(t, a, "w", long), false)
}

func nodesStir(t *testing.T, open func() store.Store) {
	a, b := open(), open()
	_, _ = a.Stirred("topic"), b.Stirred("topic") // from now on
	for round := range 3 {
		for _, s := range []store.Store{a, b} {
			from := []store.Store{a, b}[round%2]
			from.Stir("topic")
			select {
			case <-s.Stirred("topic"):
			case <-time.After(time.Minute):
				t.Fatal("a node was not stirred")
			}
		}
	}
	select {
	case <-a.Stirred("another topic"):
		t.Error("what concerns another topic was heard")
	default:
	}
}
