package admin_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// table is a file of n agents with two services each.
func table(n int) string {
	var b strings.Builder
	b.WriteString("user_code,mobile,first_name,services\n")
	for i := range n {
		fmt.Fprintf(&b, "i-%05d,8%09d,Agent,45 43\n", i, i)
	}
	return b.String()
}

// imported is what came of an import.
type imported struct {
	counts  switchboard.ImportCounts
	refused []switchboard.RefusedRow
	told    int // lines of progress
	err     error
}

func (got *imported) line(l switchboard.ImportLine) {
	if l.Refused != nil {
		got.refused = append(got.refused, *l.Refused)
	}
	if l.Progress != nil {
		got.told++
	}
}

func runImport(t *testing.T, op *switchboard.Operator, file io.Reader, opt switchboard.ImportOptions) (got imported) {
	t.Helper()
	if opt.Partner == "" {
		opt.Partner = sandbox.PartnerID
	}
	if opt.Format == "" {
		opt.Format = "csv"
	}
	got.counts, got.err = op.Import(t.Context(), file, opt, got.line)
	return got
}

func TestImport(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		const n = 700 // more than one batch
		file := table(n)
		before := must(op.Status(t.Context()))(t).Events

		dry := runImport(t, op, strings.NewReader(file), switchboard.ImportOptions{DryRun: true})
		want := switchboard.ImportCounts{Rows: n, Created: n, Activated: 2 * n, Bytes: int64(len(file)), DryRun: true}
		if dry.err != nil || dry.counts != want {
			t.Fatalf("dry: %+v, want %+v", dry, want)
		}
		if after := must(op.Status(t.Context()))(t).Events; after != before {
			t.Fatalf("a dry run left %d events", after-before)
		}

		real := runImport(t, op, strings.NewReader(file), switchboard.ImportOptions{})
		want.DryRun = false
		if real.err != nil || real.counts != want || real.told < 2 {
			t.Fatalf("real: %+v, want %+v", real, want)
		}
		again := runImport(t, op, strings.NewReader(file), switchboard.ImportOptions{})
		want = switchboard.ImportCounts{Rows: n, Skipped: n, Bytes: int64(len(file))}
		if again.err != nil || again.counts != want {
			t.Fatalf("again: %+v, want %+v", again, want)
		}
		if after := must(op.Status(t.Context()))(t).Events; after != before+3*n {
			t.Errorf("%d events were recorded, want %d", after-before, 3*n)
		}
	})
}

func TestImportRefusesRows(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"csv": "user_code,mobile,services\n" +
			"good-1,9000000001,45\n" + // line 2
			"bad code,9000000002,45\n" +
			"bad-mobile,12,45\n" +
			"bad-service,9000000003,45 999\n" +
			"too,many,values,here\n" +
			"good-2,9000000004,\n" +
			"20810200,9000000009,45\n" + // is there, with another mobile number
			"good-1,9000000005,45\n", // is there since line 2
		"ndjson": `{"user_code":"good-1","mobile":"9000000001","services":["45"]}` + "\n\n" +
			`{"user_code":"bad code","services":["45"]}` + "\n" +
			`{"user_code":"bad-mobile","mobile":"12"}` + "\n" +
			`{"user_code":"bad-service","services":["45","999"]}` + "\n" +
			`{"user_code":` + "\n" +
			`{"user_code":"good-2"}` + "\n" +
			`{"user_code":"20810200","mobile":"9000000009"}` + "\n" +
			`{"user_code":"good-1","mobile":"9000000005"}`,
	}
	lines := map[string][]int{"csv": {3, 4, 5, 6, 8, 9}, "ndjson": {3, 4, 5, 6, 8, 9}}
	for format, file := range rows {
		for _, dry := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s dry %t", format, dry), func(t *testing.T) {
				t.Parallel()
				a := apptest.New(t, apptest.Options{})
				got := runImport(t, a.Operator, strings.NewReader(file), switchboard.ImportOptions{Format: format, DryRun: dry})
				if got.err != nil || got.counts.Rows != 8 || got.counts.Created != 2 || got.counts.Activated != 1 || got.counts.Refused != 6 {
					t.Fatalf("got %+v", got)
				}
				var at []int
				for _, r := range got.refused {
					at = append(at, r.Line)
					if r.Reason == "" || leak.MatchString(r.Reason) {
						t.Errorf("line %d: the reason is %q", r.Line, r.Reason)
					}
				}
				if !slices.Equal(at, lines[format]) {
					t.Errorf("lines %v were refused, want %v", at, lines[format])
				}
				_, err := a.Operator.Agent(t.Context(), "bad-service", 0)
				wantFault(t, err, "unknown_agent") // a row is taken whole or not at all
			})
		}
	}
}

// cutOff is a body whose connection breaks in its middle.
type cutOff struct{ r io.Reader }

func (c cutOff) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestImportGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		const n = 1500
		file := table(n)
		cut := runImport(t, op, cutOff{strings.NewReader(file[:len(file)*2/3])}, switchboard.ImportOptions{})
		if cut.err == nil {
			t.Fatalf("half a file was taken for a whole one: %+v", cut)
		}
		// What arrived is there in whole rows; what came of the last batches is not told any more.
		again := runImport(t, op, strings.NewReader(file), switchboard.ImportOptions{})
		c := again.counts
		if again.err != nil || c.Rows != n || c.Created+c.Skipped != n || c.Refused != 0 || c.Activated != 2*c.Created {
			t.Fatalf("again: %+v", again)
		}
		for _, code := range []string{"i-00000", fmt.Sprintf("i-%05d", n/2), fmt.Sprintf("i-%05d", n-1)} {
			got := must(op.Agent(t.Context(), code, 10))(t)
			if len(got.Activations) != 2 || len(got.Events) != 3 {
				t.Errorf("%s has %d services and %d events", code, len(got.Activations), len(got.Events))
			}
		}
	})
}
