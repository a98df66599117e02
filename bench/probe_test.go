//go:build linux

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const rightAnswer = `{"status":0,"data":{"service_status_list":[` +
	`{"service_code":"45","status":1},{"service_code":4,"status":"0"}]}}`

func TestParseServices(t *testing.T) {
	t.Parallel()
	have, err := parseServices([]byte(rightAnswer))
	if err != nil || len(have) != 2 || have["45"] != "1" || have["4"] != "0" {
		t.Errorf("have %v, error %v", have, err)
	}
	for _, text := range []string{`{"status":1,"message":"no"}`, `{}`, `oops`} {
		if _, err := parseServices([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if want, err := wantPrefix([]byte(rightAnswer)); err != nil || want != `{"status":0` {
		t.Errorf("prefix: have %q, error %v", want, err)
	}
}

func TestCheckStates(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(floorHandler(answer{Header: http.Header{}, Body: []byte(rightAnswer)}))
	t.Cleanup(s.Close)
	addr := strings.TrimPrefix(s.URL, "http://")
	check := func(want services) error {
		return checkStates(t.Context(), addr, []int{1, 2}, func(int) services { return want })
	}
	if err := check(services{"45": "1", "4": "0"}); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]services{"another state": {"45": "0"}, "a service more": {"59": "1"}} {
		if check(want) == nil {
			t.Errorf("%s was not noticed", name)
		}
	}
}

func TestFloorServesTheAnswer(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 5000) // longer than net/http sends without chunks by itself
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"abc"}, "Date": {"long ago"}}
	s := httptest.NewServer(floorHandler(answer{Header: header, Body: []byte(body)}))
	t.Cleanup(s.Close)
	resp, err := plainClient().Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	have, err := io.ReadAll(resp.Body)
	if err != nil || string(have) != body || resp.ContentLength != 5000 {
		t.Errorf("have %d bytes of %d, error %v", len(have), resp.ContentLength, err)
	}
	if h := resp.Header; h.Get("X-Request-Id") != "abc" || h.Get("Content-Type") != "application/json" || h.Get("Date") == "long ago" {
		t.Errorf("have headers %v", h)
	}
}

func TestFloorReadsWhatItIsSent(t *testing.T) {
	t.Parallel()
	sent := strings.NewReader(`{"action":"CHECK_USER"}`)
	w := httptest.NewRecorder()
	floorHandler(answer{Header: http.Header{}, Body: []byte("{}")}).ServeHTTP(w, httptest.NewRequest("POST", "/", sent))
	if sent.Len() != 0 || w.Body.String() != "{}" {
		t.Errorf("%d bytes are left; answered %q", sent.Len(), w.Body)
	}
}

func TestChosenAgents(t *testing.T) {
	t.Parallel()
	if have := spread(10, 3); !slices.Equal(have, []int{0, 3, 6}) {
		t.Errorf("spread: %v", have)
	}
	if have := spread(2, 5); !slices.Equal(have, []int{0, 1}) {
		t.Errorf("spread of few: %v", have)
	}
	state := []byte{stateOn, stateOff | stateTouched, stateUnknown | stateTouched, stateOff, stateOn | stateTouched}
	if have := touched(state, 10); !slices.Equal(have, []int{1, 4}) {
		t.Errorf("touched: %v", have)
	}
}

func TestSyncRateLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, measure := range map[string]func() (float64, error){
		"overwrite": func() (float64, error) { return overwriteRate(dir, 1) },
		"append":    func() (float64, error) { return appendRate(dir, 1) },
	} {
		if _, err := measure(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f, err := http.Dir(dir).Open("sync.tmp"); err == nil {
		f.Close()
		t.Error("the file is still there")
	}
}
