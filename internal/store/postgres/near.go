package postgres

import (
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// near is what the Updates of a group will look at first, read with one trip to the database when the transaction
// begins. What the transaction writes itself is taken out.
type near struct {
	agents map[string]*agent.Record // nil for one that is not there
	calls  map[store.CallKey]*store.Call
}

// askedNear gives what the Updates of a group say that they will look at, each once.
func askedNear(jobs []*group.Job) (agents []string, calls [][]byte) {
	seenAgents, seenCalls := map[string]bool{"": true}, map[store.CallKey]bool{{}: true}
	for _, j := range jobs {
		for _, n := range j.Near {
			if !seenAgents[n.UserCode] && storable(n.UserCode) {
				seenAgents[n.UserCode] = true
				agents = append(agents, n.UserCode)
			}
			if !seenCalls[n.Call] {
				seenCalls[n.Call] = true
				calls = append(calls, n.Call[:])
			}
		}
	}
	return agents, calls
}

var (
	selectStates = numbered(tables.SelectStates)
	selectCalls  = numbered(tables.SelectCalls)
)

// begin begins a transaction, takes the lock and reads what is near, all in one trip.
func (t *tx) begin(jobs []*group.Job) (version int64, err error) {
	agents, calls := askedNear(jobs)
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT pg_advisory_xact_lock($1)", changeLock)
	b.Queue(`SELECT (SELECT version FROM directory_version), (SELECT seq FROM last_event), (SELECT writer FROM last_event)`)
	agentsAsked := queueKeys(b, selectStates, agents, t.e.distributed)
	callsAsked := queueKeys(b, selectCalls, calls, t.e.distributed)
	ctx, cancel := t.e.trip()
	defer cancel()
	results := t.e.c.SendBatch(ctx, b)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return 0, err
		}
	}
	if err := results.QueryRow().Scan(&version, &t.seq, &t.writer); err != nil {
		return 0, err
	}
	if err := t.near.readAgents(results, agents, agentsAsked); err != nil {
		return 0, err
	}
	return version, t.near.readCalls(results, calls, callsAsked)
}

// queueKeys queues a statement that takes an array of keys: for all of them, or a statement with one key for each. It gives
// how many.
func queueKeys[K any](b *pgx.Batch, sql string, keys []K, apart bool) int {
	switch {
	case len(keys) == 0:
		return 0
	case !apart:
		b.Queue(sql, keys)
		return 1
	}
	one := strings.Replace(sql, "= ANY($1)", "= $1", 1)
	for _, key := range keys {
		b.Queue(one, key)
	}
	return len(keys)
}

func (n *near) readAgents(results pgx.BatchResults, codes []string, times int) error {
	n.agents = make(map[string]*agent.Record, len(codes))
	for _, code := range codes {
		n.agents[code] = nil
	}
	err := eachRow(results, times, func(s *stmt) {
		code := s.ColumnText(0)
		n.agents[code] = tables.AddState(n.agents[code], s)
	})
	for _, rec := range n.agents {
		if rec != nil {
			rec.Activations = tables.InOrder(rec.Activations)
		}
	}
	return err
}

func (n *near) readCalls(results pgx.BatchResults, keys [][]byte, times int) error {
	n.calls = make(map[store.CallKey]*store.Call, len(keys))
	for _, key := range keys {
		n.calls[store.CallKey(key)] = nil
	}
	return eachRow(results, times, func(s *stmt) {
		call := tables.ReadCall(s)
		n.calls[call.Key] = call
	})
}

// eachRow reads the rows of the next statements.
func eachRow(results pgx.BatchResults, times int, read func(*stmt)) error {
	for range times {
		rows, err := results.Query()
		if err != nil {
			return err
		}
		for rows.Next() {
			read(&stmt{row: rows.RawValues()})
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// AgentState implements store.AgentTx.
func (t *tx) AgentState(userCode string) (rec *agent.Record, err error) {
	rec, known := t.near.agents[userCode]
	if !known {
		if rec, err = t.t.State(userCode); err != nil {
			return nil, err
		}
	}
	if rec == nil {
		return nil, tables.UnknownAgent()
	}
	own := *rec // another Update of the group may look at it as well
	own.Activations = slices.Clone(rec.Activations)
	return &own, nil
}

// Call implements store.CallTx.
func (t *tx) Call(key store.CallKey) (store.Call, error) {
	call, known := t.near.calls[key]
	if !known {
		return t.Tx.Call(key)
	}
	if call == nil {
		return store.Call{}, fault.New(fault.NotFound, "No such call.")
	}
	return *call, nil
}

// ForgetCalls implements store.CallTx.
func (t *tx) ForgetCalls(before time.Time, limit int) (int, error) {
	clear(t.near.calls)
	return t.Tx.ForgetCalls(before, limit)
}

// SaveCall implements store.CallTx.
func (t *tx) SaveCall(c store.Call) error {
	delete(t.near.calls, c.Key)
	return t.Tx.SaveCall(c)
}
