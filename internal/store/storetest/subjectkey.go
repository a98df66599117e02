package storetest

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func subjectKeyCases() []testCase {
	return []testCase{
		{"SubjectKey/is what was saved, each subject's its own", subjectKeyRoundTrip},
		{"SubjectKey/not found", subjectKeyNotFound},
		{"SaveSubjectKey/exists", subjectKeyExists},
		{"DestroySubjectKey/for good, and that of nobody else", subjectKeyDestroyed},
		{"DestroySubjectKey/leaves the events as they are", subjectKeyAndEvents},
	}
}

// newSubject is an agent as the subject of events.
func newSubject(code string) event.Subject { return event.Subject{Kind: event.Agent, ID: code} }

// subjectKey reads a subject's key.
func subjectKey(t testing.TB, s store.Store, of event.Subject) string {
	t.Helper()
	return string(view(t, s, func(tx store.Tx) ([]byte, error) { return tx.SubjectKey(of) }))
}

func noSubjectKey(t testing.TB, s store.Store, of event.Subject) {
	t.Helper()
	notFound(t, s, "key of "+of.String(), fault.NotFound, func(tx store.Tx) ([]byte, error) { return tx.SubjectKey(of) })
}

func subjectKeyRoundTrip(t *testing.T, s store.Store) {
	keys := map[event.Subject]string{
		{Kind: event.Agent, ID: "1"}: "\x00\xff 32 bytes or whatever \x00", {Kind: event.Member, ID: "1"}: "b", {Kind: event.Agent, ID: "11"}: "c",
		{Kind: "agen", ID: "t1"}: "d",
	}
	for of, key := range keys {
		update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(of, []byte(key)) })
	}
	for of, key := range keys {
		equal(t, "key of "+of.String(), subjectKey(t, s, of), key)
	}
}

func subjectKeyNotFound(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(newSubject("1"), []byte("key")) })
	for _, of := range []event.Subject{{}, {Kind: event.Agent}, newSubject("2"), {Kind: event.Member, ID: "1"}} {
		noSubjectKey(t, s, of)
	}
}

func subjectKeyExists(t *testing.T, s store.Store) {
	of := newSubject(userCode)
	update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(of, []byte("first")) })
	for _, key := range []string{"second", "first"} {
		refused(t, s, "a key again", fault.Exists, func(tx store.Tx) error { return tx.SaveSubjectKey(of, []byte(key)) })
	}
	equal(t, "the key that was there", subjectKey(t, s, of), "first")
}

func subjectKeyDestroyed(t *testing.T, s store.Store) {
	of, other := newSubject(userCode), newSubject(newUser)
	update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(of, []byte("first")) })
	update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(other, []byte("other")) })
	for range 2 { // the second time there is none
		update(t, s, func(tx store.Tx) error { return tx.DestroySubjectKey(of) })
		noSubjectKey(t, s, of)
	}
	equal(t, "key of another", subjectKey(t, s, other), "other")
	update(t, s, func(tx store.Tx) error { return tx.SaveSubjectKey(of, []byte("second")) })
	equal(t, "key made after it was destroyed", subjectKey(t, s, of), "second")
}

func subjectKeyAndEvents(t *testing.T, s store.Store) {
	buildWorld(t, s)
	before := events(t, s)
	update(t, s, func(tx store.Tx) error { return tx.DestroySubjectKey(newSubject(userCode)) })
	equalAll(t, "events", events(t, s), before)
	sameAsStored(t, s, userCode)
	verifyChain(t, s, userCode)
}
