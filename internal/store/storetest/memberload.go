package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func memberLoadCases() []testCase {
	return []testCase{
		{"Concurrency/Updates of one member: none is lost", updatesOfOneMember},
		{"Concurrency/a member read before the Update: one of many writes it", oneOfManyWrites},
		{"Concurrency/only one creates a member", onlyOneCreatesMember},
		{"Concurrency/one call is begun once", callBegunOnce},
		{"Freshness/a Member is never older than an Update that returned", memberNeverOld},
		{"Freshness/a Member read first while it is written", memberColdWhileWritten},
		{"Freshness/writers of many members read their own", memberWritersReadTheirOwn},
	}
}

// updatesOfOneMember counts attempts of one member from many sides, some of which fail after they wrote.
func updatesOfOneMember(t *testing.T, s store.Store) {
	const updaters = 80
	before := AddMember(t, s, NewMember(msisdn))
	var saw [updaters]int
	parallel(updaters, func(i int) {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			_, err := changeMember(tx, msisdn, func(m *member.Member) {
				saw[i] = m.Password.Attempts - before.Password.Attempts
				m.Password.Attempts++
			})
			if err != nil || fate(i) != fault.Exists {
				return errors.Join(err, meet(tx, i))
			}
			return tx.CreateMember(NewMember(msisdn))
		})
		if fault.CodeOf(err) != fate(i) {
			t.Errorf("Update %d: got error %v, want %q", i, err, fate(i))
		}
	})
	var good []int
	for i := range updaters {
		if fate(i) == "" {
			good = append(good, saw[i])
		}
	}
	eachOnce(t, good)
	after := storedMember(t, s, msisdn)
	equal(t, "attempts", after.Password.Attempts, before.Password.Attempts+len(good))
	equal(t, "revision", after.Revision, uint64(1+len(good)))
	sameMember(t, s, msisdn)
	verifyMemberChain(t, s, msisdn)
}

// oneOfManyWrites lets many write what they read in the same state: the Revision lets one through.
func oneOfManyWrites(t *testing.T, s store.Store) {
	AddMember(t, s, NewMember(msisdn))
	for round := range 20 {
		was := storedMember(t, s, msisdn)
		var wrote atomic.Int64
		parallel(8, func(i int) {
			m := was
			m.FullName = fmt.Sprintf("%d in round %d", i, round)
			if i%2 == 1 {
				m.Identity.Value = m.FullName
			}
			err := s.Update(t.Context(), func(tx store.Tx) error { return tx.UpdateMember(m) })
			if err == nil {
				wrote.Add(1 + int64(i)<<8)
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("writing at once with others: %v", err)
			}
		})
		equal(t, "Updates that wrote", wrote.Load()&0xff, 1)
		m := storedMember(t, s, msisdn)
		equal(t, "name", m.FullName, fmt.Sprintf("%d in round %d", wrote.Load()>>8, round))
		equal(t, "revision", m.Revision, was.Revision+1)
	}
	sameMember(t, s, msisdn)
}

func onlyOneCreatesMember(t *testing.T, s store.Store) {
	for round := range 5 {
		number := fmt.Sprintf("25470000000%d", round)
		var created atomic.Int64
		parallel(16, func(i int) {
			m := NewMember(number)
			if i%2 == 1 { // another phone number, the same member number
				m.MSISDN = fmt.Sprintf("2548000%d%02d", round, i)
			}
			err := s.Update(t.Context(), func(tx store.Tx) error { _, err := addMember(tx, m); return err })
			if err == nil {
				created.Add(1)
			} else if !fault.Is(err, fault.Exists) {
				t.Errorf("creating a member at once with others: %v", err)
			}
		})
		equal(t, "Updates that created "+number, created.Load(), 1)
		sameMember(t, s, found(t, s, NewMember(number).Number, member.Identity{}))
	}
	events(t, s)
}

// callBegunOnce sends the same call many times at once: each looks for it and begins it when it is not there.
func callBegunOnce(t *testing.T, s store.Store) {
	AddMember(t, s, NewMember(msisdn))
	for round := range 10 {
		c := newMemberCall(fmt.Sprint(round), round)
		var begun atomic.Int64
		parallel(8, func(int) {
			did := false
			err := s.Update(t.Context(), func(tx store.Tx) error {
				_, err := tx.MemberCall(c.Key)
				if did = fault.Is(err, fault.NotFound); !did {
					return err
				}
				return errors.Join(tx.SaveMemberCall(c), rename(tx, msisdn, c.At.String()))
			})
			if err != nil {
				t.Errorf("beginning a call at once with others: %v", err)
			} else if did {
				begun.Add(1)
			}
		})
		equal(t, "Updates that began the call", begun.Load(), 1)
	}
	equal(t, "changes of the member", storedMember(t, s, msisdn).Revision, 11)
}

// members are subjects for the freshness cases: both ends of a brief member carry the same number.
func members(t *testing.T, s store.Store) subjects {
	return subjects{
		what: "Member",
		key:  func(i int) string { return fmt.Sprintf("2547%08d", i) },
		add: func(tx store.Tx, msisdn string) error {
			_, err := addMember(tx, NewMember(msisdn))
			return err
		},
		bump: func(tx store.Tx, msisdn string, n int) error {
			_, err := changeMember(tx, msisdn, func(m *member.Member) {
				m.FullName, m.OTP = strconv.Itoa(n), member.Tally{Flag: strconv.Itoa(n), Until: At(n)}
			})
			return err
		},
		read: func(msisdn string) (int, error) {
			m, err := s.Member(t.Context(), msisdn)
			if err != nil {
				return 0, err
			}
			n, err := strconv.Atoi(m.FullName)
			return n, errors.Join(err, differ("name and tally of one Member", m.FullName, m.OTP.Flag), differ("head", m.Head, event.Head{}))
		},
		check: func(msisdn string) {
			sameMember(t, s, msisdn)
			verifyMemberChain(t, s, msisdn)
		},
	}
}

func memberNeverOld(t *testing.T, s store.Store) { neverOld(t, s, members(t, s)) }

func memberColdWhileWritten(t *testing.T, s store.Store) { coldWhileWritten(t, s, members(t, s)) }

func memberWritersReadTheirOwn(t *testing.T, s store.Store) { readTheirOwn(t, s, members(t, s)) }
