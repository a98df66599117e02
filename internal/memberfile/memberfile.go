package memberfile

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/rowfile"
)

// Reader gives the rows of a file, and io.EOF at its end; see registry.MemberImport.Next.
type Reader func() (registry.MemberRow, error)

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
	into func(*registry.MemberRow) *string
}

// columns are those a file may have. The first two must be there.
var columns = []column{
	{"msisdn", func(r *registry.MemberRow) *string { return &r.Member.MSISDN }},
	{"full_name", func(r *registry.MemberRow) *string { return &r.Member.FullName }},
	{"member_number", func(r *registry.MemberRow) *string { return &r.Member.Number }},
	{"identity_type", func(r *registry.MemberRow) *string { return &r.Member.Identity.Type }},
	{"identity", func(r *registry.MemberRow) *string { return &r.Member.Identity.Value }},
	{"imsi", func(r *registry.MemberRow) *string { return &r.Member.IMSI }},
	{"app_id", func(r *registry.MemberRow) *string { return &r.Member.AppID }},
}

const required = 2

// Columns gives the names of all columns, for help texts.
func Columns() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// place finds what each name stands for and says what is wrong with them.
func place(names []string) (places []*column, bad fault.Fields) {
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		switch {
		case seen[name]:
			bad.Add(fmt.Sprintf("%.40q", name), "is named twice")
		case i >= 0:
			places = append(places, &columns[i])
		case likePIN(name):
			bad.Add(fmt.Sprintf("%.40q", name), "looks like a PIN: PINs are issued, never imported; take it out of the file")
		default:
			bad.Add(fmt.Sprintf("%.40q", name), "is no column; they are %s", strings.Join(Columns(), ", "))
		}
		seen[name] = true
	}
	return places, bad
}

// likePIN says whether a name, in small letters, is one that somebody would give to a PIN.
func likePIN(name string) bool {
	words := strings.FieldsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "pin") || strings.HasSuffix(w, "pin") || strings.HasSuffix(w, "pins") ||
			strings.Contains(w, "passw") || strings.Contains(w, "passcode") || strings.Contains(w, "secret")
	})
}

// fill puts a value where its column says.
func (c *column) fill(row *registry.MemberRow, value string) {
	value = strings.TrimSpace(value)
	if c.name == "identity_type" {
		value = strings.ToUpper(value)
	}
	*c.into(row) = value
}

func openCSV(r io.Reader) (Reader, error) {
	names := Columns()
	header, next, err := rowfile.OpenCSV(r, strings.Join(names[:required], ", ")+" and any of "+strings.Join(names[required:], ", "))
	if err != nil {
		return nil, err
	}
	places, bad := place(header)
	for i, name := range names[:required] {
		if !slices.Contains(places, &columns[i]) {
			bad.Add(name, "is a required column")
		}
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return reader(next, func(from rowfile.Row, row *registry.MemberRow) {
		for i, c := range places {
			c.fill(row, from.Values[i])
		}
	}), nil
}

// reader makes rows of members of those of a file.
func reader(next rowfile.Next, parse func(rowfile.Row, *registry.MemberRow)) Reader {
	return func() (row registry.MemberRow, err error) {
		from, err := next()
		if err != nil {
			return row, err
		}
		if row.Line, row.Bad = from.Line, from.Bad; row.Bad == nil {
			parse(from, &row)
		}
		return row, nil
	}
}

// parseNDJSON looks at the names before the values, so that a PIN is refused as one whatever its form.
// The decoder's own error is dropped: it may quote a value.
func parseNDJSON(from rowfile.Row, row *registry.MemberRow) {
	var object map[string]json.RawMessage
	if json.Unmarshal(from.Object, &object) != nil || object == nil {
		row.Bad = fault.New(fault.Invalid, "The line is not a JSON object of texts, with names out of %s.", strings.Join(Columns(), ", "))
		return
	}
	names := slices.Sorted(maps.Keys(object))
	places, bad := place(names)
	if row.Bad = bad.Err(); row.Bad != nil {
		return
	}
	for i, c := range places {
		var value *string
		if json.Unmarshal(object[names[i]], &value) != nil {
			bad.Add(c.name, "must be a text, in quotation marks")
		} else if value != nil {
			c.fill(row, *value)
		}
	}
	row.Bad = bad.Err()
}
