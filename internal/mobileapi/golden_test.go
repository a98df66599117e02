package mobileapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

var update = flag.Bool("update", false, "write the golden files anew")

// before is what happens before the request of a case: by the case's name, after "ACTION/" where that
// means something else for one action.
var before = map[string]func(*testing.T, *world){
	"closed":                        closeMember(sandbox.MSISDN),
	"user-closed":                   closeMember(sandbox.NewMSISDN),
	"app-inactive":                  unbindApp,
	"none-bound":                    unbindApp,
	"DEACTIVATE_MOBILE_APP/already": unbindApp,
	"warned":                        func(t *testing.T, w *world) { w.wrongPINs(t, 2) },
	"suspended":                     func(t *testing.T, w *world) { w.wrongPINs(t, 4) },
	"suspended-any-pin":             func(t *testing.T, w *world) { w.wrongPINs(t, 4) },
	"otp-suspended":                 func(t *testing.T, w *world) { w.do(t, good("SET_AUTH_SECURITY_PARAMETERS"), "SUCCESS") },
	"held-back":                     func(t *testing.T, w *world) { w.do(t, good("SET_AUTH_SECURITY_PARAMETERS"), "SUCCESS") },
	"locked":                        lock,
}

func closeMember(msisdn string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		changed, err := w.reg.SetMemberStanding(t.Context(), w.operator(), msisdn, member.Closed, "test")
		mustChange(t, changed, err)
	}
}

func unbindApp(t *testing.T, w *world) {
	changed, err := w.reg.UnbindMember(t.Context(), w.operator(), sandbox.MSISDN, []member.DeviceType{member.AppID}, "test")
	mustChange(t, changed, err)
}

func lock(t *testing.T, w *world) {
	w.do(t, good("SET_AUTH_SECURITY_PARAMETERS").with(fields{"auth_security_type": "PASSWORD", "auth_action": "LOCK", "auth_flag": "LAST", "auth_attempts": 9}), "SUCCESS")
}

// TestGolden sends each request file to a sandbox of its own and compares the HTTP status and the
// whole body with its answer file. Together the files have every status value of every action.
func TestGolden(t *testing.T) {
	t.Parallel()
	requests, err := filepath.Glob(filepath.Join("testdata", "*", "*.request.json"))
	if err != nil || len(requests) < 100 {
		t.Fatalf("%d request files: %v", len(requests), err)
	}
	for _, path := range requests {
		dir, file := filepath.Split(path)
		action, name := filepath.Base(dir), strings.TrimSuffix(file, ".request.json")
		t.Run(action+"/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if prepare := before[action+"/"+name]; prepare != nil {
				prepare(t, w)
			} else if prepare := before[name]; prepare != nil {
				prepare(t, w)
			}
			body, err := os.ReadFile(path)
			must(t, err)
			got := w.send(t, request{action: action, body: string(body)})
			if want := map[bool]int{true: 400, false: 200}[strings.Contains(got.body, "Please correct") || name == "missing"]; got.http != want {
				t.Errorf("HTTP %d, want %d", got.http, want)
			}
			got.golden(t, filepath.Join(dir, name+".answer.json"))
		})
	}
}

// golden compares the answer with a file.
func (r reply) golden(t *testing.T, path string) {
	t.Helper()
	var indented bytes.Buffer
	must(t, json.Indent(&indented, []byte(strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "REQUEST_ID")), "  ", "  "))
	got := fmt.Sprintf("{\n  \"http\": %d,\n  \"body\": %s\n}\n", r.http, &indented)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("the answer is\n%s, want\n%s", got, want)
	}
}

// TestEveryStatusHasAGoldenAnswer: the contract's values, each with at least one file.
func TestEveryStatusHasAGoldenAnswer(t *testing.T) {
	if *update {
		t.Skip("the files are being written")
	}
	t.Parallel()
	for action, statuses := range map[string]string{
		"DEACTIVATE_MOBILE_APP":        "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
		"ACTIVATE_MOBILE_APP":          "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
		"CHECK_USER":                   "ACTIVE SUSPENDED LOCKED INVALID_DEVICE_IDENTIFIER NOT_FOUND ERROR",
		"MO_CHECK_USER":                "FOUND NOT_FOUND ERROR",
		"LOGIN":                        "SUCCESS INCORRECT_PIN INVALID_DEVICE_IDENTIFIER MOBILE_APP_INACTIVE SET_PIN SUSPENDED LOCKED ERROR",
		"SET_PIN":                      "SUCCESS INVALID_ACCOUNT INCORRECT_PIN INVALID_NEW_PIN ERROR",
		"CHANGE_PIN":                   "SUCCESS INVALID_ACCOUNT INCORRECT_PIN INVALID_NEW_PIN ERROR",
		"GET_AUTH_SECURITY_PARAMETERS": "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
		"SET_AUTH_SECURITY_PARAMETERS": "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
		"GET_USER_DETAILS":             "SUCCESS USER_NOT_FOUND INCORRECT_PIN INVALID_ACCOUNT ERROR",
	} {
		seen := map[string]bool{}
		files, _ := filepath.Glob(filepath.Join("testdata", action, "*.answer.json"))
		for _, path := range files {
			var answer struct{ Body map[string]any }
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, json.Unmarshal(b, &answer))
			seen[fmt.Sprint(answer.Body[statusFields[action]])] = true
		}
		for _, s := range strings.Fields(statuses) {
			if !seen[s] {
				t.Errorf("%s: no file has %s", action, s)
			}
			delete(seen, s)
		}
		if len(seen) > 0 {
			t.Errorf("%s: the contract does not have %v", action, seen)
		}
	}
}
