package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func memberCases() []testCase {
	return []testCase{
		{"Member/every field comes back", memberRoundTrip},
		{"Member/not found", memberNotFound},
		{"FindMember/by member number", findByNumber},
		{"FindMember/by identity in its normal form, the first open one of several", findByIdentity},
		{"FindMember/follows a change of the identity", findFollows},
		{"CreateMember/exists", createMemberExists},
		{"CreateMember/the Revision becomes 1", createMemberRevision},
		{"UpdateMember/guards the Revision", updateMemberGuards},
		{"UpdateMember/each becomes one more", updateMemberCounts},
		{"UpdateMember/who it is never changes", updateMemberKeeps},
		{"Members/by phone number, in pages", membersList},
		{"HaveMembers/those of a range that exist", haveMembers},
	}
}

// storedMember reads one member.
func storedMember(t testing.TB, s store.Store, msisdn string) member.Member {
	t.Helper()
	return *view(t, s, func(tx store.Tx) (*member.Member, error) { return tx.Member(msisdn) })
}

// oddMembers are members whose fields are empty or hard to keep, each with another phone number.
func oddMembers() []member.Member {
	bare := member.Member{ID: "bare", MSISDN: "2547000001", FullName: "B", CreatedAt: At(0)}
	odd := NewMember("2547000002")
	odd.Number, odd.FullName = "0042", "O'Brien \"x\" \\ 😀 -- ; DROP TABLE members"
	odd.Identity, odd.IMSI, odd.AppID = member.Identity{Type: member.License, Value: "007 \u00e4 x"}, "001010000000001", "\u2028'%_"
	odd.Password, odd.PIN.Hash = member.Tally{Attempts: 1_000_000_000, Flag: "नाम \"x\""}, ""
	odd.Foreign, odd.OTP = member.Tally{}, member.Tally{Action: member.Lock}
	digits := NewMember("2547000003")
	digits.Number, digits.Identity.Value, digits.AppID = "18446744073709551616", "0", "12345678"
	digits.Standing, digits.PIN.Chosen, digits.OTP.Imposed = member.Open, false, false
	digits.OTP.Until = store.Cut(At(0).AddDate(-70, 0, 0))
	return []member.Member{NewMember("2547000004"), bare, odd, digits}
}

func memberRoundTrip(t *testing.T, s store.Store) {
	for i, m := range oddMembers() {
		want := AddMember(t, s, m)
		if i == 0 {
			complete(t, "member", want)
		}
		equal(t, "member as created", storedMember(t, s, m.MSISDN), want)
		update(t, s, func(tx store.Tx) (err error) {
			want, err = changeMember(tx, m.MSISDN, func(m *member.Member) {
				other := NewMember(m.MSISDN)
				other.ID, other.Number, other.Head, other.Revision = m.ID, m.Number, m.Head, m.Revision
				*m = other
			})
			return err
		})
		equal(t, "member with every field changed", storedMember(t, s, m.MSISDN), want)
		update(t, s, func(tx store.Tx) (err error) {
			want, err = changeMember(tx, m.MSISDN, func(now *member.Member) {
				m.Head, m.Revision = now.Head, now.Revision
				*now = m
			})
			return err
		})
		equal(t, "member with every field changed back", storedMember(t, s, m.MSISDN), want)
		verifyMemberChain(t, s, m.MSISDN)
	}
}

// verifyMemberChain checks that the member's row ends its chain, and that the chain is whole.
func verifyMemberChain(t testing.TB, s store.Store, msisdn string) {
	t.Helper()
	m := storedMember(t, s, msisdn)
	chain := view(t, s, func(tx store.Tx) ([]event.Event, error) { return store.History(tx, m.Head, 0) })
	slices.Reverse(chain)
	must(t, event.Verify(event.Head{}, chain))
	equal(t, "length of the chain of "+msisdn, uint64(len(chain)), m.Head.Version)
}

func memberNotFound(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, number := range []string{newMSISDN, "", msisdn[1:], msisdn + "0", "+" + msisdn, " " + msisdn, "%"} {
		notFound(t, s, "member "+number, fault.NotFound, func(tx store.Tx) (*member.Member, error) { return tx.Member(number) })
	}
}

// found gives the phone number of the member that FindMember gives, "" when there is none.
func found(t testing.TB, s store.Store, number string, identity member.Identity) string {
	t.Helper()
	return view(t, s, func(tx store.Tx) (string, error) {
		m, err := tx.FindMember(number, identity)
		if fault.Is(err, fault.NotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		whole, err := tx.Member(m.MSISDN)
		if err != nil {
			return "", err
		}
		return m.MSISDN, differ("member that was found", *m, *whole)
	})
}

func findByNumber(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, m := range oddMembers() {
		AddMember(t, s, m)
		if m.Number != "" {
			equal(t, "found by "+m.Number, found(t, s, m.Number, member.Identity{}), m.MSISDN)
		}
	}
	for _, number := range []string{"", "42", "00042", "m-" + msisdn, "M-" + msisdn + " ", msisdn} {
		equal(t, "found by "+number, found(t, s, number, member.Identity{}), "")
	}
}

func findByIdentity(t *testing.T, s store.Store) {
	for number, i := range map[string]member.Identity{
		"2547000005": {Type: member.NationalID, Value: "ab 12\t3"},
		"2547000004": {Type: member.NationalID, Value: "AB123"},
		"2547000006": {Type: member.NationalID, Value: " a b1 23"},
		"2547000003": {Type: member.Passport, Value: "AB123"},
		"2547000001": {},
		"2547000007": {Type: member.License, Value: "äö1"},
		"2547000002": {Type: member.NationalID, Value: "AB123"}, // closed
		"2547000008": {Type: member.NationalID, Value: "CLOSED1"},
	} {
		m := NewMember(number)
		m.Identity, m.Standing = i, member.Open
		if number == "2547000002" || number == "2547000008" {
			m.Standing = member.Closed
		}
		AddMember(t, s, m)
	}
	for _, x := range []struct{ kind, value, want string }{
		{member.NationalID, "ab123", "2547000004"},
		{member.NationalID, "A B 1 2 3 ", "2547000004"},
		{member.Passport, "aB123", "2547000003"},
		{member.License, "ÄÖ1", "2547000007"},
		{member.License, "AB123", ""},
		{member.NationalID, "closed1", "2547000008"},
		{member.NationalID, "AB12", ""},
		{member.NationalID, "AB1234", ""},
		{member.NationalID, "", ""},
		{"", "AB123", ""},
		{"", "", ""},
	} {
		equal(t, "found by "+x.kind+" "+x.value, found(t, s, "", member.Identity{Type: x.kind, Value: x.value}), x.want)
	}
}

func findFollows(t *testing.T, s store.Store) {
	buildWorld(t, s)
	was := storedMember(t, s, msisdn).Identity
	will := member.Identity{Type: member.NationalID, Value: "new 1"}
	equal(t, "found by what it is", found(t, s, "", was), msisdn)
	update(t, s, func(tx store.Tx) error {
		_, err := changeMember(tx, msisdn, func(m *member.Member) { m.Identity = will })
		return err
	})
	equal(t, "found by what it was", found(t, s, "", was), "")
	equal(t, "found by what it became", found(t, s, "", will), msisdn)
	update(t, s, func(tx store.Tx) error {
		_, err := changeMember(tx, msisdn, func(m *member.Member) { m.Identity = member.Identity{} })
		return err
	})
	equal(t, "found by what is gone", found(t, s, "", will), "")
}

func createMemberExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := storedMember(t, s, msisdn)
	samePhone, sameNumber := NewMember(msisdn), NewMember(newMSISDN)
	samePhone.Number, samePhone.ID, sameNumber.Number = "another", "another", want.Number
	for name, m := range map[string]member.Member{"the phone number": samePhone, "the member number": sameNumber} {
		refused(t, s, name+" again", fault.Exists, func(tx store.Tx) error { return tx.CreateMember(m) })
	}
	refused(t, s, "twice in one Update", fault.Exists, func(tx store.Tx) error {
		return errors.Join(tx.CreateMember(NewMember(newMSISDN)), tx.CreateMember(NewMember(newMSISDN)))
	})
	equal(t, "the member that was there", storedMember(t, s, msisdn), want)
	for i := range 2 { // no member number is not one that can be taken
		m := NewMember(fmt.Sprintf("25470000%02d", i))
		m.Number = ""
		AddMember(t, s, m)
	}
	AddMember(t, s, NewMember(newMSISDN))
}

func createMemberRevision(t *testing.T, s store.Store) {
	for i, revision := range []uint64{0, 1, 7} {
		m := NewMember(fmt.Sprintf("25470000%02d", i))
		m.Revision = revision
		update(t, s, func(tx store.Tx) error { return tx.CreateMember(m) })
		equal(t, "revision", storedMember(t, s, m.MSISDN).Revision, 1)
	}
}

func updateMemberGuards(t *testing.T, s store.Store) {
	buildWorld(t, s)
	stale := storedMember(t, s, msisdn)
	var want member.Member
	update(t, s, func(tx store.Tx) (err error) {
		want, err = changeMember(tx, msisdn, func(m *member.Member) { m.FullName = "Changed" })
		return err
	})
	renamed, moved, early, never, missing := stale, stale, want, want, want
	renamed.FullName = "Never"
	moved.Identity = member.Identity{Type: member.NationalID, Value: "never"}
	early.Revision, never.Revision, missing.MSISDN = want.Revision+1, 0, newMSISDN
	for name, m := range map[string]member.Member{
		"the revision before": renamed, "the revision before, with an identity": moved,
		"a revision to come": early, "revision 0": never, "a member not created": missing,
	} {
		refused(t, s, name, fault.Conflict, func(tx store.Tx) error { return tx.UpdateMember(m) })
	}
	equal(t, "member after the refusals", storedMember(t, s, msisdn), want)
	update(t, s, func(tx store.Tx) error { return tx.UpdateMember(want) })
	want.Revision++
	equal(t, "member after the right revision", storedMember(t, s, msisdn), want)
}

// updateMemberCounts changes a member several times in one Update and in several, with and without an
// event: the Revision counts the writes.
func updateMemberCounts(t *testing.T, s store.Store) {
	buildWorld(t, s)
	before := storedMember(t, s, msisdn)
	for range 2 {
		update(t, s, func(tx store.Tx) error {
			for range 3 {
				m, err := tx.Member(msisdn)
				if err != nil {
					return err
				}
				m.OTP.Attempts++
				if err := tx.UpdateMember(*m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	after := storedMember(t, s, msisdn)
	equal(t, "revision after six writes", after.Revision, before.Revision+6)
	equal(t, "attempts after six writes", after.OTP.Attempts, before.OTP.Attempts+6)
	equal(t, "head of the chain, of which nothing was recorded", after.Head, before.Head)
}

func updateMemberKeeps(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := storedMember(t, s, msisdn)
	changed := want
	changed.ID, changed.Number = "another", "another"
	update(t, s, func(tx store.Tx) error { return tx.UpdateMember(changed) })
	want.Revision++
	equal(t, "member", storedMember(t, s, msisdn), want)
	equal(t, "found by the number it has", found(t, s, want.Number, member.Identity{}), msisdn)
	equal(t, "found by a number it does not have", found(t, s, "another", member.Identity{}), "")
}

// numbersInOrder are phone numbers of many lengths, in the order of their bytes.
func numbersInOrder() []string {
	return []string{"1234567", "12345678", "123456789012345", "2547123456", msisdn, "2547123456789", otherMSISDN, "3", "91", "910"}
}

// addNumbers adds a member for each of numbersInOrder, from the last, but for those of the world.
func addNumbers(t testing.TB, s store.Store) (numbers []string) {
	t.Helper()
	numbers = numbersInOrder()
	for _, number := range slices.Backward(numbers) {
		if number != msisdn && number != otherMSISDN {
			AddMember(t, s, NewMember(number))
		}
	}
	return numbers
}

func membersList(t *testing.T, s store.Store) {
	buildWorld(t, s)
	numbers := addNumbers(t, s)
	list := func(f store.MemberFilter) (got []string) {
		for _, m := range view(t, s, func(tx store.Tx) ([]member.Member, error) { return tx.Members(f) }) {
			equal(t, "member in the list", m, storedMember(t, s, m.MSISDN))
			got = append(got, m.MSISDN)
		}
		return got
	}
	equalAll(t, "all", list(store.MemberFilter{Limit: 100}), numbers)
	equalAll(t, "after one that is not there", list(store.MemberFilter{After: "30", Limit: 1}), []string{"91"})
	equalAll(t, "after the last", list(store.MemberFilter{After: "910", Limit: 5}), nil)
	for limit := 1; limit <= len(numbers); limit++ {
		var got []string
		for page := list(store.MemberFilter{Limit: limit}); len(page) > 0; page = list(store.MemberFilter{After: got[len(got)-1], Limit: limit}) {
			if len(page) > limit {
				t.Errorf("a page of %d has %d members", limit, len(page))
			}
			got = append(got, page...)
		}
		equalAll(t, fmt.Sprintf("all in pages of %d", limit), got, numbers)
	}
}

func haveMembers(t *testing.T, s store.Store) {
	buildWorld(t, s)
	numbers := addNumbers(t, s)
	for _, x := range []struct {
		first, last string
		limit       int
		want        []string
	}{
		{"1234567", "910", 100, numbers},
		{"1234567", "910", 2, numbers[:2]},
		{msisdn, msisdn, 1, []string{msisdn}},
		{"2547123456", "2547123456789", 100, []string{"2547123456", msisdn, "2547123456789"}},
		{"2", "25471", 100, nil},
		{"92", "99", 100, nil},
		{"91", "3", 100, nil},
	} {
		got := view(t, s, func(tx store.Tx) ([]string, error) { return tx.HaveMembers(x.first, x.last, x.limit) })
		equalAll(t, fmt.Sprintf("from %s to %s, %d at most", x.first, x.last, x.limit), got, x.want)
	}
}
