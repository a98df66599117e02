package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The published golden vector.
const (
	vectorKey       = "TEST_ACCESS_KEY_DO_NOT_USE"
	vectorSignature = "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk="
)

func TestSignCommand(t *testing.T) {
	t.Parallel()
	const url = "http://127.0.0.1:8080/ekoapi/v2/user/service/activate"
	for name, args := range map[string][]string{
		"headers":        {"--sandbox"},
		"headers-json":   {"--sandbox", "--json", "--timestamp", "1700000000001"},
		"curl":           {"--sandbox", "--curl", "put", url, "-d", `{"shop":"Tom's"}`},
		"curl-form":      {"--curl", "POST", url, "-d", "a=1&b=2", "--sandbox"},
		"curl-get-json":  {"--curl", "GET", url + "?x=[1]", "--json", "--sandbox"},
		"curl-alone":     {"--sandbox", "--curl"},
		"curl-no-host":   {"--sandbox", "--curl", "PUT", "/path"},
		"curl-method":    {"--sandbox", "--curl", "PUT;ls", url},
		"body-alone":     {"--sandbox", "-d", "x"},
		"no-keys":        {},
		"no-access-key":  {"--developer-key", "k"},
		"two-keys":       {"--sandbox", "--developer-key", "k"},
		"no-such-flag":   {"--access-key", vectorKey},
		"time-negative":  {"--sandbox", "--timestamp=-1"},
		"header-smuggle": {"--developer-key", "k\r\nx: y"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tm terminal
			golden(t, "sign/"+name, tm.run(append([]string{"sign"}, args...)...).whole())
		})
	}
}

func TestSignReadsTheAccessKeyFromThreePlaces(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(vectorKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func() result{
		"environment": func() result {
			tm := terminal{env: map[string]string{"SWITCHBOARD_ACCESS_KEY": vectorKey, "SWITCHBOARD_DEVELOPER_KEY": "dev"}}
			return tm.run("sign", "--json")
		},
		"file": func() result {
			var tm terminal
			return tm.run("sign", "--json", "--developer-key", "dev", "--access-key-file", file)
		},
		"standard input": func() result {
			tm := terminal{in: vectorKey + "\n"}
			return tm.run("sign", "--json", "--developer-key", "dev", "--access-key-file", "-")
		},
	} {
		var v signView
		r := run()
		if err := json.Unmarshal([]byte(r.out), &v); err != nil {
			t.Errorf("%s: %v in %+v", name, err, r)
			continue
		}
		if want := (signHeaders{"dev", vectorSignature, "1700000000000"}); v.Headers != want {
			t.Errorf("%s: got %+v, want %+v", name, v.Headers, want)
		}
		if strings.Contains(r.out+r.err, vectorKey) {
			t.Errorf("%s: the access key is printed", name)
		}
	}
}

// A shell must read each word back as it was, or a pasted line sends another request.
func TestQuotedSurvivesAShell(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"plain", "it's", `{"a":"$HOME"}`, "`id` $(id) \\ \" ! * ~", "two\nlines", ""} {
		out, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q comes back as %q (%v)", word, out, err)
		}
	}
}
