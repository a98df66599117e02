package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func ladderCases() []testCase {
	return []testCase{
		{"Ladders/are the default ones until they are saved", laddersDefault},
		{"SaveLadder/every field comes back", ladderRoundTrip},
		{"SaveLadder/replaces the one for its kind", ladderReplaced},
	}
}

// wantLadders checks the ladders of both directories.
func wantLadders(t *testing.T, s store.Store, what string, password, otp member.Ladder) {
	t.Helper()
	want := member.Ladders{Password: password, OTP: otp}
	bothDirectories(t, s, func(dir *store.Directory) {
		t.Helper()
		if !reflect.DeepEqual(dir.Ladders, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, dir.Ladders, want)
		}
	})
}

// saved saves a ladder and its event, and gives it as it was saved.
func saved(t testing.TB, s store.Store, l member.Ladder) member.Ladder {
	t.Helper()
	update(t, s, func(tx store.Tx) (err error) {
		l, err = setLadder(tx, l)
		return err
	})
	return l
}

func laddersDefault(t *testing.T, s store.Store) {
	wantLadders(t, s, "of an empty store", member.DefaultLadder(member.Password), member.DefaultLadder(member.OTP))
	buildWorld(t, s)
	wantLadders(t, s, "of a store with members", member.DefaultLadder(member.Password), member.DefaultLadder(member.OTP))
	otp := saved(t, s, newLadder(member.OTP))
	wantLadders(t, s, "after one was saved", member.DefaultLadder(member.Password), otp)
}

func ladderRoundTrip(t *testing.T, s store.Store) {
	for _, l := range []member.Ladder{
		newLadder(member.Password),
		{Security: member.Password, Steps: []member.Step{{Attempts: 1, Flag: "ONLY", Action: member.Lock}}},
		{Security: member.Password, Every: 1_000_000, Further: member.Step{Flag: "'; --", Action: member.Suspend, For: time.Second}},
		member.DefaultLadder(member.Password),
	} {
		l = saved(t, s, l)
		wantLadders(t, s, "as saved", l, member.DefaultLadder(member.OTP))
	}
	full := saved(t, s, newLadder(member.OTP))
	complete(t, "ladder", full, "Attempts")
	complete(t, "step", full.Steps[0])
}

func ladderReplaced(t *testing.T, s store.Store) {
	password, otp := saved(t, s, newLadder(member.Password)), saved(t, s, newLadder(member.OTP))
	wantLadders(t, s, "as saved", password, otp)
	password.Steps = []member.Step{{Attempts: 4, Flag: "FEWER", Action: member.Suspend, For: time.Minute}}
	password = saved(t, s, password)
	wantLadders(t, s, "with other and fewer steps", password, otp)
	otp.Steps = append(newLadder(member.OTP).Steps, member.Step{Attempts: 11, Flag: "MORE", Action: member.Warn})
	otp.Every, otp.Further = 0, member.Step{}
	otp = saved(t, s, otp)
	wantLadders(t, s, "with more steps and none further", password, otp)
}
