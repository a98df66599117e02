package store

import "github.com/switchboard-platform/switchboard/internal/event"

// SubjectKeyTx keeps the keys that seal the personal texts in the events of a subject. Destroying a key
// erases the texts, in every copy of the events, while the events themselves stay as they are.
type SubjectKeyTx interface {
	// SubjectKey gives a subject's key. NotFound when it has none.
	SubjectKey(s event.Subject) ([]byte, error)

	// SaveSubjectKey gives a subject its key. Exists when it has one.
	SaveSubjectKey(s event.Subject, key []byte) error

	// DestroySubjectKey takes a subject's key away for good. It is no error when there is none.
	DestroySubjectKey(s event.Subject) error
}
