package agentfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/rowfile"
)

// Reader gives the rows of a file; see registry.Import.Next.
type Reader func() (row registry.ImportRow, ok bool, err error)

// Formats are the formats that Open reads.
func Formats() []string { return []string{"csv", "ndjson"} }

// Open begins to read a file. Invalid when the format is unknown or the header of a CSV file is wrong.
func Open(format string, r io.Reader) (Reader, error) {
	switch format {
	case "csv":
		return openCSV(r)
	case "ndjson":
		return reader(rowfile.OpenNDJSON(r), parseNDJSON), nil
	}
	return nil, fault.New(fault.Invalid, "The format must be one of: %s.", strings.Join(Formats(), ", "))
}

// column says where a value of a row goes.
type column struct {
	name string
	into func(*registry.ImportRow) *string
}

// columns are those a CSV file may have, besides services. Only user_code must be there.
var columns = []column{
	{"user_code", func(r *registry.ImportRow) *string { return &r.UserCode }},
	{"mobile", func(r *registry.ImportRow) *string { return &r.Profile.Mobile }},
	{"pan_number", func(r *registry.ImportRow) *string { return &r.Profile.PAN }},
	{"first_name", func(r *registry.ImportRow) *string { return &r.Profile.FirstName }},
	{"middle_name", func(r *registry.ImportRow) *string { return &r.Profile.MiddleName }},
	{"last_name", func(r *registry.ImportRow) *string { return &r.Profile.LastName }},
	{"email", func(r *registry.ImportRow) *string { return &r.Profile.Email }},
	{"dob", func(r *registry.ImportRow) *string { return &r.Profile.DOB }},
	{"shop_name", func(r *registry.ImportRow) *string { return &r.Profile.ShopName }},
	{"line", func(r *registry.ImportRow) *string { return &r.Profile.Address.Line }},
	{"city", func(r *registry.ImportRow) *string { return &r.Profile.Address.City }},
	{"state", func(r *registry.ImportRow) *string { return &r.Profile.Address.State }},
	{"pincode", func(r *registry.ImportRow) *string { return &r.Profile.Address.Pincode }},
	{"district", func(r *registry.ImportRow) *string { return &r.Profile.Address.District }},
	{"area", func(r *registry.ImportRow) *string { return &r.Profile.Address.Area }},
}

const servicesColumn = "services"

// Columns gives the names of all columns, for help texts.
func Columns() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return append(names, servicesColumn)
}

func openCSV(r io.Reader) (Reader, error) {
	header, next, err := rowfile.OpenCSV(r, "user_code and any of "+strings.Join(Columns()[1:], ", "))
	if err != nil {
		return nil, err
	}
	places, err := place(header)
	if err != nil {
		return nil, err
	}
	return reader(next, func(from rowfile.Row, row *registry.ImportRow) { fill(row, places, from.Values) }), nil
}

// reader makes rows of an import of those of a file.
func reader(next rowfile.Next, parse func(rowfile.Row, *registry.ImportRow)) Reader {
	return func() (row registry.ImportRow, ok bool, err error) {
		from, err := next()
		if err == io.EOF {
			return row, false, nil
		}
		if err != nil {
			return row, false, err
		}
		if row.Line, row.Err = from.Line, from.Bad; row.Err == nil {
			parse(from, &row)
		}
		return row, true, nil
	}
}

// place finds what each column of a header is; nil stands for services.
func place(header []string) (places []*column, err error) {
	var bad fault.Fields
	seen := map[string]bool{}
	for _, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		switch {
		case seen[name]:
			bad.Add(name, "is named twice")
		case i >= 0:
			places = append(places, &columns[i])
		case name == servicesColumn:
			places = append(places, nil)
		default:
			bad.Add(fmt.Sprintf("%.40q", name), "is no column; they are %s", strings.Join(Columns(), ", "))
		}
		seen[name] = true
	}
	if !seen["user_code"] {
		bad.Add("user_code", "is a required column")
	}
	return places, bad.Err()
}

// fill puts the values of a line where its columns say.
func fill(row *registry.ImportRow, places []*column, values []string) {
	for i, c := range places {
		// The text of a record is one allocation, and its values are parts of it.
		if value := strings.TrimSpace(values[i]); c != nil {
			*c.into(row) = value
		} else {
			row.Services = splitCodes(value)
		}
	}
	row.Profile.PAN = strings.ToUpper(row.Profile.PAN)
}

// splitCodes takes a list of service codes apart at blanks, commas, semicolons and bars.
func splitCodes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '|' })
}

// jsonRow is a line of NDJSON: the columns of a CSV file, with services as a list.
type jsonRow struct {
	UserCode   string   `json:"user_code"`
	Mobile     string   `json:"mobile"`
	PAN        string   `json:"pan_number"`
	FirstName  string   `json:"first_name"`
	MiddleName string   `json:"middle_name"`
	LastName   string   `json:"last_name"`
	Email      string   `json:"email"`
	DOB        string   `json:"dob"`
	ShopName   string   `json:"shop_name"`
	Line       string   `json:"line"`
	City       string   `json:"city"`
	State      string   `json:"state"`
	Pincode    string   `json:"pincode"`
	District   string   `json:"district"`
	Area       string   `json:"area"`
	Services   []string `json:"services"`
}

func parseNDJSON(from rowfile.Row, row *registry.ImportRow) {
	var j jsonRow
	d := json.NewDecoder(bytes.NewReader(from.Object))
	d.DisallowUnknownFields()
	err := d.Decode(&j)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("something stands behind the object")
		}
	}
	if err != nil {
		row.Err = fault.Wrap(err, fault.Invalid, "The line is not a JSON object of texts (services: a list of texts), or has a name that is none of %s.", strings.Join(Columns(), ", "))
		return
	}
	row.UserCode, row.Services = j.UserCode, j.Services
	row.Profile = agent.Profile{PAN: strings.ToUpper(j.PAN), Mobile: j.Mobile, FirstName: j.FirstName, MiddleName: j.MiddleName,
		LastName: j.LastName, Email: j.Email, DOB: j.DOB, ShopName: j.ShopName,
		Address: agent.Address{Line: j.Line, City: j.City, State: j.State, Pincode: j.Pincode, District: j.District, Area: j.Area}}
}
