//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
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
	if o.agents != 20_000 || o.members != 20_000 || o.crowd != 200 || o.rounds != 7 || o.changeTime != time.Second || strings.Join(o.only, " ") != "change start" {
		t.Errorf("have %+v", o)
	}
	if o, err = parseOptions(nil); err != nil || slices.Contains(o.only, chartPart) || !slices.Equal(o.sizes, []int{10_000, 1_000_000, 10_000_000}) {
		t.Errorf("by default: %+v, error %v", o, err)
	}
	for args, want := range map[string]string{
		"-sizes 10":        "-sizes",
		"-sizes 5000,5000": "-sizes",
		"-sizes 5000,x":    "-sizes",
		"-only nonsense":   "unknown part",
		"-agents 3":        "-agents",
		"-agents 12000000": "-agents",
		"-members 3":       "-members",
		"-growth 2000":     "-growth",
		"-crowd 63":        "-crowd",
		"-crowd 4097":      "-crowd",
		"-rounds 0":        "-rounds",
		"-reuse":           "-out",
		"import":           "unexpected argument",
	} {
		if _, err := parseOptions(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: have error %v", args, err)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only string
		has  kept
		want string
	}{
		{"enquiry", kept{}, "import enquiry"},
		{"enquiry", kept{Agents: 1}, "enquiry"},
		{"enquiry,import", kept{Agents: 1}, "import enquiry"},
		{"pin,check", kept{Agents: 1}, "member check pin"},
		{"mixed", kept{Members: 1}, "mixed"},
		{"growth", kept{}, "growth"},
		{"webhook,verify,decide", kept{}, "import decide verify webhook"},
		{"flood,start", kept{Members: 1}, "import start flood"},
		{"member", kept{}, "member"},
		{strings.Join(parts(), ","), kept{}, strings.Join(parts(), " ")},
	} {
		if have := strings.Join(plan(strings.Split(c.only, ","), c.has), " "); have != c.want {
			t.Errorf("%s with %+v: have %s", c.only, c.has, have)
		}
	}
	b := &bench{options: &options{only: []string{"member"}, importRounds: 3}}
	if b.importsOf("member") != 3 || b.importsOf("import") != 1 {
		t.Errorf("imports: %d chosen, %d not", b.importsOf("member"), b.importsOf("import"))
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	b := &bench{options: &options{out: t.TempDir(), agents: 5, members: 6}, has: kept{Members: 7, PINs: 2, Growth: 9}}
	if err := b.writeKept(); err != nil {
		t.Fatal(err)
	}
	again := &bench{options: &options{out: b.out, agents: 5, members: 6}}
	if err := again.readKept(); err != nil || again.has.Form != populationForm || again.has != b.has || again.agents != 5 || again.members != 7 || again.growth != 9 {
		t.Errorf("have %+v of %d agents and %d members, error %v", again.has, again.agents, again.members, err)
	}
	if err := os.WriteFile(filepath.Join(b.out, "kept.json"), []byte(`{"Agents":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&bench{options: again.options}).readKept(); err == nil {
		t.Error("databases of another form are used")
	}
}
