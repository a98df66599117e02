package sqlite

import (
	"cmp"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// SubjectKey implements store.SubjectKeyTx.
func (t *tx) SubjectKey(s event.Subject) ([]byte, error) {
	q := t.c.prepare(`SELECT key FROM subject_keys WHERE subject_kind = ? AND subject_id = ?`)
	if q.text(string(s.Kind), s.ID); !q.next() {
		return nil, cmp.Or(wrap(q.err), error(fault.New(fault.NotFound, "%s has no key.", s)))
	}
	key := q.newBytes()
	return key, q.done()
}

// SaveSubjectKey implements store.SubjectKeyTx.
func (t *tx) SaveSubjectKey(s event.Subject, key []byte) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO subject_keys (subject_kind, subject_id, key) VALUES (?,?,?)`)
	return q.text(string(s.Kind), s.ID).blob(key).run()
}

// DestroySubjectKey implements store.SubjectKeyTx. What is deleted is overwritten with zeros in the
// database file as well; the log has it until it is started over.
func (t *tx) DestroySubjectKey(s event.Subject) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`DELETE FROM subject_keys WHERE subject_kind = ? AND subject_id = ?`)
	return q.text(string(s.Kind), s.ID).run()
}
