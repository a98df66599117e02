package storetest

import (
	"fmt"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func blockCases() []testCase {
	return []testCase{
		{"Block/every field comes back, open or not", blockRoundTrip},
		{"Block/not found", blockNotFound},
		{"SaveBlock/replaces", blockReplaced},
		{"Blocks/filters", blocksFilters},
		{"Blocks/the youngest first, in pages", blocksPages},
		{"Blocks/open ones come with the record of their agent", blocksOfRecord},
		{"Blocks/open ones on services and partners come with Directory", blocksOfDirectory},
		{"Blocks/a Record never misses one that was answered", blockSeenAtOnce},
	}
}

// newBlock is an open block with every field but those of its lifting.
func newBlock(id string, target block.Target) block.Block {
	return block.Block{ID: id, Target: target, Owner: block.Fraud, Rule: block.Dormant, Reason: "कारण \"it's\" 😀",
		From: At(100), Until: At(200), PlacedAt: At(1), PlacedBy: "operator:alice"}
}

// onAgent is a block on the world's agent, or on its activation of a service.
func onAgent(id, serviceCode string) block.Block {
	return newBlock(id, block.Target{Agent: userCode, Service: serviceCode})
}

// placeBlock saves a block on an agent and records it in the agent's chain.
func placeBlock(tx store.Tx, b block.Block) error {
	r, err := tx.Agent(b.Agent)
	if err != nil {
		return err
	}
	a := r.Agent
	if a.Head, err = record(tx, r, b.Service, event.BlockPlaced); err != nil {
		return err
	}
	if err := tx.UpdateAgent(a, r.Agent.Head.Version); err != nil {
		return err
	}
	return tx.SaveBlock(b)
}

// saveBlocks saves blocks, recording nothing.
func saveBlocks(t testing.TB, s store.Store, blocks ...block.Block) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for _, b := range blocks {
			if err := tx.SaveBlock(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// storedBlock reads one block.
func storedBlock(t testing.TB, s store.Store, id string) block.Block {
	t.Helper()
	return view(t, s, func(tx store.Tx) (block.Block, error) { return tx.Block(id) })
}

// blockIDs gives the ids of the blocks that a filter lets through, after checking each of them.
func blockIDs(t testing.TB, s store.Store, f store.BlockFilter) (ids []string) {
	t.Helper()
	for _, b := range view(t, s, func(tx store.Tx) ([]block.Block, error) { return tx.Blocks(f) }) {
		equal(t, "block in the list", b, storedBlock(t, s, b.ID))
		ids = append(ids, b.ID)
	}
	return ids
}

// lifted is a block that two took away.
func lifted(b block.Block) block.Block {
	b.LiftAskedBy, b.LiftAskedAt, b.LiftedAt, b.LiftedBy = "operator:bob", At(50), At(60), "operator:carol"
	return b
}

func blockRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	targets := []block.Target{{Agent: userCode}, {Agent: userCode, Service: "43"}, {Service: "43"}, {Partner: partnerID}}
	for i, target := range targets {
		for _, owner := range block.Owners() {
			open := newBlock(fmt.Sprintf("b%d%s", i, owner), target)
			open.Owner = owner
			bare := block.Block{ID: open.ID + "-bare", Target: target, Owner: owner}
			closed := lifted(open)
			closed.ID += "-lifted"
			saveBlocks(t, s, open, bare, closed)
			for _, want := range []block.Block{open, bare, closed} {
				equal(t, "block", storedBlock(t, s, want.ID), want)
			}
		}
	}
	complete(t, "block", storedBlock(t, s, "b1fraud-lifted"), "Partner")
}

func blockNotFound(t *testing.T, s store.Store) {
	saveBlocks(t, s, newBlock("b1", block.Target{Service: "43"}))
	for _, id := range []string{"", "b", "b10", "B1", "%"} {
		notFound(t, s, "block "+id, fault.NotFound, func(tx store.Tx) (block.Block, error) { return tx.Block(id) })
	}
}

func blockReplaced(t *testing.T, s store.Store) {
	buildWorld(t, s)
	other := onAgent("b2", "")
	for _, b := range []block.Block{onAgent("b1", "43"), newBlock("b3", block.Target{Service: "43"})} {
		saveBlocks(t, s, b, other)
		now := block.Block{ID: b.ID, Target: b.Target, Owner: block.System, Reason: "another", From: At(1000), PlacedAt: At(3), PlacedBy: "x"}
		for _, want := range []block.Block{now, lifted(b), b} {
			saveBlocks(t, s, want)
			equal(t, "block as replaced", storedBlock(t, s, b.ID), want)
		}
	}
	equal(t, "the other block", storedBlock(t, s, "b2"), other)
	equalAll(t, "all", blockIDs(t, s, store.BlockFilter{Limit: 10}), []string{"b3", "b2", "b1"})
}

func blocksFilters(t *testing.T, s store.Store) {
	buildWorld(t, s)
	compliance := onAgent("b2", "43")
	compliance.Owner = block.Compliance
	saveBlocks(t, s, onAgent("b1", ""), compliance, lifted(onAgent("b3", "45")), newBlock("b4", block.Target{Agent: newUser, Service: "43"}),
		newBlock("b5", block.Target{Service: "43"}), lifted(newBlock("b6", block.Target{Service: "45"})),
		newBlock("b7", block.Target{Partner: partnerID}), newBlock("b8", block.Target{Partner: otherPartnerID}))
	fraud, owner, nobodys := block.Fraud, block.Compliance, block.Operator
	for _, c := range []struct {
		name   string
		filter store.BlockFilter
		want   []string
	}{
		{"all", store.BlockFilter{}, []string{"b8", "b7", "b6", "b5", "b4", "b3", "b2", "b1"}},
		{"open", store.BlockFilter{Open: true}, []string{"b8", "b7", "b5", "b4", "b2", "b1"}},
		{"of an agent", store.BlockFilter{Agent: userCode}, []string{"b3", "b2", "b1"}},
		{"open, of an agent", store.BlockFilter{Agent: userCode, Open: true}, []string{"b2", "b1"}},
		{"on a service, of whomever", store.BlockFilter{Service: "43"}, []string{"b5", "b4", "b2"}},
		{"on a service of an agent", store.BlockFilter{Agent: userCode, Service: "43"}, []string{"b2"}},
		{"on a partner", store.BlockFilter{Partner: partnerID}, []string{"b7"}},
		{"of an owner", store.BlockFilter{Owner: &owner}, []string{"b2"}},
		{"of an owner, of an agent", store.BlockFilter{Owner: &fraud, Agent: userCode}, []string{"b3", "b1"}},
		{"of the owner numbered zero", store.BlockFilter{Owner: &nobodys}, nil},
		{"before one", store.BlockFilter{Before: "b4"}, []string{"b3", "b2", "b1"}},
		{"before one, of an agent", store.BlockFilter{Agent: userCode, Before: "b3"}, []string{"b2", "b1"}},
		{"of nobody", store.BlockFilter{Agent: "nobody"}, nil},
		{"before the first", store.BlockFilter{Before: "b1"}, nil},
	} {
		c.filter.Limit = 100
		equalAll(t, c.name, blockIDs(t, s, c.filter), c.want)
	}
}

func blocksPages(t *testing.T, s store.Store) {
	buildWorld(t, s)
	var all []string
	for i := range 7 {
		id := fmt.Sprint("b", 7-i)
		all = append(all, id)
		saveBlocks(t, s, onAgent(id, ""))
	}
	for _, code := range []string{"", userCode} {
		for limit := 1; limit <= len(all); limit++ {
			var got []string
			f := store.BlockFilter{Agent: code, Limit: limit}
			for page := blockIDs(t, s, f); len(page) > 0; page = blockIDs(t, s, f) {
				if len(page) > limit {
					t.Errorf("a page of %d has %d blocks", limit, len(page))
				}
				got = append(got, page...)
				f.Before = got[len(got)-1]
			}
			equalAll(t, fmt.Sprintf("pages of %d", limit), got, all)
		}
	}
}

// wantBlocks checks the blocks of an agent's record, whole in a transaction and in brief from memory.
func wantBlocks(t *testing.T, s store.Store, what, code string, want ...block.Block) {
	t.Helper()
	whole := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) })
	equalAll(t, "blocks of the agent "+what, whole.Blocks, want)
	inBrief := agent.Record{Agent: whole.Agent, Blocks: want}
	for range 3 { // the second time it may come from memory
		equalAll(t, "blocks of the Record "+what, recordOf(t, s, code).Blocks, inBrief.Brief().Blocks)
	}
}

func blocksOfRecord(t *testing.T, s store.Store) {
	buildWorld(t, s)
	AddAgent(t, s, partnerID, newUser)
	wantBlocks(t, s, "before", userCode)
	first, second, ended := onAgent("b1", ""), onAgent("b2", "43"), onAgent("b3", "45")
	ended.From, ended.Until = At(-20), At(-10)
	saveBlocks(t, s, second, ended, first, lifted(onAgent("b0", "")), newBlock("b4", block.Target{Service: "43"}), newBlock("b5", block.Target{Partner: partnerID}))
	wantBlocks(t, s, "once placed", userCode, first, second, ended) // one that ended by itself was not lifted
	wantBlocks(t, s, "of another", newUser)
	second.LiftAskedBy, second.LiftAskedAt = "operator:bob", At(50)
	saveBlocks(t, s, lifted(first), second)
	wantBlocks(t, s, "once one is lifted", userCode, second, ended)
	saveBlocks(t, s, lifted(second), lifted(ended))
	wantBlocks(t, s, "once all are lifted", userCode)
	saveBlocks(t, s, onAgent("b6", "43"))
	wantBlocks(t, s, "once another is placed", userCode, onAgent("b6", "43"))
	update(t, s, func(tx store.Tx) error { _, err := setLastName(tx, userCode, "Changed"); return err })
	wantBlocks(t, s, "once the agent is changed", userCode, onAgent("b6", "43"))
	sameAsStored(t, s, userCode)
	must(t, s.Check(t.Context()))
}

func blocksOfDirectory(t *testing.T, s store.Store) {
	buildWorld(t, s)
	onService, again, onPartner := newBlock("b3", block.Target{Service: "43"}), newBlock("b1", block.Target{Service: "43"}), newBlock("b2", block.Target{Partner: partnerID})
	saveBlocks(t, s, onService, again, onPartner, onAgent("b4", "43"), onAgent("b5", ""), lifted(newBlock("b6", block.Target{Service: "45"})))
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		equalAll(t, "blocks", dir.Blocks, []block.Block{again, onPartner, onService})
		equalAll(t, "blocks on the service", dir.BlocksOnService("43"), []block.Block{again, onService})
		equalAll(t, "blocks on the partner", dir.BlocksOnPartner(partnerID), []block.Block{onPartner})
		equal(t, "blocks on others", len(dir.BlocksOnService("45"))+len(dir.BlocksOnService(partnerID))+len(dir.BlocksOnPartner(otherPartnerID))+
			len(dir.BlocksOnPartner("43"))+len(dir.BlocksOnService(""))+len(dir.BlocksOnPartner("")), 0)
	})
	saveBlocks(t, s, lifted(onService), lifted(onPartner))
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		equalAll(t, "blocks once lifted", dir.Blocks, []block.Block{again})
		equal(t, "blocks on the partner once lifted", len(dir.BlocksOnPartner(partnerID)), 0)
	})
}

// blockSeenAtOnce: whoever was answered that a block stands reads no record without it, on many agents at once.
func blockSeenAtOnce(t *testing.T, s store.Store) {
	buildWorld(t, s)
	const agents = 40
	code := func(i int) string { return fmt.Sprintf("7000%04d", i) }
	update(t, s, func(tx store.Tx) error {
		for i := range agents {
			if _, err := addAgent(tx, partnerID, code(i)); err != nil {
				return err
			}
		}
		return nil
	})
	parallel(agents, func(i int) {
		for n := range 5 {
			for want, b := range []block.Block{lifted(newBlock("b-"+code(i), block.Target{Agent: code(i)})), newBlock("b-"+code(i), block.Target{Agent: code(i)})} {
				if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.SaveBlock(b) }); err != nil {
					t.Error(err)
				}
				if rec, err := s.Record(t.Context(), code(i)); err != nil || len(rec.Blocks) != want {
					t.Errorf("round %d: %d blocks right after the answer (error %v), want %d", n, len(rec.Blocks), err, want)
					return
				}
			}
		}
	})
}
