package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestMobileIsNotedOnce makes sure that a change of an agent notes its number only when that is new to the
// agent, or the agent to the partner.
func TestMobileIsNotedOnce(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a := agent.Agent{UserCode: "20000001", PartnerID: "p1", Profile: agent.Profile{Mobile: "9000000001"}}
	err = s.Update(t.Context(), func(tx store.Tx) error { return tx.CreateAgent(a) })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func()
		notes  int64
	}{
		{"the standing", func() { a.Standing = agent.Suspended }, 0},
		{"the number", func() { a.Profile.Mobile = "9000000002" }, 1},
		{"nothing", func() {}, 0},
		{"the partner", func() { a.PartnerID = "p2" }, 1},
		{"to no number", func() { a.Profile.Mobile = "" }, 0},
		{"to the first number", func() { a.Profile.Mobile = "9000000001" }, 1},
	} {
		c.change()
		err := s.Update(t.Context(), func(stored store.Tx) error {
			own := stored.(*tx)
			before := own.mobiles
			err := own.UpdateAgent(a, 0)
			if n := own.mobiles - before; n != c.notes {
				t.Errorf("%s changed: %d numbers noted, want %d", c.name, n, c.notes)
			}
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
}
