package agentfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
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
		return openNDJSON(r), nil
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
	bound := &bounded{r: skipMark(r)}
	cr := csv.NewReader(bufio.NewReaderSize(bound, readAhead))
	cr.ReuseRecord, cr.FieldsPerRecord = true, -1
	header, err := cr.Read()
	if errors.Is(err, errTooLong) {
		return nil, tooLong("The first row")
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The first line must name the columns: user_code and any of %s.", strings.Join(Columns()[1:], ", "))
	}
	places, err := place(header)
	if err != nil {
		return nil, err
	}
	last, _ := cr.FieldPos(0)
	return func() (row registry.ImportRow, ok bool, err error) {
		bound.start = cr.InputOffset()
		row, ok, err = nextCSV(cr, places)
		if errors.Is(err, errTooLong) {
			err = tooLong(fmt.Sprintf("The row after the one in line %d", last))
		}
		last = row.Line
		return row, ok, err
	}, nil
}

// maxRow is the longest row, in bytes, and readAhead how much of a file is read at a time.
const (
	maxRow    = 64 << 10
	readAhead = 256 << 10
)

var errTooLong = errors.New("a row does not end")

// bounded keeps one row from taking the rest of a file into memory: without a bound, that is what
// a quotation mark without its partner does.
type bounded struct {
	r     io.Reader
	start int64 // where the row being read begins
	given int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.given > b.start+maxRow+readAhead {
		return 0, errTooLong
	}
	n, err := b.r.Read(p)
	b.given += int64(n)
	return n, err
}

func tooLong(which string) error {
	return fault.New(fault.Invalid, "%s is longer than %d bytes: is a quotation mark without its partner there?", which, maxRow)
}

// skipMark drops the byte order mark that spreadsheets put before a file.
func skipMark(r io.Reader) io.Reader {
	br := bufio.NewReader(r)
	if b, _ := br.Peek(3); string(b) == "\ufeff" {
		_, _ = br.Discard(3) // they are there
	}
	return br
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

func nextCSV(cr *csv.Reader, places []*column) (row registry.ImportRow, ok bool, err error) {
	record, err := cr.Read()
	if err == io.EOF {
		return row, false, nil
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		row.Line, row.Err = parse.StartLine, fault.Wrap(err, fault.Invalid, "The line is not CSV: %s.", parse.Err)
		return row, true, nil
	}
	if err != nil {
		return row, false, readError(err)
	}
	row.Line, _ = cr.FieldPos(0)
	if len(record) != len(places) {
		row.Err = fault.New(fault.Invalid, "The line has %d values, the header %d.", len(record), len(places))
		return row, true, nil
	}
	for i, c := range places {
		// The text of a record is one allocation, and its values are parts of it.
		if value := strings.TrimSpace(record[i]); c != nil {
			*c.into(&row) = value
		} else {
			row.Services = splitCodes(value)
		}
	}
	row.Profile.PAN = strings.ToUpper(row.Profile.PAN)
	return row, true, nil
}

// splitCodes takes a list of service codes apart at blanks, commas, semicolons and bars.
func splitCodes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '|' })
}

func readError(err error) error {
	return fault.Wrap(err, fault.Invalid, "The file did not arrive whole; run the import again to go on.")
}

func openNDJSON(r io.Reader) Reader {
	lines := bufio.NewReaderSize(skipMark(r), maxRow)
	number := 0
	return func() (row registry.ImportRow, ok bool, err error) {
		for {
			line, err := lines.ReadSlice('\n')
			number++
			if err == bufio.ErrBufferFull {
				return passLong(lines, number)
			}
			if err != nil && err != io.EOF {
				return row, false, readError(err)
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				return parseNDJSON(number, line), true, nil
			}
			if err == io.EOF {
				return row, false, nil
			}
		}
	}
}

// passLong reads past a line that is too long and refuses it.
func passLong(lines *bufio.Reader, number int) (row registry.ImportRow, ok bool, err error) {
	for err = bufio.ErrBufferFull; err == bufio.ErrBufferFull; {
		_, err = lines.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return row, false, readError(err)
	}
	row.Line, row.Err = number, fault.New(fault.Invalid, "The line is longer than %d bytes.", maxRow)
	return row, true, nil
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

func parseNDJSON(number int, line []byte) (row registry.ImportRow) {
	row.Line = number
	var j jsonRow
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&j)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("something stands behind the object")
		}
	}
	if err != nil {
		row.Err = fault.Wrap(err, fault.Invalid, "The line is not a JSON object of texts (services: a list of texts), or has a name that is none of %s.", strings.Join(Columns(), ", "))
		return row
	}
	row.UserCode, row.Services = j.UserCode, j.Services
	row.Profile = agent.Profile{PAN: strings.ToUpper(j.PAN), Mobile: j.Mobile, FirstName: j.FirstName, MiddleName: j.MiddleName,
		LastName: j.LastName, Email: j.Email, DOB: j.DOB, ShopName: j.ShopName,
		Address: agent.Address{Line: j.Line, City: j.City, State: j.State, Pincode: j.Pincode, District: j.District, Area: j.Area}}
	return row
}
