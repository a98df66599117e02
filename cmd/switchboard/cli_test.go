package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// pets is a small tree with one of everything.
func pets() *command {
	echo := func(fs *flag.FlagSet, c *cli) runFunc {
		loud := fs.Bool("loud", false, "write in capitals")
		times := fs.Int("times", 1, "how `OFTEN`")
		return func(_ context.Context, args []string) error {
			text := fmt.Sprint(args, *loud, *times)
			return c.show(text, func(w io.Writer) error { _, err := fmt.Fprintln(w, text); return err })
		}
	}
	fails := func(err error) func(*flag.FlagSet, *cli) runFunc {
		return func(*flag.FlagSet, *cli) runFunc { return func(context.Context, []string) error { return err } }
	}
	var fields fault.Fields
	fields.Add("name", "is missing; give one")
	fields.Add("age", "is %q; it must be a number", "x")
	return &command{name: "pets", short: "Keep pets", subcommands: []*command{
		{name: "cat", short: "Keep cats", subcommands: []*command{
			{name: "add", args: "NAME [TOY...]", short: "Add a cat", examples: "pets cat add Tom mouse", setup: echo},
			{name: "rename", args: "OLD NEW", short: "Rename a cat", setup: echo},
			{name: "fetch", short: "Ask a server for its cats", operator: true, settings: []string{"listen"},
				setup: func(_ *flag.FlagSet, c *cli) runFunc {
					return func(context.Context, []string) error {
						at, err := c.operator()
						if err != nil {
							return err
						}
						_, err = fmt.Fprintf(c.Out, "%s|%s|%s", at.Socket, at.URL, at.Token.Reveal())
						return err
					}
				}},
		}},
		{name: "bad-fields", short: "Fail", setup: fails(fields.Err())},
		{name: "bad-cause", short: "Fail", setup: fails(withRemedy(fault.Wrap(errors.New("disk \x1b[2J full"), fault.Unavailable, "The cat could not be kept."), "Free some space."))},
		{name: "bad-plain", short: "Fail", setup: fails(errors.New("plain"))},
		{name: "bad-wait", short: "Wait", setup: func(*flag.FlagSet, *cli) runFunc {
			return func(ctx context.Context, _ []string) error { <-ctx.Done(); return ctx.Err() }
		}},
	}}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]string{
		"no-command":          "",
		"no-command-json":     "--json",
		"no-subcommand":       "cat",
		"unknown-command":     "cta",
		"unknown-subcommand":  "cat renmae x y",
		"unknown-far":         "elephant",
		"unknown-flag":        "cat add Tom --luod",
		"unknown-flag-json":   "cat add Tom --luod --json",
		"leading-unfit":       "--server http://a cat add Tom",
		"flag-without-value":  "cat add Tom --times",
		"flag-bad-value":      "cat add Tom --times=often",
		"argument-missing":    "cat rename",
		"argument-too-many":   "cat rename a b c",
		"fields":              "bad-fields",
		"fields-json":         "bad-fields --json",
		"cause-and-remedy":    "bad-cause",
		"plain":               "bad-plain",
		"plain-json":          "--json bad-plain",
		"server-without-key":  "cat fetch --server http://127.0.0.1:8081",
		"server-no-url":       "cat fetch --server 127.0.0.1:8081",
		"settings-bad":        "cat fetch --data= --listen nowhere",
		"settings-bad-json":   "cat fetch --data= --listen nowhere --json",
		"settings-bad-single": "cat fetch --listen nowhere",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm := terminal{tree: pets()}
			golden(t, "errors/"+name, tm.run(strings.Fields(args)...).whole())
		})
	}
}

func TestErrorsInJSONAreJSON(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"nothing --json", "cat --json", "cat add --json", "bad-cause --json", "cat fetch --listen x --json"} {
		tm := terminal{tree: pets()}
		r := tm.run(strings.Fields(args)...)
		var body struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(r.err), &body); err != nil || body.Error.Code == "" || body.Error.Message == "" || r.out != "" {
			t.Errorf("%s: %v, out %q, err %q", args, err, r.out, r.err)
		}
	}
}

func TestInterruptedSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tm := terminal{tree: pets()}
	if r := tm.runContext(ctx, "bad-wait"); r.code != exitFailed || r.err != "switchboard: interrupted\n" {
		t.Errorf("got %+v", r)
	}
}

func TestFlagsStandAnywhere(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"cat add Tom":                              "[Tom] false 1\n",
		"cat add --loud Tom --times 3 ball":        "[Tom ball] true 3\n",
		"cat add Tom ball -times=3 --loud":         "[Tom ball] true 3\n",
		"cat add Tom --loud=false":                 "[Tom] false 1\n",
		"cat add Tom -- --loud":                    "[Tom --loud] false 1\n",
		"cat add -":                                "[-] false 1\n",
		"cat add Tom --json":                       "\"[Tom] false 1\"\n",
		"--json cat add Tom":                       "\"[Tom] false 1\"\n",
		"cat --json add Tom --loud":                "\"[Tom] true 1\"\n",
		"cat add Tom --json=false":                 "[Tom] false 1\n",
		"cat fetch --data d":                       "d/operator.sock||",
		"--data d cat fetch":                       "d/operator.sock||",
		"cat fetch --server https://h:1/":          "|https://h:1|from-env",
		"cat fetch --server=http://h --token-file": "", // a value is missing
	} {
		tm := terminal{tree: pets()}
		if strings.Contains(args, "https") {
			tm.env = map[string]string{"SWITCHBOARD_TOKEN": "from-env"}
		}
		if r := tm.run(strings.Fields(args)...); r.out != want || (r.code == exitOK) != (want != "") {
			t.Errorf("%s: got %+v, want %q", args, r, want)
		}
	}
}

func TestTokenFromAFile(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"token\n":     "|http://h|token",
		"token\r\n":   "|http://h|token",
		"two\nlines":  "",
		"\n":          "",
		"":            "",
		"tok en\n\n ": "",
	} {
		tm := terminal{tree: pets(), in: in, env: map[string]string{"SWITCHBOARD_SERVER": "http://h"}}
		r := tm.run("cat", "fetch", "--token-file", "-")
		if want == "" && r.code != exitFailed || want != "" && r.out != want {
			t.Errorf("%q: got %+v, want %q", in, r, want)
		}
	}
}

func TestArity(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]arity{
		"":                  {},
		"CODE":              {required: []string{"CODE"}},
		"CODE SERVICE...":   {required: []string{"CODE", "SERVICE"}, many: true},
		"CODE [SERVICE...]": {required: []string{"CODE"}, optional: 1, many: true},
		"[METHOD URL]":      {optional: 2},
		"A [B] [C]":         {required: []string{"A"}, optional: 2},
	} {
		if got := (&command{args: args}).arity(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", args, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"serve", "sandbox", "service", "sign", "partner", "activation"}
	for word, want := range map[string]string{
		"serv": "serve", "sevre": "serve", "sadnbox": "sandbox", "partnr": "partner", "activate": "activation",
		"partners": "partner", "act": "activation", "sing": "sign", "x": "", "delete": "", "": "",
	} {
		if got, _ := nearest(word, names); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestTableHoldsItsShape(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	c := &cli{LookupEnv: func(string) (string, bool) { return "", false }}
	tb := c.table("CODE", "NAME")
	tb.row("20810200", "evil\x1b[2J\tname\n")
	tb.row("1", "")
	if err := tb.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "CODE      NAME\n20810200  evil\uFFFD[2J\uFFFDname\uFFFD\n1         -\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestColourOnlyWhereItIsWanted(t *testing.T) {
	t.Parallel()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	painted := string(bold) + "x\x1b[0m"
	for _, row := range []struct {
		to   io.Writer
		env  map[string]string
		want string
	}{
		{device, nil, painted},
		{device, map[string]string{"NO_COLOR": "1"}, "x"},
		{device, map[string]string{"TERM": "dumb"}, "x"},
		{io.Discard, nil, "x"},
	} {
		c := &cli{LookupEnv: func(name string) (string, bool) { v, ok := row.env[name]; return v, ok }}
		if got := c.paint(row.to, bold, "x"); got != row.want {
			t.Errorf("%T %v: got %q, want %q", row.to, row.env, got, row.want)
		}
	}
}
