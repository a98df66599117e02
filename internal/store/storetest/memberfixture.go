package storetest

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// NewMember is a member with this phone number in whom no field is empty, so that one that a store
// does not keep is missed. It has no event yet.
func NewMember(msisdn string) member.Member {
	return member.Member{
		ID: "member-" + msisdn, MSISDN: msisdn, Number: "M-" + msisdn, FullName: "Wanjiru N. Odhiambo",
		Identity: member.Identity{Type: member.Passport, Value: "ak " + msisdn}, Standing: member.Closed,
		IMSI: "639" + msisdn, AppID: "app-" + msisdn,
		PIN:      member.PIN{Hash: "$argon2id$hash of " + msisdn, Chosen: true, SetAt: At(1)},
		Password: member.Tally{Attempts: 1, Flag: "FIRST", Action: member.Warn, Until: At(2), Imposed: true},
		Foreign:  member.Tally{Attempts: 2, Flag: "SECOND", Action: member.Suspend, Until: At(3), Imposed: true},
		OTP:      member.Tally{Attempts: 3, Flag: "THIRD", Action: member.Lock, Until: At(4), Imposed: true},

		WrongIdentities: 4, CreatedAt: At(5), UpdatedAt: At(6),
	}
}

// AddMember creates a member and its first event.
func AddMember(t testing.TB, s store.Store, m member.Member) member.Member {
	t.Helper()
	var added member.Member
	update(t, s, func(tx store.Tx) (err error) {
		added, err = addMember(tx, m)
		return err
	})
	return added
}

func addMember(tx store.Tx, m member.Member) (member.Member, error) {
	m, err := recordMember(tx, m, event.MemberAdded)
	if err != nil {
		return m, err
	}
	err = tx.CreateMember(m)
	m.Revision = 1
	return m, err
}

// changeMember changes a member and records that.
func changeMember(tx store.Tx, msisdn string, change func(m *member.Member)) (member.Member, error) {
	was, err := tx.Member(msisdn)
	if err != nil {
		return member.Member{}, err
	}
	m := *was
	change(&m)
	if m, err = recordMember(tx, m, event.SecuritySet); err != nil {
		return m, err
	}
	err = tx.UpdateMember(m)
	m.Revision++
	return m, err
}

// rename gives a member another name and records that.
func rename(tx store.Tx, msisdn, name string) error {
	_, err := changeMember(tx, msisdn, func(m *member.Member) { m.FullName = name })
	return err
}

// recordMember appends the next event of a member's chain.
func recordMember(tx store.Tx, m member.Member, kind event.Kind) (member.Member, error) {
	e := m.Head.Next(event.Event{
		Subject: event.Subject{Kind: event.Member, ID: m.ID},
		Kind:    kind, Cause: Cause(int(m.Head.Version) + 1), Data: event.Data("to", "next"),
	})
	err := tx.AppendEvent(&e)
	m.Head = e.Head()
	return m, err
}

// newMemberCall is a call for a member that was begun, made at At(n); no field is empty.
func newMemberCall(name string, n int) store.MemberCall {
	return store.MemberCall{
		Key: callKey(name), Counted: true, Fingerprint: [16]byte{1, 2, 3}, PINTag: [16]byte{4, 5, 6},
		Begun: true, Until: At(n + 30), Answer: []byte(`{"status":"SUCCESS"}`), At: At(n),
	}
}

// newChannel is a channel with no field empty but that it is not revoked. It has no event yet.
func newChannel(id string) channel.Channel {
	return channel.Channel{
		ID: id, Name: "Channel " + id, Rate: 12.25, Burst: 40, CreatedAt: At(0),
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::7/128")},
	}
}

// addChannel saves a channel and the next event of its chain.
func addChannel(tx store.Tx, c channel.Channel) (channel.Channel, error) {
	e := c.Record(event.ChannelAdded, Cause(0), "name", c.Name)
	if err := tx.AppendEvent(&e); err != nil {
		return c, err
	}
	c.Head = e.Head()
	return c, tx.SaveChannel(c)
}

// newSecret is a live secret of a channel.
func newSecret(channelID, id string) channel.Secret {
	s := channel.Secret{ID: id, ChannelID: channelID, CreatedAt: At(0)}
	copy(s.Hash[:], "digest of "+id)
	return s
}

// newLadder is a ladder unlike the default one, in which nothing is empty that may be set. It has no event yet.
func newLadder(s member.Security) member.Ladder {
	return member.Ladder{Security: s, Steps: []member.Step{
		{Attempts: 3, Flag: "सावधान 😀", Action: member.Suspend, For: time.Second},
		{Attempts: 10, Flag: "LAST", Action: member.Lock},
	}, Every: 5, Further: member.Step{Flag: "AGAIN", Action: member.Suspend, For: 10 * 366 * 24 * time.Hour}}
}

// setLadder saves a ladder and the next event of its chain.
func setLadder(tx store.Tx, l member.Ladder) (member.Ladder, error) {
	e := l.Record(Cause(0), "steps", "some")
	if err := tx.AppendEvent(&e); err != nil {
		return l, err
	}
	l.Head = e.Head()
	return l, tx.SaveLadder(l)
}

// complete checks that no field is empty but those named: a case that compares a fixture with what a store
// gives back says nothing of a field that both leave out.
func complete(t testing.TB, what string, v any, but ...string) {
	t.Helper()
	empty := map[string]bool{}
	for _, name := range but {
		empty[name] = true
	}
	for name, value := range reflect.ValueOf(v).Fields() {
		switch _, isTime := value.Interface().(time.Time); {
		case empty[name.Name]:
		case value.IsZero():
			t.Errorf("the %s of this case has no %s: give it one", what, name.Name)
		case value.Kind() == reflect.Struct && !isTime:
			complete(t, what+"'s "+name.Name, value.Interface(), but...)
		}
	}
}
