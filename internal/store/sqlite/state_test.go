package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestStateAcrossAChange: State has looked at the directory and waits to read the agent while a block on the service
// takes the place of one on the agent.
func TestStateAcrossAChange(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "db"), Records: -1, RecordBytes: -1, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	do := func(fns ...func(tx store.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx store.Tx) error {
			for _, fn := range fns {
				if err := fn(tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Unix(1, 0).UTC()
	save := func(b block.Block) func(store.Tx) error { return func(tx store.Tx) error { return tx.SaveBlock(b) } }
	onAgent := block.Block{ID: "a", Target: block.Target{Agent: "1"}, PlacedAt: at}
	onService := block.Block{ID: "b", Target: block.Target{Service: "45"}, PlacedAt: at}
	do(func(tx store.Tx) error { return tx.SavePartner(partner.Partner{ID: "p"}) },
		func(tx store.Tx) error {
			return tx.CreateAgent(agent.Agent{UserCode: "1", PartnerID: "p", Head: event.Head{Version: 1}})
		}, save(onAgent))

	reader := <-s.readers
	type state struct {
		rec *store.Record
		dir *store.Directory
		err error
	}
	got := make(chan state, 1)
	go func() {
		rec, dir, err := s.State(t.Context(), "1")
		got <- state{rec, dir, err}
	}()
	for s.asked.Load() < 2 { // an Update, and the look-up of State, which follows its look at the directory
		time.Sleep(time.Millisecond)
	}
	onAgent.LiftedAt = at
	do(save(onService))
	do(save(onAgent))
	s.readers <- reader
	x := <-got
	if x.err != nil || len(x.rec.Blocks)+len(x.dir.BlocksOnService("45")) == 0 {
		t.Errorf("no block is seen, though one stood at any time (%v)", x.err)
	}
}
