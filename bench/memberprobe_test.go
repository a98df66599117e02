//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

func TestMobileClientComparesTheStatus(t *testing.T) {
	t.Parallel()
	answer := answer{Header: http.Header{}, Body: []byte(`{"user_status":"ACTIVE","auth_action_valid_date":""}`)}
	s := httptest.NewServer(floorHandler(answer))
	t.Cleanup(s.Close)
	m := newMobileClient(strings.TrimPrefix(s.URL, "http://"))
	if err := m.want(t.Context(), "user_status", "ACTIVE", checkUser, map[string]string{}); err != nil {
		t.Error(err)
	}
	if m.want(t.Context(), "user_status", "LOCKED", checkUser, map[string]string{}) == nil {
		t.Error("another status was not noticed")
	}
}

func TestPINMakerChoosesAnotherThanTheIssued(t *testing.T) {
	t.Parallel()
	var issued, set []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == mobilePath {
			set = append(set, r.Header.Get("Authorization"))
			fmt.Fprint(w, `{"set_pin_status":"SUCCESS"}`)
			return
		}
		issued = append(issued, r.Header.Get("Authorization")+" "+r.URL.Path)
		fmt.Fprintf(w, `{"pin":"%s"}`, []string{chosenPIN, "8642"}[len(issued)-1])
	}))
	t.Cleanup(api.Close)
	addr, dir := strings.TrimPrefix(api.URL, "http://"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "operator.token"), []byte("token-of-a-test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newPINMaker(&server{addr: addr, operator: addr}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.choose(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("Bearer token-of-a-test /operator/v1/members/%d/pin", msisdn(0))
	if !slices.Equal(issued, []string{want, want}) || !slices.Equal(set, []string{channelBasic()}) {
		t.Errorf("issued by %q, set by %q", issued, set)
	}
}

func TestEachOf(t *testing.T) {
	t.Parallel()
	var sum, calls atomic.Int64
	all := []int{1, 2, 3, 4, 5, 6, 7}
	if err := eachOf(all, 3, func(i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != 28 {
		t.Errorf("sum %d, error %v", sum.Load(), err)
	}
	failure := errors.New("a failure")
	if err := eachOf(all, 3, func(int) error { calls.Add(1); return failure }); !errors.Is(err, failure) || calls.Load() != 3 {
		t.Errorf("after %d calls: %v", calls.Load(), err)
	}
}

func TestHashForHashes(t *testing.T) {
	t.Parallel()
	if r := hashFor(1); r.Requests == 0 || r.Rate <= 0 || r.P50 <= 0 {
		t.Errorf("have %+v", r)
	}
	for _, args := range [][]string{{"1s"}, {"1s", "soon"}} {
		if err := hashCommand(args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}
