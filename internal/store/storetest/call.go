package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func callCases() []testCase {
	return []testCase{
		{"Call/every field comes back", callRoundTrip},
		{"Call/not found", callNotFound},
		{"SaveCall/exists", saveCallExists},
		{"ForgetCalls/oldest first, up to the limit", forgetCalls},
		{"ForgetCalls/only those before the time", forgetCallsBefore},
	}
}

// storedCall reads one call.
func storedCall(t testing.TB, s store.Store, key store.CallKey) store.Call {
	t.Helper()
	return view(t, s, func(tx store.Tx) (store.Call, error) { return tx.Call(key) })
}

// equalCall checks a call; an empty answer may be nil.
func equalCall(t testing.TB, what string, got, want store.Call) {
	t.Helper()
	if !bytes.Equal(got.Answer, want.Answer) {
		t.Errorf("%s: got answer %q, want %q", what, got.Answer, want.Answer)
	}
	for _, c := range []*store.Call{&got, &want} {
		c.Answer = nil
	}
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w || !got.At.Equal(want.At) {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func callRoundTrip(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for i, state := range agent.States() {
		want := newCall(fmt.Sprintf("call %d", i), userCode, i)
		want.State, want.Fingerprint = state, [16]byte{0, 255, byte(i)}
		want.Answer = append([]byte(nil), "{\"नाम\":\"\x00\xff\"}\n"[:i]...)
		if i%2 == 0 {
			want.ServiceCode = ""
		}
		update(t, s, func(tx store.Tx) error {
			if err := tx.SaveCall(want); err != nil {
				return err
			}
			got, err := tx.Call(want.Key)
			return errors.Join(err, differ("call in its own Update", got.Key, want.Key))
		})
		equalCall(t, "call", storedCall(t, s, want.Key), want)
	}
	large := newCall("large", userCode, 9)
	large.Key, large.Answer = store.CallKey{0: 0, 15: 255}, bytes.Repeat([]byte("0123456789abcdef"), 4096)
	update(t, s, func(tx store.Tx) error { return tx.SaveCall(large) })
	equalCall(t, "call with a large answer", storedCall(t, s, large.Key), large)
}

// forgotten checks that nothing is remembered under a key.
func forgotten(t testing.TB, s store.Store, what string, key store.CallKey) {
	t.Helper()
	notFound(t, s, what, fault.NotFound, func(tx store.Tx) (store.Call, error) { return tx.Call(key) })
}

func callNotFound(t *testing.T, s store.Store) {
	buildWorld(t, s)
	forgotten(t, s, "call of an empty store", callKey("a"))
	update(t, s, func(tx store.Tx) error { return tx.SaveCall(newCall("a", userCode, 0)) })
	forgotten(t, s, "another call", callKey("b"))
	forgotten(t, s, "the key of zeros", store.CallKey{})
}

func saveCallExists(t *testing.T, s store.Store) {
	buildWorld(t, s)
	want := newCall("a", userCode, 0)
	update(t, s, func(tx store.Tx) error { return tx.SaveCall(want) })
	second := newCall("a", userCode, 5)
	second.Answer, second.ServiceCode = []byte("second"), "53"
	refused(t, s, "the same key again", fault.Exists, func(tx store.Tx) error { return tx.SaveCall(second) })
	equalCall(t, "the call that was there", storedCall(t, s, want.Key), want)
}

// forget forgets calls and says how many.
func forget(t testing.TB, s store.Store, before, limit int) (n int) {
	t.Helper()
	update(t, s, func(tx store.Tx) (err error) { n, err = tx.ForgetCalls(At(before), limit); return err })
	return n
}

// saveCalls saves one call for each second, named by it.
func saveCalls(t testing.TB, s store.Store, seconds ...int) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for _, n := range seconds {
			if err := tx.SaveCall(newCall(fmt.Sprint(n), userCode, n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// remembered gives those of the seconds whose call is still there.
func remembered(t testing.TB, s store.Store, seconds ...int) []int {
	t.Helper()
	return view(t, s, func(tx store.Tx) (there []int, err error) {
		for _, n := range seconds {
			_, err := tx.Call(callKey(fmt.Sprint(n)))
			if err == nil {
				there = append(there, n)
			} else if !fault.Is(err, fault.NotFound) {
				return nil, err
			}
		}
		return there, nil
	})
}

func forgetCalls(t *testing.T, s store.Store) {
	buildWorld(t, s)
	equal(t, "forgotten in an empty store", forget(t, s, 100, 10), 0)
	saveCalls(t, s, 1, 2, 3, 4, 5, 6)
	equal(t, "forgotten with limit 2", forget(t, s, 100, 2), 2)
	equalAll(t, "remembered", remembered(t, s, 1, 2, 3, 4, 5, 6), []int{3, 4, 5, 6})
	equal(t, "forgotten with limit 3", forget(t, s, 100, 3), 3)
	equalAll(t, "remembered", remembered(t, s, 1, 2, 3, 4, 5, 6), []int{6})
	saveCalls(t, s, 7, 8)
	equal(t, "forgotten with limit 1", forget(t, s, 100, 1), 1)
	equalAll(t, "remembered", remembered(t, s, 6, 7, 8), []int{7, 8})
	equal(t, "forgotten with a large limit", forget(t, s, 100, 1000), 2)
	forgotten(t, s, "the last one", callKey("8"))
}

func forgetCallsBefore(t *testing.T, s store.Store) {
	buildWorld(t, s)
	saveCalls(t, s, 1, 2, 3, 4)
	equal(t, "forgotten before the first", forget(t, s, 1, 10), 0)
	equal(t, "forgotten before the third", forget(t, s, 3, 10), 2)
	equalAll(t, "remembered", remembered(t, s, 1, 2, 3, 4), []int{3, 4})
	equal(t, "forgotten before the third again", forget(t, s, 3, 10), 0)
	equal(t, "forgotten before the end", forget(t, s, 100, 10), 2)
}
