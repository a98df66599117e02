package tables

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

const accountColumns = `operator, password, password_at, must_change, signed_in_at`

func (q *Query) readAccount() access.Account {
	return access.Account{Operator: q.Str(), Password: q.Str(), PasswordAt: q.Time(), MustChange: q.Num() == 1, SignedInAt: q.Time()}
}

// Account implements store.AccountTx.
func (t *Tx) Account(operator string) (access.Account, error) {
	q := t.c.Prepare(`SELECT ` + accountColumns + ` FROM accounts WHERE operator = ?`)
	if q.Text(operator); !q.Next() {
		return access.Account{Operator: operator}, q.Err
	}
	a := q.readAccount()
	return a, q.Done()
}

// Accounts implements store.AccountTx.
func (t *Tx) Accounts() (list []access.Account, err error) {
	q := t.c.Prepare(`SELECT ` + accountColumns + ` FROM accounts ORDER BY operator`)
	for q.Next() {
		list = append(list, q.readAccount())
	}
	return list, q.Err
}

// SaveAccount implements store.AccountTx.
func (t *Tx) SaveAccount(a access.Account) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO accounts (` + accountColumns + `) VALUES (?,?,?,?,?)
 ON CONFLICT (operator) DO UPDATE SET password=excluded.password, password_at=excluded.password_at, must_change=excluded.must_change,
 signed_in_at=excluded.signed_in_at`)
	return q.Text(a.Operator, a.Password).Int(store.Micro(a.PasswordAt), store.Flag(a.MustChange), store.Micro(a.SignedInAt)).Run()
}

const sessionColumns = `session_id, digest, operator, way, address, user_agent, must_change, created_at, proven_at, seen_at, expires_at`

func (q *Query) readSession() (s access.Session) {
	s.ID = q.Str()
	q.hash(&s.Hash)
	s.Operator, s.Way, s.Address, s.Agent = q.Str(), access.Way(q.Str()), q.Str(), q.Str()
	s.MustChange, s.CreatedAt, s.ProvenAt, s.SeenAt, s.ExpiresAt = q.Num() == 1, q.Time(), q.Time(), q.Time(), q.Time()
	return s
}

// Session implements store.SessionTx.
func (t *Tx) Session(id string) (s access.Session, err error) {
	q := t.c.Prepare(`SELECT ` + sessionColumns + ` FROM sessions WHERE session_id = ?`)
	if q.Text(id); !q.Next() {
		return s, cmp.Or(q.Err, error(fault.New(fault.NotFound, "There is no session %.40q.", id)))
	}
	s = q.readSession()
	return s, q.Done()
}

// Sessions implements store.SessionTx.
func (t *Tx) Sessions(operator string) (list []access.Session, err error) {
	q := t.c.Prepare(`SELECT ` + sessionColumns + ` FROM sessions WHERE operator = ?1 OR ?1 = '' ORDER BY created_at, session_id`)
	for q.Text(operator); q.Next(); {
		list = append(list, q.readSession())
	}
	return list, q.Err
}

// SaveSession implements store.SessionTx.
func (t *Tx) SaveSession(s access.Session) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO sessions (` + sessionColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (session_id) DO UPDATE SET digest=excluded.digest, operator=excluded.operator, way=excluded.way, address=excluded.address,
 user_agent=excluded.user_agent, must_change=excluded.must_change, created_at=excluded.created_at, proven_at=excluded.proven_at,
 seen_at=excluded.seen_at, expires_at=excluded.expires_at`)
	q.Text(s.ID).Blob(s.Hash[:]).Text(s.Operator, string(s.Way), s.Address, s.Agent)
	return q.Int(store.Flag(s.MustChange), store.Micro(s.CreatedAt), store.Micro(s.ProvenAt), store.Micro(s.SeenAt), store.Micro(s.ExpiresAt)).Run()
}

// SeeSession implements store.SessionTx.
func (t *Tx) SeeSession(id string, at time.Time) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`UPDATE sessions SET seen_at = ?1 WHERE session_id = ?2 AND seen_at < ?1`)
	return q.Int(store.Micro(at)).Text(id).Run()
}

// DeleteSession implements store.SessionTx.
func (t *Tx) DeleteSession(id string) (bool, error) {
	q := t.c.Prepare(`DELETE FROM sessions WHERE session_id = ?`)
	n, err := t.deleted(q.Text(id))
	return n > 0, err
}

// DeleteSessions implements store.SessionTx.
func (t *Tx) DeleteSessions(operator, but string) (int, error) {
	q := t.c.Prepare(`DELETE FROM sessions WHERE operator = ? AND session_id <> ?`)
	return t.deleted(q.Text(operator, but))
}

// ForgetSessions implements store.SessionTx.
func (t *Tx) ForgetSessions(ended, seen time.Time) (int, error) {
	q := t.c.Prepare(`DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?`)
	return t.deleted(q.Int(store.Micro(ended), store.Micro(seen)))
}

// deleted runs a statement that takes rows away, and gives how many.
func (t *Tx) deleted(q *Query) (int, error) {
	if err := t.write(""); err != nil {
		return 0, err
	}
	if err := q.Run(); err != nil {
		return 0, err
	}
	return t.c.Changes(), nil
}

const tallyColumns = `about, wrong, at, locked_until`

func (q *Query) readTally() access.Tally {
	return access.Tally{About: q.Str(), Wrong: int(q.Num()), At: q.Time(), LockedUntil: q.Time()}
}

// Tally implements store.TallyTx.
func (t *Tx) Tally(about string) (access.Tally, error) {
	q := t.c.Prepare(`SELECT ` + tallyColumns + ` FROM guesses WHERE about = ?`)
	if q.Text(about); !q.Next() {
		return access.Tally{About: about}, q.Err
	}
	x := q.readTally()
	return x, q.Done()
}

// Tallies implements store.TallyTx.
func (t *Tx) Tallies(lockedAfter time.Time) (list []access.Tally, err error) {
	q := t.c.Prepare(`SELECT ` + tallyColumns + ` FROM guesses WHERE locked_until > ? ORDER BY about`)
	for q.Int(store.Micro(lockedAfter)); q.Next(); {
		list = append(list, q.readTally())
	}
	return list, q.Err
}

// SaveTally implements store.TallyTx.
func (t *Tx) SaveTally(x access.Tally) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO guesses (` + tallyColumns + `) VALUES (?,?,?,?)
 ON CONFLICT (about) DO UPDATE SET wrong=excluded.wrong, at=excluded.at, locked_until=excluded.locked_until`)
	return q.Text(x.About).Int(int64(x.Wrong), store.Micro(x.At), store.Micro(x.LockedUntil)).Run()
}

// ForgetTally implements store.TallyTx.
func (t *Tx) ForgetTally(about string) error {
	q := t.c.Prepare(`DELETE FROM guesses WHERE about = ?`)
	_, err := t.deleted(q.Text(about))
	return err
}

// ForgetTallies implements store.TallyTx.
func (t *Tx) ForgetTallies(before time.Time, limit int) (int, error) {
	q := t.c.Prepare(`DELETE FROM guesses WHERE about IN (SELECT about FROM guesses WHERE at < ?1 AND locked_until <= ?1 ORDER BY at LIMIT ?2)`)
	return t.deleted(q.Int(store.Micro(before), int64(limit)))
}
