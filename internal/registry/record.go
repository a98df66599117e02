package registry

import (
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// record appends an event to the chain that ends in head: it seals the personal texts, gives the event its
// version and hash, and the store gives it its Seq.
func record(tx store.Tx, head event.Head, draft *event.Event) (event.Head, error) {
	e := *draft // the transaction may run again
	if e.Private != "" {
		key, err := subjectKey(tx, e.Subject)
		if err != nil {
			return head, err
		}
		e = e.Seal(key.Seal(e.Private, sealedFor(e.Subject)))
	}
	e = head.Next(e)
	if err := tx.AppendEvent(&e); err != nil {
		return head, err
	}
	return e.Head(), nil
}

// subjectKey gives the key of a subject's personal texts, making it at the first use.
func subjectKey(tx store.Tx, s event.Subject) (secret.SubjectKey, error) {
	b, err := tx.SubjectKey(s)
	if err == nil {
		return secret.LoadSubjectKey(b)
	}
	if !fault.Is(err, fault.NotFound) {
		return secret.SubjectKey{}, err
	}
	k := secret.NewSubjectKey()
	return k, tx.SaveSubjectKey(s, k.Bytes())
}

// sealedFor binds sealed texts to their subject.
func sealedFor(s event.Subject) string { return "event:" + s.String() }

// reveal opens the personal texts of events where their keys still exist: into Private. Texts whose key was
// destroyed stay closed.
func reveal(tx store.Tx, events []event.Event) error {
	keys := map[event.Subject]*secret.SubjectKey{}
	for i := range events {
		e := &events[i]
		sealed := e.Sealed()
		if sealed == "" {
			continue
		}
		key, known := keys[e.Subject]
		if !known {
			b, err := tx.SubjectKey(e.Subject)
			if err == nil {
				k, err := secret.LoadSubjectKey(b)
				if err != nil {
					return err
				}
				key = &k
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
			keys[e.Subject] = key
		}
		if key == nil {
			continue
		}
		// What does not open was sealed with a key that was destroyed before the subject got this one.
		if text, err := key.Open(sealed, sealedFor(e.Subject)); err == nil {
			e.Private = text
		}
	}
	return nil
}
