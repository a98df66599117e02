package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func auditCases() []testCase {
	return []testCase{
		{"ScanEvents/gives what EventsFrom gives", scanEvents},
		{"ScanRows/gives every head, agents before activations", scanRows},
		{"EventHash/and LastSeq, EventSpan", eventLookups},
		{"LogBlocks/come back in order, each once", logBlocks},
		{"LogHeads/come back by ID", logHeads},
		{"EraseAgent/takes out what is personal", eraseAgent},
		{"EraseMember/moves the row to the ID", eraseMember},
	}
}

func scanEvents(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, writeAll)
	all := events(t, s)
	for _, after := range []uint64{0, 3, uint64(len(all)), 1 << 40} {
		got := view(t, s, func(tx store.Tx) (list []event.Event, err error) {
			err = tx.ScanEvents(after, func(r *event.Raw) error { list = append(list, r.Event()); return nil })
			return list, err
		})
		equalAll(t, "events", got, all[min(after, uint64(len(all))):])
	}
	enough := errors.New("enough")
	n := 0
	err := s.View(t.Context(), func(tx store.Tx) error {
		return tx.ScanEvents(0, func(*event.Raw) error { n++; return enough })
	})
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("after %d events a scan gives %v, want the error of fn after one", n, err)
	}
}

func scanRows(t *testing.T, s store.Store) {
	buildWorld(t, s)
	SetActivation(t, s, userCode, "43", agent.ActiveWaiting)
	rows := view(t, s, func(tx store.Tx) (list []audit.Row, err error) {
		err = tx.ScanRows(func(r *audit.Row) error { list = append(list, keptRow(r)); return nil })
		return list, err
	})
	rec := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) })
	a := rec.Activations[0]
	found := map[string]audit.Row{}
	for _, r := range rows {
		found[r.String()] = r
	}
	equal(t, "number of rows", len(rows), 10) // two partners, three services, an agent and its activation, a channel, two members
	equal(t, "the agent's head", found["agent "+userCode].Head, rec.Agent.Head)
	is := found["service 43 of agent "+userCode]
	equal(t, "the activation's head", is.Head, a.Head)
	equal(t, "its state", is.State, agent.ActiveWaiting)
	equal(t, "its dates", is.Dates, a.Dates)
	equal(t, "the last row", rows[len(rows)-1].String(), is.String())
	m := view(t, s, func(tx store.Tx) (*member.Member, error) { return tx.Member(msisdn) })
	equal(t, "a member's head", found["member "+m.ID].Head, m.Head)
}

// keptRow is a row that the next one does not overwrite.
func keptRow(r *audit.Row) audit.Row {
	kept := *r
	kept.ID, kept.Service = bytes.Clone(r.ID), bytes.Clone(r.Service)
	return kept
}

func eventLookups(t *testing.T, s store.Store) {
	last := func() uint64 { return view(t, s, store.Tx.LastSeq) }
	equal(t, "the last event of none", last(), 0)
	buildWorld(t, s)
	all := events(t, s)
	equal(t, "the last event", last(), all[len(all)-1].Seq)
	hash := func(seq uint64) func(store.Tx) (event.Hash, error) {
		return func(tx store.Tx) (event.Hash, error) { return tx.EventHash(seq) }
	}
	equal(t, "hash of event 0", view(t, s, hash(0)), event.Hash{})
	equal(t, "hash of event 2", view(t, s, hash(2)), all[1].Hash)
	notFound(t, s, "hash of no event", fault.NotFound, hash(1<<40))
	span := func(from, until time.Time) [2]uint64 {
		return view(t, s, func(tx store.Tx) (x [2]uint64, err error) {
			x[0], x[1], err = tx.EventSpan(from, until)
			return x, err
		})
	}
	update(t, s, func(tx store.Tx) error {
		e := event.Head{}.Next(event.Event{Subject: event.Subject{Kind: event.Ladder, ID: "late"}, Kind: event.LadderSet, Cause: Cause(50), Data: "{}"})
		return tx.AppendEvent(&e)
	})
	later := last()
	equal(t, "all", span(time.Time{}, time.Time{}), [2]uint64{1, later})
	equal(t, "from a time on", span(At(50), time.Time{}), [2]uint64{later, later})
	equal(t, "before it", span(time.Time{}, At(50)), [2]uint64{1, later - 1})
	equal(t, "none", span(At(100), time.Time{}), [2]uint64{})
}

func allBlocks(tx store.Tx) ([]audit.Hash, error) { return tx.LogBlocks(0) }

func logBlocks(t *testing.T, s store.Store) {
	equalAll(t, "blocks of a new store", view(t, s, allBlocks), nil)
	want := []audit.Hash{{1}, {2}, {3}, {4}}
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddLogBlocks(0, want[:3]), tx.AddLogBlocks(3, want[3:]))
	})
	equalAll(t, "blocks", view(t, s, allBlocks), want)
	equalAll(t, "blocks from one on", view(t, s, func(tx store.Tx) ([]audit.Hash, error) { return tx.LogBlocks(2) }), want[2:])
	refused(t, s, "a block twice", fault.Exists, func(tx store.Tx) error { return tx.AddLogBlocks(1, want[:1]) })
	update(t, s, func(tx store.Tx) error { return tx.AddLogBlocks(7, want[:1]) })
	notFound(t, s, "with one missing", fault.Invalid, allBlocks)
}

func logHeads(t *testing.T, s store.Store) {
	notFound(t, s, "the last of none", fault.NotFound, store.Tx.LastLogHead)
	var want []audit.SignedHead
	for i := range 3 {
		h := audit.SignedHead{Head: audit.Head{Size: uint64(10 * i), Root: audit.Hash{byte(i)}, At: At(i)}, Note: "— \"note\" 😀\n"}
		var given audit.SignedHead
		update(t, s, func(tx store.Tx) (err error) { given, err = tx.AddLogHead(h); return err })
		h.ID = uint64(i + 1)
		equal(t, "the head as it was added", given, h)
		want = append(want, h)
	}
	equal(t, "the last head", view(t, s, store.Tx.LastLogHead), want[2])
	for after := range uint64(4) {
		for limit := 1; limit < 4; limit++ {
			got := view(t, s, func(tx store.Tx) ([]audit.SignedHead, error) { return tx.LogHeads(after, limit) })
			rest := want[after:]
			equalAll(t, "heads", got, rest[:min(limit, len(rest))])
		}
	}
}

func eraseAgent(t *testing.T, s store.Store) {
	buildWorld(t, s)
	AddAgent(t, s, partnerID, newUser) // with the same number
	update(t, s, func(tx store.Tx) error {
		_, err := setActivation(tx, userCode, "43", agent.OffRejected, "a comment")
		return errors.Join(err, placeBlock(tx, onAgent("b-1", "")), tx.SaveCall(newCall("a", userCode, 1)), tx.SaveCall(newCall("b", newUser, 1)))
	})
	calls := view(t, s, func(tx store.Tx) ([]store.CallKey, error) { return tx.CallsAbout(userCode) })
	equalAll(t, "calls about the agent", calls, []store.CallKey{callKey("a")})
	update(t, s, func(tx store.Tx) error {
		return tx.EraseAgent(userCode, partnerID, Profile("9876543210").Mobile, calls)
	})
	rec := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) })
	equal(t, "comment and place", rec.Activations[0].Comment+rec.Activations[0].LatLong, "")
	equal(t, "the block's reason", rec.Blocks[0].Reason, "")
	equal(t, "the state", rec.Activations[0].State, agent.OffRejected)
	notFound(t, s, "the call", fault.NotFound, func(tx store.Tx) (store.Call, error) { return tx.Call(callKey("a")) })
	equal(t, "another one's call", view(t, s, func(tx store.Tx) (store.Call, error) { return tx.Call(callKey("b")) }).UserCode, newUser)
	list := view(t, s, func(tx store.Tx) ([]agent.Agent, error) { return tx.AgentsByMobile(partnerID, "9876543210") })
	if len(list) != 1 || list[0].UserCode != newUser {
		t.Errorf("the agents with the number are %+v", list)
	}
	brief, err := s.Record(t.Context(), userCode)
	must(t, err)
	equal(t, "comment in brief", brief.Activations[0].Comment, "")
}

func eraseMember(t *testing.T, s store.Store) {
	buildWorld(t, s)
	was := view(t, s, func(tx store.Tx) (*member.Member, error) { return tx.Member(msisdn) })
	erased := member.Member{ID: was.ID, MSISDN: was.ID, Standing: member.Closed, CreatedAt: was.CreatedAt, Revision: was.Revision, Head: was.Head}
	stale := erased
	stale.Revision += 7
	refused(t, s, "another revision", fault.Conflict, func(tx store.Tx) error { return tx.EraseMember(msisdn, stale) })
	_, err := s.Member(t.Context(), msisdn) // so that it is in memory
	must(t, err)
	update(t, s, func(tx store.Tx) error { return tx.EraseMember(msisdn, erased) })
	notFound(t, s, "by its phone number", fault.NotFound, func(tx store.Tx) (*member.Member, error) { return tx.Member(msisdn) })
	_, err = s.Member(t.Context(), msisdn)
	wantCode(t, "in brief by its phone number", err, fault.NotFound)
	notFound(t, s, "by its member number", fault.NotFound, func(tx store.Tx) (*member.Member, error) {
		return tx.FindMember(was.Number, member.Identity{})
	})
	got := view(t, s, func(tx store.Tx) (*member.Member, error) { return tx.Member(was.ID) })
	erased.Revision = got.Revision
	equal(t, "the erased member", *got, erased)
}
