package agentfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

func TestRowsOfAPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		want []string // rows, or the bad fields of the header
	}{
		"plain":         {"user_code,service_code\n1,45\n2,\n", []string{"2 1 45", "3 2 "}},
		"other order":   {" Service_Code , USER_CODE\n 45 , 1 \n", []string{"2 1 45"}},
		"whole agents":  {"user_code\n1\n", []string{"2 1 "}},
		"too few":       {"user_code,service_code\n1\n2,45\n", []string{"2 ! The line has 1 values, the header 2.", "3 2 45"}},
		"nothing":       {"user_code\n", nil},
		"no such names": {"agent,service\n1,45\n", []string{"agent service user_code"}},
		"twice":         {"user_code,user_code\n1,2\n", []string{"user_code"}},
		"no file":       {"", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := planRows(t, c.file); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func planRows(t *testing.T, file string) (lines []string) {
	t.Helper()
	next, err := OpenPlan(strings.NewReader(file))
	if err != nil {
		var names []string
		for _, f := range fault.As(err).Fields {
			names = append(names, f.Name)
		}
		return []string{strings.Join(names, " ")}
	}
	for {
		row, ok, err := next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return lines
		}
		line := fmt.Sprintf("%d %s %s", row.Line, row.UserCode, row.ServiceCode)
		if row.Err != nil {
			line = fmt.Sprintf("%d ! %s", row.Line, fault.As(row.Err).Message)
		}
		lines = append(lines, line)
	}
}
