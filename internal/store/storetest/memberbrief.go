package storetest

import (
	"fmt"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func memberBriefCases() []testCase {
	return []testCase{
		{"Store.Member/is the member in brief", memberIsBrief},
		{"Store.Member/not found until created", memberBriefNotFound},
		{"Store.Member/shows every kind of change at once", memberShowsChanges},
		{"Store.Member/one that was given does not change", memberDoesNotChange},
		{"Store.Member/of many", memberOfMany},
	}
}

// memberOf gives a member in brief.
func memberOf(t testing.TB, s store.Store, msisdn string) *member.Member {
	t.Helper()
	m, err := s.Member(t.Context(), msisdn)
	must(t, err)
	return m
}

// sameMember checks that the Member is, in brief, what a transaction reads: as often as it takes to come from
// wherever a store may hold it.
func sameMember(t testing.TB, s store.Store, msisdn string) {
	t.Helper()
	whole := storedMember(t, s, msisdn)
	for range 4 {
		equal(t, "Member", *memberOf(t, s, msisdn), *whole.Brief())
		m, dir, err := s.MemberState(t.Context(), msisdn)
		must(t, err)
		equal(t, "member of MemberState", *m, *whole.Brief())
		samePointer(t, "with the member", dir, directoryOf(t, s), true)
	}
}

func memberIsBrief(t *testing.T, s store.Store) {
	for _, m := range oddMembers() {
		AddMember(t, s, m)
		sameMember(t, s, m.MSISDN)
	}
	m := *memberOf(t, s, NewMember("2547000004").MSISDN)
	equal(t, "hash of the PIN", m.PIN.Hash, "-")
	equal(t, "head", m.Head, event.Head{})
	equal(t, "hash of no PIN", memberOf(t, s, "2547000001").PIN.Hash, "")
}

func memberBriefNotFound(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for range 2 {
		for _, number := range []string{newMSISDN, "", "null", "nul\x00", msisdn[1:], msisdn + "0", userCode} {
			_, err := s.Member(t.Context(), number)
			wantCode(t, "Member of "+number, err, fault.NotFound)
			m, dir, err := s.MemberState(t.Context(), number)
			must(t, err)
			equal(t, "member of MemberState of "+number, m, nil)
			samePointer(t, "with nobody", dir, directoryOf(t, s), true)
		}
	}
	_, err := s.Record(t.Context(), msisdn)
	wantCode(t, "Record of a member", err, fault.UnknownAgent)
	want := AddMember(t, s, NewMember(newMSISDN))
	equal(t, "Member", *memberOf(t, s, newMSISDN), *want.Brief())
}

func memberShowsChanges(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, change := range []func(m *member.Member){
		func(m *member.Member) { m.Standing = member.Open },
		func(m *member.Member) { m.IMSI, m.AppID = "", "0" },
		func(m *member.Member) { m.IMSI, m.AppID = "639020000000001", "" },
		func(m *member.Member) { m.PIN = member.PIN{} },
		func(m *member.Member) { m.PIN = member.PIN{Hash: "$new", SetAt: At(50)} },
		func(m *member.Member) { m.PIN.Chosen = true },
		func(m *member.Member) { m.Password = member.Tally{} },
		func(m *member.Member) { m.Foreign.Attempts = 1000; m.Foreign.Flag = "" },
		func(m *member.Member) { m.OTP = member.Tally{Action: member.Suspend, Until: At(1e6)} },
		func(m *member.Member) { m.Identity = member.Identity{} },
		func(m *member.Member) { m.FullName = "" },
	} {
		sameMember(t, s, msisdn)
		update(t, s, func(tx store.Tx) error { _, err := changeMember(tx, msisdn, change); return err })
		sameMember(t, s, msisdn)
	}
	update(t, s, func(tx store.Tx) error {
		for _, name := range []string{"first", "second", "third"} {
			if err := rename(tx, msisdn, name); err != nil {
				return err
			}
		}
		return rename(tx, otherMSISDN, "between")
	})
	equal(t, "name after three changes in one Update", memberOf(t, s, msisdn).FullName, "third")
	equal(t, "name of the other in the same Update", memberOf(t, s, otherMSISDN).FullName, "between")
	sameMember(t, s, msisdn)
}

func memberDoesNotChange(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for n := range 4 {
		var m *member.Member
		for range n + 1 { // from wherever a store may hold it
			m = memberOf(t, s, msisdn)
		}
		was := *m
		update(t, s, func(tx store.Tx) error {
			_, err := changeMember(tx, msisdn, func(m *member.Member) { m.FullName, m.IMSI, m.Password.Attempts = fmt.Sprint(n), "", 100+n })
			return err
		})
		memberOf(t, s, msisdn)
		equal(t, "a Member that was given before", *m, was)
	}
}

// memberOfMany asks for more members than a small store holds in memory, some of them often.
func memberOfMany(t *testing.T, s store.Store) {
	const members = 3000
	number := func(i int) string { return fmt.Sprintf("25470000%04d", i) }
	update(t, s, func(tx store.Tx) error {
		for i := range members {
			if err := tx.CreateMember(NewMember(number(i))); err != nil {
				return err
			}
		}
		return nil
	})
	for round := range 3 {
		for i := range members {
			for _, n := range []int{i, i % 7} {
				want := NewMember(number(n))
				want.Revision = 1
				equal(t, "Member", *memberOf(t, s, number(n)), *want.Brief())
			}
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}
