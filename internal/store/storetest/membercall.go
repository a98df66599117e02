package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func memberCallCases() []testCase {
	return []testCase{
		{"MemberCall/every field comes back", memberCallRoundTrip},
		{"MemberCall/not found", memberCallNotFound},
		{"SaveMemberCall/replaces", memberCallReplaced},
		{"ForgetMemberCalls/oldest first, up to the limit", forgetMemberCalls},
		{"ForgetMemberCalls/only those before the time", forgetMemberCallsBefore},
		{"ForgetMemberCalls/a call that was replaced keeps its place", forgetMemberCallsReplaced},
	}
}

// wantMemberCall checks what is remembered under a call's key; an empty answer may be nil.
func wantMemberCall(t testing.TB, s store.Store, what string, want store.MemberCall) {
	t.Helper()
	got := view(t, s, func(tx store.Tx) (store.MemberCall, error) { return tx.MemberCall(want.Key) })
	if !bytes.Equal(got.Answer, want.Answer) {
		t.Errorf("%s: got answer %q, want %q", what, got.Answer, want.Answer)
	}
	got.Answer, want.Answer = nil, nil
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// saveMemberCalls saves calls in one Update.
func saveMemberCalls(t testing.TB, s store.Store, calls ...store.MemberCall) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for _, c := range calls {
			if err := tx.SaveMemberCall(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func memberCallRoundTrip(t *testing.T, s store.Store) {
	begun := newMemberCall("begun", 1)
	complete(t, "call", begun)
	answered := newMemberCall("answered", 2)
	answered.Begun, answered.Counted, answered.Until = false, false, time.Time{}
	answered.Answer = bytes.Repeat([]byte("0123456789abcde\x00"), 4096)
	bare := store.MemberCall{Key: store.CallKey{0: 0, 15: 255}, At: At(3)}
	zero := store.MemberCall{}
	for _, want := range []store.MemberCall{begun, answered, bare, zero} {
		update(t, s, func(tx store.Tx) error {
			if err := tx.SaveMemberCall(want); err != nil {
				return err
			}
			got, err := tx.MemberCall(want.Key)
			return errors.Join(err, differ("call in its own Update", got.Key, want.Key))
		})
		wantMemberCall(t, s, "call", want)
	}
}

// memberCallForgotten checks that nothing is remembered under a key.
func memberCallForgotten(t testing.TB, s store.Store, what string, key store.CallKey) {
	t.Helper()
	notFound(t, s, what, fault.NotFound, func(tx store.Tx) (store.MemberCall, error) { return tx.MemberCall(key) })
}

func memberCallNotFound(t *testing.T, s store.Store) {
	memberCallForgotten(t, s, "call of an empty store", callKey("a"))
	saveMemberCalls(t, s, newMemberCall("a", 1))
	memberCallForgotten(t, s, "another call", callKey("b"))
	memberCallForgotten(t, s, "the key of zeros", store.CallKey{})
	notFound(t, s, "a call about an agent", fault.NotFound, func(tx store.Tx) (store.Call, error) { return tx.Call(callKey("a")) })
}

func memberCallReplaced(t *testing.T, s store.Store) {
	other := newMemberCall("b", 1)
	c := newMemberCall("a", 1)
	saveMemberCalls(t, s, c, other)
	for _, change := range []func(){
		func() { c.Begun, c.Until, c.Answer = false, At(77), []byte("answered") },
		func() { c.Counted, c.Fingerprint, c.PINTag = false, [16]byte{9}, [16]byte{15: 8} },
		func() { c.At, c.Answer = At(-5), nil },
	} {
		change()
		saveMemberCalls(t, s, c)
		wantMemberCall(t, s, "as replaced", c)
	}
	first, second := newMemberCall("c", 1), newMemberCall("c", 2)
	saveMemberCalls(t, s, first, second)
	wantMemberCall(t, s, "as replaced in one Update", second)
	wantMemberCall(t, s, "the other call", other)
}

// savedAt saves one call for each second, named by it.
func savedAt(t testing.TB, s store.Store, seconds ...int) {
	t.Helper()
	for _, n := range seconds {
		saveMemberCalls(t, s, newMemberCall(fmt.Sprint(n), n))
	}
}

// forgetMember forgets calls and says how many.
func forgetMember(t testing.TB, s store.Store, before, limit int) (n int) {
	t.Helper()
	update(t, s, func(tx store.Tx) (err error) { n, err = tx.ForgetMemberCalls(At(before), limit); return err })
	return n
}

// wantLeft checks which of the seconds still have their call.
func wantLeft(t testing.TB, s store.Store, of []int, want ...int) {
	t.Helper()
	left := view(t, s, func(tx store.Tx) (there []int, err error) {
		for _, n := range of {
			_, err := tx.MemberCall(callKey(fmt.Sprint(n)))
			if err == nil {
				there = append(there, n)
			} else if !fault.Is(err, fault.NotFound) {
				return nil, err
			}
		}
		return there, nil
	})
	equalAll(t, "remembered", left, want)
}

func forgetMemberCalls(t *testing.T, s store.Store) {
	all := []int{1, 2, 3, 4, 5, 6, 7, 8}
	equal(t, "forgotten in an empty store", forgetMember(t, s, 100, 10), 0)
	savedAt(t, s, all[:6]...)
	equal(t, "forgotten with limit 2", forgetMember(t, s, 100, 2), 2)
	wantLeft(t, s, all, 3, 4, 5, 6)
	equal(t, "forgotten with limit 3", forgetMember(t, s, 100, 3), 3)
	wantLeft(t, s, all, 6)
	savedAt(t, s, all[6:]...)
	equal(t, "forgotten with limit 1", forgetMember(t, s, 100, 1), 1)
	wantLeft(t, s, all, 7, 8)
	equal(t, "forgotten with a large limit", forgetMember(t, s, 100, 1000), 2)
	wantLeft(t, s, all)
}

func forgetMemberCallsBefore(t *testing.T, s store.Store) {
	all := []int{1, 2, 3, 4, 9}
	savedAt(t, s, 1, 2, 3, 4)
	equal(t, "forgotten before the first", forgetMember(t, s, 1, 10), 0)
	equal(t, "forgotten before the third", forgetMember(t, s, 3, 10), 2)
	wantLeft(t, s, all, 3, 4)
	equal(t, "forgotten before the third again", forgetMember(t, s, 3, 10), 0)
	equal(t, "forgotten before the end", forgetMember(t, s, 100, 10), 2)
	savedAt(t, s, 9, 2)
	equal(t, "forgotten with the oldest behind one that is to stay", forgetMember(t, s, 5, 10), 0)
	wantLeft(t, s, all, 2, 9)
}

// forgetMemberCallsReplaced answers calls in another order than they began: they are forgotten as they were
// first saved, by the time they have now.
func forgetMemberCallsReplaced(t *testing.T, s store.Store) {
	savedAt(t, s, 1, 2, 3)
	answered := newMemberCall("1", 9)
	saveMemberCalls(t, s, answered)
	equal(t, "forgotten before the first was answered", forgetMember(t, s, 9, 10), 0)
	wantLeft(t, s, []int{1, 2, 3}, 1, 2, 3)
	equal(t, "forgotten with limit 1", forgetMember(t, s, 10, 1), 1)
	wantLeft(t, s, []int{1, 2, 3}, 2, 3)
	savedAt(t, s, 4, 3)
	equal(t, "forgotten with limit 2", forgetMember(t, s, 10, 2), 2)
	wantLeft(t, s, []int{2, 3, 4}, 4)
}
