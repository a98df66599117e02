package tables

import (
	"strings"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// beyond is behind every text that begins with prefix.
func beyond(prefix string) string { return prefix + string(utf8.MaxRune) }

// TermKind is a kind as the terms have it.
func TermKind(k event.SubjectKind) (int64, error) {
	switch k {
	case event.Agent:
		return 1, nil
	case event.Member:
		return 2, nil
	}
	return 0, fault.New(fault.Internal, "A %s is not found by terms.", k)
}

// AddTerms implements store.SearchTx.
func (t *Tx) AddTerms(terms []store.Term) error {
	return t.eachTerm(`INSERT INTO search_terms (kind, term, id) VALUES (?,?,?) ON CONFLICT DO NOTHING`, terms)
}

// DropTerms implements store.SearchTx.
func (t *Tx) DropTerms(terms []store.Term) error {
	return t.eachTerm(`DELETE FROM search_terms WHERE kind = ? AND term = ? AND id = ?`, terms)
}

func (t *Tx) eachTerm(sql string, terms []store.Term) error {
	if err := t.write(""); err != nil {
		return err
	}
	for _, x := range terms {
		kind, err := TermKind(x.Kind)
		if err != nil {
			return err
		}
		q := t.c.Prepare(sql)
		if err := q.Int(kind).Text(x.Text, x.ID).Run(); err != nil {
			return err
		}
	}
	return nil
}

// Terms implements store.SearchTx. Words have no character that LIKE reads as another.
func (t *Tx) Terms(f store.TermFilter) (list []store.Term, err error) {
	kind, err := TermKind(f.Kind)
	if err != nil {
		return nil, err
	}
	q := t.c.Prepare(`SELECT term, id FROM (SELECT term, id FROM search_terms
 WHERE kind = ? AND term >= ? AND term < ? ORDER BY term, id LIMIT ?) t WHERE 1 = 1` +
		strings.Repeat(` AND term LIKE ?`, len(f.With)) + ` ORDER BY term, id LIMIT ?`)
	q.Int(kind).Text(f.Prefix, beyond(f.Prefix)).Int(int64(f.Reach))
	for _, word := range f.With {
		q.Text("% " + word + "%")
	}
	for q.Int(int64(f.Limit)); q.Next(); {
		list = append(list, store.Term{Kind: f.Kind, Text: q.Str(), ID: q.Str()})
	}
	return list, q.Err
}

// CountTerms implements store.SearchTx.
func (t *Tx) CountTerms(kind event.SubjectKind, prefix string, most int) (int, error) {
	number, err := TermKind(kind)
	if err != nil {
		return 0, err
	}
	q := t.c.Prepare(`SELECT count(*) FROM (SELECT 1 FROM search_terms WHERE kind = ? AND term >= ? AND term < ? LIMIT ?) t`)
	if q.Int(number).Text(prefix, beyond(prefix)).Int(int64(most)); !q.Next() {
		return 0, q.Err
	}
	n := int(q.Num())
	return n, q.Done()
}

// NamedBetween implements store.SearchTx. All that is about an agent as such counts, whatever may be added to it.
func (t *Tx) NamedBetween(after, upTo uint64) (list []event.Subject, err error) {
	q := t.c.Prepare(`SELECT subject_kind, subject_id FROM events WHERE seq > ? AND seq <= ?
 AND (kind >= 'agent.' AND kind < 'agent/' OR kind IN ('` + string(event.MemberAdded) + `', '` + string(event.MemberErased) + `')) ORDER BY seq`)
	for q.Int(int64(after), int64(upTo)); q.Next(); {
		list = append(list, event.Subject{Kind: event.SubjectKind(q.Str()), ID: q.Str()})
	}
	return list, q.Err
}

// SelectAgentsByCode and SelectMembersByID read what ReadAgent and ReadMember want, for an array of keys.
const (
	SelectAgentsByCode = `SELECT ` + agentColumns + ` FROM agents a WHERE a.user_code = ANY(?)`
	SelectMembersByID  = `SELECT ` + memberColumns + ` FROM members m WHERE m.member_id = ANY(?)`
)

// ReadAgent reads a row of SelectAgentsByCode.
func ReadAgent(row Stmt) agent.Agent {
	q := Row(row)
	return q.readAgent()
}

// ReadMember reads a row of SelectMembersByID.
func ReadMember(row Stmt) (m member.Member) {
	q := Row(row)
	q.readMember(&m)
	return m
}

// AgentsByCode implements store.SearchTx, one by one.
func (t *Tx) AgentsByCode(userCodes []string) (list []agent.Agent, err error) {
	for _, code := range userCodes {
		q := t.c.Prepare(selectAgent)
		if q.Text(code); q.Next() {
			list = append(list, q.readAgent())
		}
		if err := q.Done(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// MembersByID implements store.SearchTx, one by one.
func (t *Tx) MembersByID(ids []string) (list []member.Member, err error) {
	for _, id := range ids {
		q := t.c.Prepare(`SELECT ` + memberColumns + ` FROM members m WHERE m.member_id = ?`)
		if q.Text(id); q.Next() {
			list = append(list, member.Member{})
			q.readMember(&list[len(list)-1])
		}
		if err := q.Done(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
