package registry

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// chronicle is a store with the chain of one subject.
type chronicle struct {
	t     *testing.T
	store store.Store
	head  event.Head
}

func newChronicle(t *testing.T) *chronicle {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &chronicle{t: t, store: s}
}

func (c *chronicle) do(fn func(tx store.Tx) error) {
	c.t.Helper()
	if err := c.store.Update(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

// subject is whose chain it is.
func subject() event.Subject { return event.Subject{Kind: event.Agent, ID: "20810200"} }

// record records an event with a personal text, "" for none.
func (c *chronicle) record(text string) {
	c.t.Helper()
	draft := event.Event{Subject: subject(), Kind: event.AgentStatus, Cause: event.Cause{Actor: "operator:alice", At: time.UnixMicro(1)},
		Data: event.Data("to", "open"), Private: event.Private("reason", text)}
	was := draft
	c.do(func(tx store.Tx) (err error) { c.head, err = record(tx, c.head, &draft); return err })
	if draft != was {
		c.t.Errorf("the draft was changed to %+v: a transaction that runs again would seal twice", draft)
	}
}

// shown gives what people see of all events, after checking the chain.
func (c *chronicle) shown() (list []string) {
	c.t.Helper()
	c.do(func(tx store.Tx) error {
		list = nil
		events, err := tx.EventsFrom(0, 100)
		if err != nil {
			return err
		}
		if err := event.Verify(event.Head{}, events); err != nil {
			return err
		}
		for _, e := range events {
			if strings.Contains(e.Data, "Asha") {
				c.t.Errorf("a personal text is stored as it is: %s", e.Data)
			}
		}
		if err := reveal(tx, events); err != nil {
			return err
		}
		for _, e := range events {
			list = append(list, e.Shown())
		}
		return nil
	})
	return list
}

func (c *chronicle) shows(what string, want ...string) {
	c.t.Helper()
	if got := strings.Join(c.shown(), "\n"); got != strings.Join(want, "\n") {
		c.t.Errorf("%s:\n%s\nwant\n%s", what, got, strings.Join(want, "\n"))
	}
}

// TestPersonalTexts are sealed as they are recorded, shown while their key exists, and stay closed for good once it
// was destroyed, even when the subject got another key since.
func TestPersonalTexts(t *testing.T) {
	t.Parallel()
	const plain, erased = `{"to":"open"}`, `{"to":"open","personal":"erased"}`
	c := newChronicle(t)
	c.record("")
	c.shows("nothing personal", plain)
	c.do(func(tx store.Tx) error {
		if _, err := tx.SubjectKey(subject()); err == nil {
			t.Error("a key was made for nothing")
		}
		return nil
	})
	c.record("Asha moved")
	c.record("Asha is back")
	c.shows("two texts", plain, `{"to":"open","reason":"Asha moved"}`, `{"to":"open","reason":"Asha is back"}`)
	c.do(func(tx store.Tx) error { return tx.DestroySubjectKey(subject()) })
	c.shows("erased", plain, erased, erased)
	c.record("nobody is here")
	c.shows("a text after that", plain, erased, erased, `{"to":"open","reason":"nobody is here"}`)
}

// TestTextsOfAnother do not open under this subject.
func TestTextsOfAnother(t *testing.T) {
	t.Parallel()
	c := newChronicle(t)
	c.record("Asha moved")
	c.do(func(tx store.Tx) error {
		key, err := subjectKey(tx, subject())
		if err != nil {
			return err
		}
		other := event.Event{Subject: subject(), Data: "{}"}.Seal(key.Seal(`{"reason":"of another"}`, sealedFor(event.Subject{Kind: event.Agent, ID: "1"})))
		events := []event.Event{other}
		if err := reveal(tx, events); err != nil || events[0].Private != "" {
			t.Errorf("it opens to %q, %v", events[0].Private, err)
		}
		return nil
	})
}

// TestOneRedeliveryAtATime: what writes so much is not done for several at once.
func TestOneRedeliveryAtATime(t *testing.T) {
	t.Parallel()
	r := &Registry{}
	r.redelivering.Lock()
	if _, err := r.RedeliverSince(t.Context(), Caller{}, "wh-1", time.Time{}, true); !fault.Is(err, fault.TooMany) {
		t.Errorf("a second one: %v", err)
	}
}
