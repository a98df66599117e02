package postgres

import (
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// AgentsWithMobile implements store.SearchTx.
func (t *tx) AgentsWithMobile(prefix string, limit int) (codes []string, err error) {
	q := t.t.Prepare(`SELECT user_code FROM agents WHERE mobile >= ? AND mobile < ? ORDER BY mobile, user_code LIMIT ?`)
	for q.Text(prefix, prefix+string(utf8.MaxRune)).Int(int64(limit)); q.Next(); {
		codes = append(codes, q.Str())
	}
	return codes, q.Err
}

// addTerms adds the terms of three arrays.
const addTerms = `INSERT INTO search_terms (kind, term, id)
 SELECT k, t, i FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given(k, t, i) ON CONFLICT DO NOTHING`

// AddTerms implements store.SearchTx: with one statement. The terms are on one machine, whatever the layout.
func (t *tx) AddTerms(terms []store.Term) error {
	if err := t.BeforeWrite("", ""); err != nil {
		return err
	}
	kinds, texts, ids := make([]int64, len(terms)), make([]string, len(terms)), make([]string, len(terms))
	for i, x := range terms {
		kind, err := tables.TermKind(x.Kind)
		if err != nil {
			return err
		}
		kinds[i], texts[i], ids[i] = kind, x.Text, x.ID
	}
	t.e.queue(addTerms, kinds, texts, ids)
	return nil
}

// AgentsByCode implements store.SearchTx.
func (t *tx) AgentsByCode(userCodes []string) (list []agent.Agent, err error) {
	err = t.forAll(tables.SelectAgentsByCode, appendStorable(nil, userCodes), func(row tables.Stmt) { list = append(list, tables.ReadAgent(row)) })
	return list, err
}

// MembersByID implements store.SearchTx.
func (t *tx) MembersByID(ids []string) (list []member.Member, err error) {
	err = t.forAll(tables.SelectMembersByID, appendStorable(nil, ids), func(row tables.Stmt) { list = append(list, tables.ReadMember(row)) })
	return list, err
}

// EventTimes implements store.EventSearchTx.
func (t *tx) EventTimes(seqs []uint64) (map[uint64]time.Time, error) {
	keys, times := make([]int64, len(seqs)), make(map[uint64]time.Time, len(seqs))
	for i, seq := range seqs {
		keys[i] = int64(seq)
	}
	err := t.forAll(tables.SelectEventTimes, keys, func(row tables.Stmt) {
		times[uint64(row.ColumnInt64(0))] = store.FromMicro(row.ColumnInt64(1))
	})
	return times, err
}

// forAll runs a statement that takes an array of keys.
func (t *tx) forAll(sql string, keys any, row func(tables.Stmt)) error {
	return t.e.Fault(t.e.send(numbered(sql), []any{keys}, func(values [][]byte) { row(&stmt{row: values}) }))
}
