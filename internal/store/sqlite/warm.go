package sqlite

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// warmer reads all agents into memory after the start, in the order of the key and in the
// background: that is a hundred times quicker than one by one when they are asked for.
type warmer struct {
	s    *Store
	c    *conn
	stop chan struct{}
	done chan struct{}
}

// warmBatch is how many agents are read in one go.
const warmBatch = 64

// While requests come, the warmer rests long after each batch; quiet is how long none must have come
// for it to hurry.
const (
	quiet     = 200 * time.Millisecond
	restBusy  = 20 // times what the batch took
	restQuiet = 1
)

// rest gives how long to rest after a batch. seen and busy are what it remembers between calls.
func (k *warmer) rest(took time.Duration, seen *int64, busy *time.Time) time.Duration {
	if asked := k.s.asked.Load(); asked != *seen {
		*seen, *busy = asked, time.Now()
	}
	if time.Since(*busy) < quiet {
		return restBusy * took
	}
	return restQuiet * took
}

func (k *warmer) run() {
	defer close(k.done)
	defer func() {
		k.s.ahead.Store(false)
		_ = k.c.Close() // with its page cache
	}()
	var seen int64
	var busy time.Time
	start, after := time.Now(), ""
	for more := true; more && !k.s.records.full(); {
		begun := time.Now()
		var err error
		if after, more, err = k.batch(after); err != nil {
			slog.Warn("agents cannot be read ahead; they are read when they are asked for", "error", err)
			return
		}
		select {
		case <-k.stop:
			return
		case <-time.After(k.rest(time.Since(begun), &seen, &busy)):
		}
	}
	slog.Debug("agents read ahead", "held", k.s.records.len(), "took", time.Since(start))
}

// batch reads the agents after a user code, from one snapshot that is younger than the epochs.
func (k *warmer) batch(after string) (last string, more bool, err error) {
	epochs := k.s.records.epochs()
	if err := k.c.exec("BEGIN"); err != nil {
		return after, false, err
	}
	records, err := k.c.briefs(after, warmBatch)
	if err = cmp.Or(err, k.c.exec("ROLLBACK")); err != nil || len(records) == 0 {
		return after, false, err
	}
	for _, r := range records {
		k.s.records.put(r, epochs[k.s.records.shardOf(r.Agent.UserCode)])
	}
	return records[len(records)-1].Agent.UserCode, len(records) == warmBatch, nil
}

func (k *warmer) close() {
	close(k.stop)
	<-k.done
}

const briefAgentColumns = `a.user_code, a.partner_id, a.standing, a.mobile, a.first_name, a.middle_name, a.last_name,
 a.city, a.state, a.created_at, a.version`

func (q *query) briefAgent() (a agent.Agent) {
	p := &a.Profile
	a.UserCode, a.PartnerID, a.Standing = q.str(), q.str(), agent.Standing(q.num())
	p.Mobile, p.FirstName, p.MiddleName, p.LastName = q.str(), q.str(), q.str(), q.str()
	p.Address.City, p.Address.State = q.str(), q.str()
	a.CreatedAt, a.Head.Version = q.time(), uint64(q.num())
	return a
}

const briefActivationColumns = `s.service_code, s.status, s.verification, s.comment, s.created_at, s.updated_at, s.version`

// addBriefActivation reads a row into its agent's record, whose version is that of its youngest row.
func (q *query) addBriefActivation(r *agent.Record) {
	a := agent.Activation{UserCode: r.Agent.UserCode, ServiceCode: q.str()}
	a.State = agent.State{Status: agent.Status(q.num()), Verification: agent.Verification(q.num())}
	a.Comment, a.CreatedAt, a.UpdatedAt = q.str(), q.time(), q.time()
	r.Agent.Head.Version = max(r.Agent.Head.Version, uint64(q.num()))
	r.Activations = append(r.Activations, a)
}

// brief reads an agent's brief record: see agent.Record.Brief.
func (c *conn) brief(userCode string) (*store.Record, error) {
	q := c.prepare(`SELECT ` + briefAgentColumns + ` FROM agents a WHERE a.user_code = ?`)
	if q.text(userCode); !q.next() {
		if q.err != nil {
			return nil, wrap(q.err)
		}
		return nil, unknownAgent()
	}
	r := &store.Record{Record: agent.Record{Agent: q.briefAgent()}}
	s := c.prepare(`SELECT ` + briefActivationColumns + ` FROM activations s WHERE s.user_code = ?`)
	for s.text(userCode); s.next(); {
		s.addBriefActivation(&r.Record)
	}
	return r, cmp.Or(wrap(s.err), q.done()) // q stays open till here: both see one commit
}

// briefs reads the brief records of the next agents after a user code. A transaction must be open.
func (c *conn) briefs(after string, limit int) (list []*store.Record, err error) {
	q := c.prepare(`SELECT ` + briefAgentColumns + ` FROM agents a WHERE a.user_code > ? ORDER BY a.user_code LIMIT ?`)
	for q.text(after).int(int64(limit)); q.next(); {
		list = append(list, &store.Record{Record: agent.Record{Agent: q.briefAgent()}})
	}
	if q.err != nil || len(list) == 0 {
		return nil, wrap(q.err)
	}
	s := c.prepare(`SELECT s.user_code, ` + briefActivationColumns + ` FROM activations s
 WHERE s.user_code > ? AND s.user_code <= ? ORDER BY s.user_code, s.service_code`)
	i := 0
	for s.text(after, list[len(list)-1].Agent.UserCode); s.next(); {
		code := s.str()
		for list[i].Agent.UserCode != code {
			i++
		}
		s.addBriefActivation(&list[i].Record)
	}
	return list, wrap(s.err)
}
