package admin_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// TestEvents: operators see the whole record, with what people wrote, and may wait for what comes.
func TestEvents(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	after, err := a.Operator.LatestEvent(t.Context())
	if err != nil || after == 0 {
		t.Fatal(after, err)
	}
	if page, err := a.Operator.Events(t.Context(), after, 10, time.Millisecond); err != nil || len(page.Events) != 0 || page.Next != after {
		t.Errorf("%+v, %v", page, err)
	}
	came := make(chan switchboard.RecordPage)
	go func() {
		defer close(came)
		for {
			page, err := a.Operator.Events(t.Context(), after, 10, 2*time.Second)
			if err != nil {
				t.Error(err)
				return
			}
			if len(page.Events) > 0 {
				came <- page
				return
			}
		}
	}()
	if _, err := a.Operator.SetStanding(t.Context(), sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "papers missing"}); err != nil {
		t.Fatal(err)
	}
	page := <-came
	if len(page.Events) != 1 || page.Next != after+1 {
		t.Fatalf("%+v", page)
	}
	e := page.Events[0]
	if e.Subject != "agent:"+sandbox.UserCode || e.Kind != "agent.status_changed" || string(e.Data) != `{"from":"open","to":"suspended","reason":"papers missing"}` {
		t.Errorf("%+v", e)
	}
}

func TestEventsRefuse(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for name, call := range map[string]func() error{
		"a wait too long":   func() error { _, err := a.Operator.Events(t.Context(), 0, 10, time.Minute); return err },
		"a limit too large": func() error { _, err := a.Operator.Events(t.Context(), 0, 100_000, 0); return err },
		"another's record":  func() error { _, err := a.Operator.Events(t.Context(), 1<<40, 10, 0); return err },
		"no seq":            func() error { _, err := a.Operator.Events(t.Context(), 1<<63, 10, 0); return err },
	} {
		if call() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
