package tables

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
)

// ladders reads the two ladders; one that was never saved is the published one.
func (c *Conn) ladders() (l member.Ladders, err error) {
	p, err1 := c.ladder(member.Password)
	o, err2 := c.ladder(member.OTP)
	return member.Ladders{Password: p, OTP: o}, cmp.Or(err1, err2)
}

func (c *Conn) ladder(s member.Security) (member.Ladder, error) {
	q := c.Prepare(`SELECT every, further_flag, further_action, further_duration, version, seq, hash FROM ladders WHERE security = ?`)
	if q.Text(string(s)); !q.Next() {
		return member.DefaultLadder(s), q.Err
	}
	l := member.Ladder{Security: s, Every: int(q.Num()), Further: q.step(0), Head: q.readHead()}
	steps := c.Prepare(`SELECT attempts, flag, action, duration FROM ladder_steps WHERE security = ? ORDER BY attempts`)
	for steps.Text(string(s)); steps.Next(); {
		l.Steps = append(l.Steps, steps.step(int(steps.Num())))
	}
	return l, cmp.Or(steps.Err, q.Done()) // q stays open till here: both see one commit
}

func (q *Query) step(attempts int) member.Step {
	return member.Step{Attempts: attempts, Flag: q.Str(), Action: member.Action(q.Num()), For: time.Duration(q.Num()) * time.Microsecond}
}

func (q *Query) bindStep(s member.Step) *Query {
	return q.Text(s.Flag).Int(int64(s.Action), s.For.Microseconds())
}

// SaveLadder implements store.LadderTx.
func (t *Tx) SaveLadder(l member.Ladder) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO ladders (security, every, further_flag, further_action, further_duration, version, seq, hash)
 VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (security) DO UPDATE SET every=excluded.every, further_flag=excluded.further_flag,
 further_action=excluded.further_action, further_duration=excluded.further_duration,
 version=excluded.version, seq=excluded.seq, hash=excluded.hash`)
	if err := q.Text(string(l.Security)).Int(int64(l.Every)).bindStep(l.Further).Head(l.Head).Run(); err != nil {
		return err
	}
	_ = t.wroteDirectory(nil)
	q = t.c.Prepare(`DELETE FROM ladder_steps WHERE security = ?`)
	if err := q.Text(string(l.Security)).Run(); err != nil {
		return err
	}
	for _, s := range l.Steps {
		q = t.c.Prepare(`INSERT INTO ladder_steps (security, attempts, flag, action, duration) VALUES (?,?,?,?,?)`)
		if err := q.Text(string(l.Security)).Int(int64(s.Attempts)).bindStep(s).Run(); err != nil {
			return err
		}
	}
	return nil
}
