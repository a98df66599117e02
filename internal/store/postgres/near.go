package postgres

import (
	"slices"
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
func askedNear(jobs []*group.Job) (agents []string, calls []store.CallKey) {
	seenAgents, seenCalls := map[string]bool{"": true}, map[store.CallKey]bool{{}: true}
	for _, j := range jobs {
		for _, n := range j.Near {
			if !seenAgents[n.UserCode] && storable(n.UserCode) {
				seenAgents[n.UserCode] = true
				agents = append(agents, n.UserCode)
			}
			if !seenCalls[n.Call] {
				seenCalls[n.Call] = true
				calls = append(calls, n.Call)
			}
		}
	}
	return agents, calls
}

var (
	selectState = numbered(tables.SelectState)
	selectCall  = numbered(tables.SelectCall)
)

// begin begins a transaction, takes the lock and reads what is near, all in one trip.
func (t *tx) begin(jobs []*group.Job) (version int64, err error) {
	agents, calls := askedNear(jobs)
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT pg_advisory_xact_lock($1)", changeLock)
	b.Queue(`SELECT (SELECT version FROM directory_version), (SELECT seq FROM last_event), (SELECT writer FROM last_event),
 coalesce((SELECT holder FROM leases WHERE name = $1), '')`, nodeLease)
	for _, code := range agents {
		b.Queue(selectState, code)
	}
	for _, key := range calls {
		b.Queue(selectCall, key[:])
	}
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
	var holder string
	if err := results.QueryRow().Scan(&version, &t.seq, &t.writer, &holder); err != nil {
		return 0, err
	}
	if t.node != "" && holder != t.node {
		return 0, takenOver()
	}
	return version, t.near.read(results, agents, calls)
}

func (n *near) read(results pgx.BatchResults, agents []string, calls []store.CallKey) error {
	n.agents = make(map[string]*agent.Record, len(agents))
	for _, code := range agents {
		var rec *agent.Record
		if err := eachRow(results, func(s *stmt) { rec = tables.AddState(rec, s) }); err != nil {
			return err
		}
		n.agents[code] = rec
	}
	n.calls = make(map[store.CallKey]*store.Call, len(calls))
	for _, key := range calls {
		var call *store.Call
		if err := eachRow(results, func(s *stmt) { call = tables.ReadCall(key, s) }); err != nil {
			return err
		}
		n.calls[key] = call
	}
	return nil
}

func eachRow(results pgx.BatchResults, read func(*stmt)) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		read(&stmt{row: rows.RawValues()})
	}
	return rows.Err()
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
