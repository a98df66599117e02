package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
)

// TestTheFlowOfDecisions asks about an agent and checks the receipts; a no and a forged receipt end with
// an exit code of their own, and print no error.
func TestTheFlowOfDecisions(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	s.addAcme()
	s.run("agent", "add", "--partner", "p1", "--user-code", "10000001", "--mobile", "9123456780", "--first-name", "Asha")
	receipt := func(want int, args ...string) string {
		t.Helper()
		var d switchboard.Decision
		r := (&terminal{}).run(append(args, "--json", "--data", s.data)...)
		if err := json.Unmarshal([]byte(r.out), &d); err != nil || r.code != want || r.err != "" {
			t.Fatalf("%v: %v: %s", args, err, r.whole())
		}
		s.words[d.Receipt] = "RECEIPT"
		return d.Receipt
	}
	deny := receipt(exitDenied, "decide", "10000001", "45")
	s.run("activation", "on", "10000001", "45")
	allow := receipt(exitOK, "decide", "10000001", "45", "--at", "2126-01-01T00:00:00Z", "--device", "POS-7")
	s.run("decide", "10000001", "45")
	s.run("agent", "set", "10000001", "--standing", "suspended", "--reason", "looks odd")
	for _, args := range [][]string{{"decide", "10000001", "45"}, {"decide", "99999999", "998", "--json"}, {"decide", "--check", strings.Repeat("A", 90)},
		{"decide", "10000001", "45", "--place", "here"}, {"decide", "10000001"}, {"decide", "1", "2", "--at", "today"}} {
		s.try(args...)
	}
	s.run("decide", "--check", deny)
	s.run("decide", "--check", allow)
	s.run("decide", "--check", allow, "--json")
	text := regexp.MustCompile(`(receipt |"receipt": ")[\w-]{60,}`).ReplaceAllString(s.log.String(), "${1}RECEIPT")
	golden(t, "flow/decide", regexp.MustCompile(`(to operator  |"operator": ")[\w-]+`).ReplaceAllString(text, "${1}ME"))
}
