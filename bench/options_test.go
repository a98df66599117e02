//go:build linux

package main

import (
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	if processors() < 2 {
		t.Skip("the benchmark refuses to run on one core")
	}
	o, err := parseOptions([]string{"-quick", "-rounds", "7", "-only", "change,start"})
	if err != nil {
		t.Fatal(err)
	}
	if o.agents != 20_000 || o.rounds != 7 || o.changeTime != time.Second || strings.Join(o.only, " ") != "change start" {
		t.Errorf("have %+v", o)
	}
	for args, want := range map[string]string{
		"-only nonsense":  "unknown part",
		"-agents 3":       "-agents",
		"-agents 7000000": "-agents",
		"-rounds 0":       "-rounds",
		"-reuse":          "-out",
		"import":          "unexpected argument",
	} {
		if _, err := parseOptions(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: have error %v", args, err)
		}
	}
}
