package memberfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
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
		return openNDJSON(r), nil
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
	bound := &bounded{r: skipMark(r)}
	cr := csv.NewReader(bufio.NewReaderSize(bound, readAhead))
	cr.ReuseRecord, cr.FieldsPerRecord = true, -1
	header, err := cr.Read()
	if errors.Is(err, errTooLong) {
		return nil, tooLong("The first row")
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The first line must name the columns: %s and any of %s.",
			strings.Join(Columns()[:required], ", "), strings.Join(Columns()[required:], ", "))
	}
	places, bad := place(header)
	for i, name := range Columns()[:required] {
		if !slices.Contains(places, &columns[i]) {
			bad.Add(name, "is a required column")
		}
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	last, _ := cr.FieldPos(0)
	return func() (registry.MemberRow, error) {
		bound.start = cr.InputOffset()
		row, err := nextCSV(cr, places)
		if errors.Is(err, errTooLong) {
			err = tooLong(fmt.Sprintf("The row after the one in line %d", last))
		}
		last = row.Line
		return row, err
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

func nextCSV(cr *csv.Reader, places []*column) (row registry.MemberRow, err error) {
	record, err := cr.Read()
	if err == io.EOF {
		return row, io.EOF
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		row.Line, row.Bad = parse.StartLine, fault.Wrap(err, fault.Invalid, "The line is not CSV: %s.", parse.Err)
		return row, nil
	}
	if err != nil {
		return row, readError(err)
	}
	row.Line, _ = cr.FieldPos(0)
	if len(record) != len(places) {
		row.Bad = fault.New(fault.Invalid, "The line has %d values, the header %d.", len(record), len(places))
		return row, nil
	}
	for i, c := range places {
		// The text of a record is one allocation, and its values are parts of it.
		c.fill(&row, record[i])
	}
	return row, nil
}

func readError(err error) error {
	return fault.Wrap(err, fault.Invalid, "The file did not arrive whole; run the import again to go on.")
}

func openNDJSON(r io.Reader) Reader {
	lines := bufio.NewReaderSize(skipMark(r), maxRow)
	number := 0
	return func() (row registry.MemberRow, err error) {
		for {
			line, err := lines.ReadSlice('\n')
			number++
			if err == bufio.ErrBufferFull {
				return passLong(lines, number)
			}
			if err != nil && err != io.EOF {
				return row, readError(err)
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				return parseNDJSON(number, line), nil
			}
			if err == io.EOF {
				return row, io.EOF
			}
		}
	}
}

// passLong reads past a line that is too long and refuses it.
func passLong(lines *bufio.Reader, number int) (row registry.MemberRow, err error) {
	for err = bufio.ErrBufferFull; err == bufio.ErrBufferFull; {
		_, err = lines.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return row, readError(err)
	}
	row.Line, row.Bad = number, fault.New(fault.Invalid, "The line is longer than %d bytes.", maxRow)
	return row, nil
}

// parseNDJSON looks at the names before the values, so that a PIN is refused as one whatever its form.
// The decoder's own error is dropped: it may quote a value.
func parseNDJSON(number int, line []byte) (row registry.MemberRow) {
	row.Line = number
	var object map[string]json.RawMessage
	if json.Unmarshal(line, &object) != nil || object == nil {
		row.Bad = fault.New(fault.Invalid, "The line is not a JSON object of texts, with names out of %s.", strings.Join(Columns(), ", "))
		return row
	}
	names := slices.Sorted(maps.Keys(object))
	places, bad := place(names)
	if row.Bad = bad.Err(); row.Bad != nil {
		return row
	}
	for i, c := range places {
		var value *string
		if json.Unmarshal(object[names[i]], &value) != nil {
			bad.Add(c.name, "must be a text, in quotation marks")
		} else if value != nil {
			c.fill(&row, *value)
		}
	}
	row.Bad = bad.Err()
	return row
}
