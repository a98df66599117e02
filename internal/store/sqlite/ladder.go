package sqlite

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
)

// ladders reads the two ladders; one that was never saved is the published one.
func (c *conn) ladders() (l member.Ladders, err error) {
	p, err1 := c.ladder(member.Password)
	o, err2 := c.ladder(member.OTP)
	return member.Ladders{Password: p, OTP: o}, cmp.Or(err1, err2)
}

func (c *conn) ladder(s member.Security) (member.Ladder, error) {
	q := c.prepare(`SELECT every, further_flag, further_action, further_duration, version, seq, hash FROM ladders WHERE security = ?`)
	if q.text(string(s)); !q.next() {
		return member.DefaultLadder(s), wrap(q.err)
	}
	l := member.Ladder{Security: s, Every: int(q.num()), Further: q.step(0), Head: q.readHead()}
	steps := c.prepare(`SELECT attempts, flag, action, duration FROM ladder_steps WHERE security = ? ORDER BY attempts`)
	for steps.text(string(s)); steps.next(); {
		l.Steps = append(l.Steps, steps.step(int(steps.num())))
	}
	return l, cmp.Or(wrap(steps.err), q.done()) // q stays open till here: both see one commit
}

func (q *query) step(attempts int) member.Step {
	return member.Step{Attempts: attempts, Flag: q.str(), Action: member.Action(q.num()), For: time.Duration(q.num()) * time.Microsecond}
}

func (q *query) bindStep(s member.Step) *query {
	return q.text(s.Flag).int(int64(s.Action), s.For.Microseconds())
}

// SaveLadder implements store.LadderTx.
func (t *tx) SaveLadder(l member.Ladder) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO ladders (security, every, further_flag, further_action, further_duration, version, seq, hash)
 VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (security) DO UPDATE SET every=excluded.every, further_flag=excluded.further_flag,
 further_action=excluded.further_action, further_duration=excluded.further_duration,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	if err := q.text(string(l.Security)).int(int64(l.Every)).bindStep(l.Further).head(l.Head).run(); err != nil {
		return err
	}
	t.directory = true
	q = t.c.prepare(`DELETE FROM ladder_steps WHERE security = ?`)
	if err := q.text(string(l.Security)).run(); err != nil {
		return err
	}
	for _, s := range l.Steps {
		q = t.c.prepare(`INSERT INTO ladder_steps (security, attempts, flag, action, duration) VALUES (?,?,?,?,?)`)
		if err := q.text(string(l.Security)).int(int64(s.Attempts)).bindStep(s).run(); err != nil {
			return err
		}
	}
	return nil
}
