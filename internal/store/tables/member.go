package tables

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

// NoMember is the fault of a member that is not there.
func NoMember() error { return fault.New(fault.NotFound, "No such member.") }

func (q *Query) readMember(m *member.Member) {
	q.readBriefMember(m)
	m.PIN.Hash, m.PIN.SetAt, m.WrongIdentities = q.Str(), q.Time(), int(q.Num())
	m.CreatedAt, m.UpdatedAt, m.Head = q.Time(), q.Time(), q.readHead()
}

func (q *Query) readBriefMember(m *member.Member) {
	m.MSISDN, m.ID, m.Standing, m.Number, m.FullName = q.Str(), q.Str(), member.Standing(q.Num()), q.Str(), q.Str()
	m.Identity = member.Identity{Type: q.Str(), Value: q.Str()}
	m.IMSI, m.AppID = q.Str(), q.Str()
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		*t = member.Tally{Attempts: int(q.Num()), Flag: q.Str(), Action: member.Action(q.Num()), Until: q.Time(), Imposed: q.Num() == 1}
	}
	m.Revision, m.PIN.Chosen = uint64(q.Num()), q.Num() == 1
}

// oneMember reads the one member that a filled in statement finds.
func (q *Query) oneMember() (*member.Member, error) {
	if !q.Next() {
		return nil, cmp.Or(q.Err, NoMember())
	}
	m := &member.Member{}
	q.readMember(m)
	return m, q.Done()
}

// Member implements store.MemberTx.
func (t *Tx) Member(msisdn string) (*member.Member, error) {
	q := t.c.Prepare(selectMember)
	return q.Text(msisdn).oneMember()
}

// Each repeats the condition of the index that it is to use: without it a partial index is not looked at.
const (
	memberByNumber   = `SELECT ` + memberColumns + ` FROM members m WHERE m.number = ? AND m.number <> ''`
	memberByIdentity = `SELECT ` + memberColumns + ` FROM members m
 WHERE m.identity_type = ? AND m.identity_normal = ? AND m.identity_normal <> '' ORDER BY m.standing, m.msisdn LIMIT 1` // open is 0
)

// FindMember implements store.MemberTx.
func (t *Tx) FindMember(number string, identity member.Identity) (*member.Member, error) {
	if number != "" {
		q := t.c.Prepare(memberByNumber)
		return q.Text(number).oneMember()
	}
	q := t.c.Prepare(memberByIdentity)
	return q.Text(identity.Type, identity.Normal()).oneMember()
}

// bindMember fills in what an update may change, in the order in which setMember names it, but for the identity.
func (q *Query) bindMember(m *member.Member) *Query {
	q.Int(int64(m.Standing)).Text(m.FullName, m.IMSI, m.AppID)
	for _, t := range []*member.Tally{&m.Password, &m.Foreign, &m.OTP} {
		q.Int(int64(t.Attempts)).Text(t.Flag).Int(int64(t.Action), store.Micro(t.Until), store.Flag(t.Imposed))
	}
	q.Int(store.Flag(m.PIN.Chosen)).Text(m.PIN.Hash)
	return q.Int(store.Micro(m.PIN.SetAt), int64(m.WrongIdentities), store.Micro(m.CreatedAt), store.Micro(m.UpdatedAt)).Head(m.Head)
}

// CreateMember implements store.MemberTx.
func (t *Tx) CreateMember(m member.Member) error {
	if err := t.writeMember(m.MSISDN); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO members (standing, full_name, imsi, app_id,
 password_attempts, password_flag, password_action, password_until, password_imposed,
 foreign_attempts, foreign_flag, foreign_action, foreign_until, foreign_imposed,
 otp_attempts, otp_flag, otp_action, otp_until, otp_imposed,
 pin_chosen, pin_hash, pin_set_at, wrong_identities, created_at, updated_at, version, seq, hash,
 msisdn, member_id, number, identity_type, identity, identity_normal, revision)
 VALUES (?,?,?,?, ?,?,?,?,?, ?,?,?,?,?, ?,?,?,?,?, ?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?, 1)`)
	q.bindMember(&m).Text(m.MSISDN, m.ID, m.Number, m.Identity.Type, m.Identity.Value, m.Identity.Normal())
	return q.Run()
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
func (t *Tx) UpdateMember(m member.Member) error {
	if err := t.writeMember(m.MSISDN); err != nil {
		return err
	}
	q := t.c.Prepare(updateMember)
	q.bindMember(&m).Text(m.MSISDN).Int(int64(m.Revision)).Text(m.Identity.Type, m.Identity.Value)
	if err := q.Run(); err != nil || t.c.Changed() {
		return err
	}
	q = t.c.Prepare(updateIdentity)
	q.bindMember(&m).Text(m.Identity.Type, m.Identity.Value, m.Identity.Normal(), m.MSISDN).Int(int64(m.Revision))
	return t.guarded(&q, "member")
}

// Members implements store.MemberTx.
func (t *Tx) Members(f store.MemberFilter) (list []member.Member, err error) {
	q := t.c.Prepare(`SELECT ` + memberColumns + ` FROM members m WHERE m.msisdn > ? ORDER BY m.msisdn LIMIT ?`)
	for q.Text(f.After).Int(int64(f.Limit)); q.Next(); {
		list = append(list, member.Member{})
		q.readMember(&list[len(list)-1])
	}
	return list, q.Err
}

// HaveMembers implements store.MemberTx.
func (t *Tx) HaveMembers(first, last string, limit int) (list []string, err error) {
	q := t.c.Prepare(`SELECT msisdn FROM members WHERE msisdn BETWEEN ? AND ? ORDER BY msisdn LIMIT ?`)
	for q.Text(first, last).Int(int64(limit)); q.Next(); {
		list = append(list, q.Str())
	}
	return list, q.Err
}
