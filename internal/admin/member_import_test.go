package admin_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// memberTable is a file of n members.
func memberTable(n int) string {
	var b strings.Builder
	b.WriteString("msisdn,full_name,member_number\n")
	for i := range n {
		fmt.Fprintf(&b, "2547900%05d,Member %d,n%05d\n", i, i, i)
	}
	return b.String()
}

func importMembers(t *testing.T, op *switchboard.Operator, file io.Reader, opt switchboard.MemberImportOptions) (got imported) {
	t.Helper()
	if opt.Format == "" {
		opt.Format = "csv"
	}
	got.counts, got.err = op.ImportMembers(t.Context(), file, opt, got.line)
	return got
}

func TestImportMembers(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *apptest.App, op *switchboard.Operator) {
		const n = 700 // more than one batch
		file := memberTable(n)
		before := must(op.Status(t.Context()))(t).Events

		dry := importMembers(t, op, strings.NewReader(file), switchboard.MemberImportOptions{DryRun: true})
		want := switchboard.ImportCounts{Rows: n, Created: n, Bytes: int64(len(file)), DryRun: true}
		if dry.err != nil || dry.counts != want {
			t.Fatalf("dry: %+v, want %+v", dry, want)
		}
		if after := must(op.Status(t.Context()))(t).Events; after != before {
			t.Fatalf("a dry run left %d events", after-before)
		}

		real := importMembers(t, op, strings.NewReader(file), switchboard.MemberImportOptions{})
		want.DryRun = false
		if real.err != nil || real.counts != want || real.told < 2 {
			t.Fatalf("real: %+v, want %+v", real, want)
		}
		again := importMembers(t, op, strings.NewReader(file), switchboard.MemberImportOptions{})
		want = switchboard.ImportCounts{Rows: n, Skipped: n, Bytes: int64(len(file))}
		if again.err != nil || again.counts != want {
			t.Fatalf("again: %+v, want %+v", again, want)
		}
		if after := must(op.Status(t.Context()))(t).Events; after != before+n {
			t.Errorf("%d events were recorded, want %d", after-before, n)
		}
		if m := must(op.Member(t.Context(), "254790000042", 5))(t); m.FullName != "Member 42" || m.MemberNumber != "n00042" || m.PIN != "none" || len(m.Events) != 1 {
			t.Errorf("a member is %+v", m)
		}
	})
}

func TestImportMembersRefusesRows(t *testing.T) {
	t.Parallel()
	file := "msisdn,full_name,imsi\n" +
		"254790000001,A,639020000000101\n" + // line 2
		"0790000002,B,\n" +
		"254790000003,,\n" +
		"254790000004,D,sim\n" +
		"254790000005,E\n" +
		"254790000001,F,\n" +
		"254790000006,G,\n"
	for _, dry := range []bool{true, false} {
		a := apptest.New(t, apptest.Options{})
		got := importMembers(t, a.Operator, strings.NewReader(file), switchboard.MemberImportOptions{DryRun: dry})
		var at []int
		for _, r := range got.refused {
			at = append(at, r.Line)
			if r.Reason == "" || leak.MatchString(r.Reason) || r.UserCode != "" || r.Line == 3 && r.MSISDN != "0790000002" {
				t.Errorf("a row is refused with %+v", r)
			}
		}
		if got.err != nil || got.counts.Rows != 7 || got.counts.Created != 2 || !slices.Equal(at, []int{3, 4, 5, 6, 7}) {
			t.Errorf("dry %t: %+v, lines %v", dry, got, at)
		}
	}
}

func TestImportMembersGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	const n = 3000 // longer than other bodies may be
	file := memberTable(n)
	if cut := importMembers(t, a.Operator, cutOff{strings.NewReader(file[:len(file)*2/3])}, switchboard.MemberImportOptions{}); cut.err == nil {
		t.Fatalf("half a file was taken for a whole one: %+v", cut)
	}
	again := importMembers(t, a.Operator, strings.NewReader(file), switchboard.MemberImportOptions{})
	if c := again.counts; again.err != nil || c.Rows != n || c.Created+c.Skipped != n || c.Refused != 0 {
		t.Errorf("again: %+v", again)
	}
}
