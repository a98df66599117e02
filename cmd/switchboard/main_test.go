package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from %s (go test -update writes it anew):\n%s", name, path, got)
	}
}

// terminal is one run of the program, at a fixed time and in a fixed environment.
type terminal struct {
	env  map[string]string
	in   string
	from io.Reader // standard input, when it is not in
	tree *command  // the program's own when nil
	now  time.Time
	cli  *cli // what ran
}

// result is what a run printed and ended with.
type result struct {
	out, err string
	code     int
}

// whole shows a result in a golden file.
func (r result) whole() string {
	var b strings.Builder
	b.WriteString("exit " + string(rune('0'+r.code)) + "\n")
	for _, part := range [][2]string{{"out", r.out}, {"err", r.err}} {
		if part[1] != "" {
			b.WriteString("--- " + part[0] + "\n" + part[1])
		}
	}
	return b.String()
}

func (tm *terminal) run(args ...string) result {
	return tm.runContext(context.Background(), args...)
}

func (tm *terminal) runContext(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	now := tm.now
	if now.IsZero() {
		now = time.UnixMilli(1700000000000)
	}
	tm.cli = &cli{
		Out: &out, Err: &errs, In: strings.NewReader(tm.in),
		LookupEnv: func(name string) (string, bool) { v, ok := tm.env[name]; return v, ok },
		Now:       func() time.Time { return now },
	}
	tree := tm.tree
	if tree == nil {
		tree = commands()
	}
	if tm.from != nil {
		tm.cli.In = tm.from
	}
	code := tm.cli.run(ctx, tree, args)
	return result{out.String(), errs.String(), code}
}
