package tables

import (
	"cmp"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// SubjectKey implements store.SubjectKeyTx.
func (t *Tx) SubjectKey(s event.Subject) ([]byte, error) {
	q := t.c.Prepare(`SELECT key FROM subject_keys WHERE subject_kind = ? AND subject_id = ?`)
	if q.Text(string(s.Kind), s.ID); !q.Next() {
		return nil, cmp.Or(q.Err, error(fault.New(fault.NotFound, "%s has no key.", s)))
	}
	key := q.newBytes()
	return key, q.Done()
}

// SaveSubjectKey implements store.SubjectKeyTx.
func (t *Tx) SaveSubjectKey(s event.Subject, key []byte) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO subject_keys (subject_kind, subject_id, key) VALUES (?,?,?)`)
	return q.Text(string(s.Kind), s.ID).Blob(key).Run()
}

// DestroySubjectKey implements store.SubjectKeyTx.
func (t *Tx) DestroySubjectKey(s event.Subject) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`DELETE FROM subject_keys WHERE subject_kind = ? AND subject_id = ?`)
	return q.Text(string(s.Kind), s.ID).Run()
}
