package registry_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// vendors is a service of the catalogue without a review.
const vendors = "45"

// activated makes a world whose agent may use a service.
func activated(t *testing.T) *world {
	t.Helper()
	w := open(t, nil)
	w.switched(agent.Activate)
	return w
}

func (w *world) switched(cmd agent.CommandKind) {
	w.t.Helper()
	_, err := w.ChangeService(w.t.Context(), w.operator(), registry.Change{UserCode: sandbox.UserCode, ServiceCode: vendors, Command: agent.Command{Kind: cmd}})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) asker(h access.Holder) registry.Asker {
	return registry.Asker{Holder: h, ID: "x", At: time.UnixMicro(w.clock.Load()).UTC()}
}

func (w *world) allowed(by registry.Asker, ask registry.Ask) bool {
	w.t.Helper()
	v, err := w.Decide(w.t.Context(), by, &ask)
	if err != nil {
		w.t.Fatal(err)
	}
	return v.Allowed
}

func (w *world) uses() (days []int) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(tx store.Tx) error {
		list, err := tx.Uses(sandbox.UserCode)
		for _, u := range list {
			days = append(days, u.Day)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return days
}

// TestUses: an allowed decision of whoever runs services is noted for its day, and nothing else is.
func TestUses(t *testing.T) {
	t.Parallel()
	w := activated(t)
	sw, ask := access.HolderSwitch, registry.Ask{Agent: sandbox.UserCode, Service: vendors}
	flush := func() {
		t.Helper()
		if err := w.FlushUses(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	day := int(w.asker(sw).At.Unix() / 86400)

	w.allowed(w.asker(access.HolderOperator), ask)
	later := ask
	later.At = w.asker(sw).At.Add(6 * time.Minute)
	w.allowed(w.asker(sw), later)
	w.allowed(w.asker(sw), registry.Ask{Agent: sandbox.UserCode, Service: "86"})
	if flush(); len(w.uses()) > 0 {
		t.Fatalf("noted are %v, before anything was used", w.uses())
	}

	for range 3 {
		if !w.allowed(w.asker(sw), ask) {
			t.Fatal("denied")
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.FlushUses(gone); err == nil {
		t.Fatal("the flush of a context that ended says it went through")
	}
	if flush(); !slices.Equal(w.uses(), []int{day}) {
		t.Fatalf("noted are %v, want day %d", w.uses(), day)
	}
	w.pass(24 * time.Hour)
	w.allowed(w.asker(sw), ask)
	if flush(); !slices.Equal(w.uses(), []int{day + 1}) {
		t.Fatalf("noted are %v, want day %d", w.uses(), day+1)
	}
}

// TestNeverStale: once a change was answered, the next decision knows of it.
func TestNeverStale(t *testing.T) {
	t.Parallel()
	w := activated(t)
	ask := registry.Ask{Agent: sandbox.UserCode, Service: vendors}
	for i := range 200 {
		on := i%2 == 1
		w.switched(map[bool]agent.CommandKind{true: agent.Activate, false: agent.Deactivate}[on])
		if w.allowed(w.asker(access.HolderSwitch), ask) != on {
			t.Fatalf("after change %s the answer is still the old one", strconv.Itoa(i))
		}
	}
}

// TestAskTooLate: a time that has passed is no question to a decision.
func TestAskTooLate(t *testing.T) {
	t.Parallel()
	w := activated(t)
	_, err := w.Decide(t.Context(), w.asker(access.HolderSwitch), &registry.Ask{Agent: sandbox.UserCode, Service: vendors, At: w.asker("").At.Add(-time.Hour)})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}
