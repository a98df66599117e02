package agentfile

import (
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/rowfile"
)

// The columns of a file of what a plan is about; service_code may be left out, or empty, for whole agents.
const (
	userColumn    = "user_code"
	serviceColumn = "service_code"
)

// OpenPlan begins to read a file of what a plan is about: CSV with the columns user_code and service_code.
// Invalid when the header is wrong.
func OpenPlan(r io.Reader) (func() (row registry.PlanRow, ok bool, err error), error) {
	header, next, err := rowfile.OpenCSV(r, userColumn+" and "+serviceColumn)
	if err != nil {
		return nil, err
	}
	places, err := placePlan(header)
	if err != nil {
		return nil, err
	}
	return func() (row registry.PlanRow, ok bool, err error) {
		from, err := next()
		if err == io.EOF {
			return row, false, nil
		}
		if err != nil {
			return row, false, err
		}
		if row.Line, row.Err = from.Line, from.Bad; row.Err != nil {
			return row, true, nil
		}
		for i, value := range from.Values {
			*places[i](&row) = strings.TrimSpace(value)
		}
		return row, true, nil
	}, nil
}

// placePlan finds where the values of each column go.
func placePlan(header []string) (places []func(*registry.PlanRow) *string, err error) {
	var bad fault.Fields
	seen := map[string]bool{}
	for _, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case seen[name]:
			bad.Add(name, "is named twice")
		case name == userColumn:
			places = append(places, func(r *registry.PlanRow) *string { return &r.UserCode })
		case name == serviceColumn:
			places = append(places, func(r *registry.PlanRow) *string { return &r.ServiceCode })
		default:
			bad.Add(strings.ToValidUTF8(name[:min(len(name), 40)], ""), "is no column; they are %s and %s", userColumn, serviceColumn)
		}
		seen[name] = true
	}
	if !seen[userColumn] {
		bad.Add(userColumn, "is a required column")
	}
	return places, bad.Err()
}
