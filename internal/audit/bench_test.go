package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// BenchmarkCheck goes through the events of a database, twenty for each agent, as a verification does.
// SWITCHBOARD_AUDIT_EVENTS says how many there are.
func BenchmarkCheck(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("SWITCHBOARD_AUDIT_EVENTS"))
	if n == 0 {
		n = 200_000
	}
	s, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "bench.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	fill(b, s, n)
	b.Run("events alone", func(b *testing.B) { checkEvents(b, s, n, false) })
	b.Run("with what rows must say", func(b *testing.B) { checkEvents(b, s, n, true) })
}

func checkEvents(b *testing.B, s store.Store, n int, withRows bool) {
	for range b.N {
		c := audit.NewChecker(withRows)
		c.Begin()
		err := s.View(b.Context(), func(tx store.Tx) error {
			return tx.ScanEvents(0, func(r *event.Raw) error { c.Event(r); return nil })
		})
		if c.EndEvents(); err != nil || !c.OK() || c.Events != uint64(n) {
			b.Fatal(err, c.Problems, c.Events)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// fill writes events like those of activations that go on and off.
func fill(b *testing.B, s store.Store, n int) {
	heads := make([]event.Head, max(n/20, 1))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for done := 0; done < n; {
		err := s.Update(b.Context(), func(tx store.Tx) error {
			for end := min(done+10_000, n); done < end; done++ {
				who := done * 7919 % len(heads)
				e := heads[who].Next(event.Event{
					Subject: event.Subject{Kind: event.Agent, ID: strconv.Itoa(30000001 + who)}, Kind: event.ServiceActivated,
					Service: []string{"43", "45", "53"}[done%3],
					Cause: event.Cause{Actor: "partner:p1", Key: "becbbce45f79c6f5109f848acd540567", Address: "203.0.113.7",
						RequestID: fmt.Sprintf("d2k9vq5r0u%010d", done), At: at.Add(time.Duration(done) * time.Millisecond)},
					Data: event.Data("from", "none", "to", "activated(0)", "client_ref_id", fmt.Sprintf("REQ-%012d", done)),
				})
				if err := tx.AppendEvent(&e); err != nil {
					return err
				}
				heads[who] = e.Head()
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
