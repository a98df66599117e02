package sqlite

import (
	"cmp"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// briefMemberColumns are those of member.Member.Brief, but for the hash of the PIN. The others follow in memberColumns.
const briefMemberColumns = `m.msisdn, m.member_id, m.standing, m.number, m.full_name, m.identity_type, m.identity, m.imsi, m.app_id,
 m.password_attempts, m.password_flag, m.password_action, m.password_until, m.password_imposed,
 m.foreign_attempts, m.foreign_flag, m.foreign_action, m.foreign_until, m.foreign_imposed,
 m.otp_attempts, m.otp_flag, m.otp_action, m.otp_until, m.otp_imposed, m.revision, m.pin_chosen`

const memberColumns = briefMemberColumns + `, m.pin_hash, m.pin_set_at, m.wrong_identities,
 m.created_at, m.updated_at, m.version, m.seq, m.hash`

const selectMember = `SELECT ` + memberColumns + ` FROM members m WHERE m.msisdn = ?`

func noMember() error { return fault.New(fault.NotFound, "No such member.") }

func (q *query) readMember(m *member.Member) {
	q.readBriefMember(m)
	m.PIN.Hash, m.PIN.SetAt, m.WrongIdentities = q.str(), q.time(), int(q.num())
	m.CreatedAt, m.UpdatedAt, m.Head = q.time(), q.time(), q.readHead()
}

func (q *query) readBriefMember(m *member.Member) {
	m.MSISDN, m.ID, m.Standing, m.Number, m.FullName = q.str(), q.str(), member.Standing(q.num()), q.str(), q.str()
	m.Identity = member.Identity{Type: q.str(), Value: q.str()}
	m.IMSI, m.AppID = q.str(), q.str()
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		*t = member.Tally{Attempts: int(q.num()), Flag: q.str(), Action: member.Action(q.num()), Until: q.time(), Imposed: q.num() == 1}
	}
	m.Revision, m.PIN.Chosen = uint64(q.num()), q.num() == 1
}

// oneMember reads the one member that a filled in statement finds.
func (q *query) oneMember() (*member.Member, error) {
	if !q.next() {
		return nil, cmp.Or(wrap(q.err), noMember())
	}
	m := &member.Member{}
	q.readMember(m)
	return m, q.done()
}

// Member implements store.MemberTx.
func (t *tx) Member(msisdn string) (*member.Member, error) {
	q := t.c.prepare(selectMember)
	return q.text(msisdn).oneMember()
}

// Each repeats the condition of the index that it is to use: without it a partial index is not looked at.
const (
	memberByNumber   = `SELECT ` + memberColumns + ` FROM members m WHERE m.number = ? AND m.number <> ''`
	memberByIdentity = `SELECT ` + memberColumns + ` FROM members m
 WHERE m.identity_type = ? AND m.identity_normal = ? AND m.identity_normal <> '' ORDER BY m.standing, m.msisdn LIMIT 1` // open is 0
)

// FindMember implements store.MemberTx.
func (t *tx) FindMember(number string, identity member.Identity) (*member.Member, error) {
	if number != "" {
		q := t.c.prepare(memberByNumber)
		return q.text(number).oneMember()
	}
	q := t.c.prepare(memberByIdentity)
	return q.text(identity.Type, identity.Normal()).oneMember()
}

// bindMember fills in what an update may change, in the order in which setMember names it, but for the identity.
func (q *query) bindMember(m *member.Member) *query {
	q.int(int64(m.Standing)).text(m.FullName, m.IMSI, m.AppID)
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		q.int(int64(t.Attempts)).text(t.Flag).int(int64(t.Action), micro(t.Until), flag(t.Imposed))
	}
	q.int(flag(m.PIN.Chosen)).text(m.PIN.Hash)
	return q.int(micro(m.PIN.SetAt), int64(m.WrongIdentities), micro(m.CreatedAt), micro(m.UpdatedAt)).head(m.Head)
}

// CreateMember implements store.MemberTx.
func (t *tx) CreateMember(m member.Member) error {
	if err := t.writeMember(m.MSISDN); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO members (standing, full_name, imsi, app_id,
 password_attempts, password_flag, password_action, password_until, password_imposed,
 foreign_attempts, foreign_flag, foreign_action, foreign_until, foreign_imposed,
 otp_attempts, otp_flag, otp_action, otp_until, otp_imposed,
 pin_chosen, pin_hash, pin_set_at, wrong_identities, created_at, updated_at, version, seq, hash,
 msisdn, member_id, number, identity_type, identity, identity_normal, revision)
 VALUES (?,?,?,?, ?,?,?,?,?, ?,?,?,?,?, ?,?,?,?,?, ?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?, 1)`)
	q.bindMember(&m).text(m.MSISDN, m.ID, m.Number, m.Identity.Type, m.Identity.Value, m.Identity.Normal())
	return q.run()
}

const setMember = `standing=?, full_name=?, imsi=?, app_id=?,
 password_attempts=?, password_flag=?, password_action=?, password_until=?, password_imposed=?,
 foreign_attempts=?, foreign_flag=?, foreign_action=?, foreign_until=?, foreign_imposed=?,
 otp_attempts=?, otp_flag=?, otp_action=?, otp_until=?, otp_imposed=?,
 pin_chosen=?, pin_hash=?, pin_set_at=?, wrong_identities=?,
 created_at=?, updated_at=?, version=?, seq=?, hash=?, revision=revision+1`

// A statement that names a column writes its index anew even when the value stays, so the identity, which hardly
// ever changes, has a statement of its own.
const (
	updateMember   = `UPDATE members SET ` + setMember + ` WHERE msisdn=? AND revision=? AND identity_type=? AND identity=?`
	updateIdentity = `UPDATE members SET ` + setMember + `, identity_type=?, identity=?, identity_normal=? WHERE msisdn=? AND revision=?`
)

// UpdateMember implements store.MemberTx.
func (t *tx) UpdateMember(m member.Member) error {
	if err := t.writeMember(m.MSISDN); err != nil {
		return err
	}
	q := t.c.prepare(updateMember)
	q.bindMember(&m).text(m.MSISDN).int(int64(m.Revision)).text(m.Identity.Type, m.Identity.Value)
	if err := q.run(); err != nil || t.c.Changes() > 0 {
		return err
	}
	q = t.c.prepare(updateIdentity)
	q.bindMember(&m).text(m.Identity.Type, m.Identity.Value, m.Identity.Normal(), m.MSISDN).int(int64(m.Revision))
	return t.guarded(&q, "member")
}

// Members implements store.MemberTx.
func (t *tx) Members(f store.MemberFilter) (list []member.Member, err error) {
	q := t.c.prepare(`SELECT ` + memberColumns + ` FROM members m WHERE m.msisdn > ? ORDER BY m.msisdn LIMIT ?`)
	for q.text(f.After).int(int64(f.Limit)); q.next(); {
		list = append(list, member.Member{})
		q.readMember(&list[len(list)-1])
	}
	return list, wrap(q.err)
}

// HaveMembers implements store.MemberTx.
func (t *tx) HaveMembers(first, last string, limit int) (list []string, err error) {
	q := t.c.prepare(`SELECT msisdn FROM members WHERE msisdn BETWEEN ? AND ? ORDER BY msisdn LIMIT ?`)
	for q.text(first, last).int(int64(limit)); q.next(); {
		list = append(list, q.str())
	}
	return list, wrap(q.err)
}
