package memberfile

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/rowfile"
)

// readAll reads a file to its end.
func readAll(format string, r io.Reader) (rows []registry.MemberRow, err error) {
	next, err := Open(format, r)
	if err != nil {
		return nil, err
	}
	for {
		row, err := next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// told is what a row says, in one line: "3 254712345678 Jane", or "3 ! why".
func told(rows []registry.MemberRow) (lines []string) {
	for _, r := range rows {
		if r.Bad != nil {
			lines = append(lines, fmt.Sprintf("%d ! %s", r.Line, fault.As(r.Bad).Message))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %s %s", r.Line, r.Member.MSISDN, r.Member.FullName))
	}
	return lines
}

const listed = "msisdn, full_name, member_number, identity_type, identity, imsi, app_id"

func TestRowsOfAFile(t *testing.T) {
	t.Parallel()
	const noObject = "! The line is not a JSON object of texts, with names out of " + listed + "."
	const isPIN = `looks like a PIN: PINs are issued, never imported; take it out of the file.`
	for name, row := range map[string]struct {
		format, file string
		want         []string
	}{
		"plain":             {"csv", "msisdn,full_name\n1,Jane\n2,John\n", []string{"2 1 Jane", "3 2 John"}},
		"no end of line":    {"csv", "msisdn,full_name\n1,Jane", []string{"2 1 Jane"}},
		"windows":           {"csv", "\ufeffmsisdn,full_name\r\n1,Jane\r\n", []string{"2 1 Jane"}},
		"names in any form": {"csv", " Full_Name , MSISDN\n Jane , 1\n", []string{"2 1 Jane"}},
		"blank lines":       {"csv", "msisdn,full_name\n\n1,\n\n\n2,\n", []string{"3 1 ", "6 2 "}},
		"only a header":     {"csv", "msisdn,full_name\n", nil},
		"too few and many": {"csv", "msisdn,full_name\n1\n2,2,2\n3,3\n",
			[]string{"2 ! The line has 1 values, the header 2.", "3 ! The line has 3 values, the header 2.", "4 3 3"}},
		"a stray quote":    {"csv", "msisdn,full_name\na\"b,\n2,\n", []string{`2 ! The line is not CSV: bare " in non-quoted-field.`, "3 2 "}},
		"a value of lines": {"csv", "msisdn,full_name\n1,\"two\nlines\"\n2,x\n", []string{"2 1 two\nlines", "4 2 x"}},
		"an open quote":    {"csv", "msisdn,full_name\n1,\n\"2\n", []string{"2 1 ", `3 ! The line is not CSV: extraneous or missing " in quoted-field.`}},

		"objects":       {"ndjson", "{\"msisdn\":\"1\",\"full_name\":\"Jane\"}\n\n{\"msisdn\":\" 2 \"}", []string{"1 1 Jane", "3 2 "}},
		"marked":        {"ndjson", "\ufeff{\"msisdn\":\"1\"}\r\n", []string{"1 1 "}},
		"in capitals":   {"ndjson", "{\"MSISDN\":\"1\"}\n", []string{"1 1 "}},
		"a null":        {"ndjson", "{\"msisdn\":\"1\",\"imsi\":null}\n", []string{"1 1 "}},
		"empty":         {"ndjson", "", nil},
		"no object":     {"ndjson", "[1]\n{\"msisdn\":\"2\"}\nnull\n", []string{"1 " + noObject, "2 2 ", "3 " + noObject}},
		"a number":      {"ndjson", "{\"msisdn\":1}\n", []string{"1 ! Please correct: msisdn must be a text, in quotation marks."}},
		"unknown name":  {"ndjson", "{\"msisdn\":\"1\",\"phone\":\"2\"}\n", []string{`1 ! Please correct: "phone" is no column; they are ` + listed + "."}},
		"named twice":   {"ndjson", "{\"msisdn\":\"1\",\"Msisdn\":\"2\"}\n", []string{`1 ! Please correct: "msisdn" is named twice.`}},
		"a PIN":         {"ndjson", "{\"msisdn\":\"1\",\"pin\":\"7391\"}\n", []string{`1 ! Please correct: "pin" ` + isPIN}},
		"PIN, a number": {"ndjson", "{\"msisdn\":\"1\",\"newPin\":7391}\n", []string{`1 ! Please correct: "newpin" ` + isPIN}},
		"two on a line": {"ndjson", "{\"msisdn\":\"1\"}{}\n", []string{"1 " + noObject}},
		"rest behind":   {"ndjson", "{\"msisdn\":\"1\"}]\n", []string{"1 " + noObject}},
		"a long line": {"ndjson", `{"msisdn":"` + strings.Repeat("x", 3*rowfile.MaxRow) + "\"}\n{\"msisdn\":\"2\"}\n",
			[]string{"1 ! The line is longer than 65536 bytes.", "2 2 "}},
		"long at end": {"ndjson", strings.Repeat("x", 3*rowfile.MaxRow), []string{"1 ! The line is longer than 65536 bytes."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := readAll(row.format, iotest.OneByteReader(strings.NewReader(row.file)))
			if got := told(rows); err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %q, %v\nwant %q", got, err, row.want)
			}
			for _, r := range rows {
				if r.Bad != nil && strings.Contains(r.Bad.Error(), "7391") {
					t.Errorf("a PIN is in the error %v", r.Bad)
				}
			}
		})
	}
}

// Every column must reach the field of its name, in both formats.
func TestEveryColumnReachesItsField(t *testing.T) {
	t.Parallel()
	names := Columns()
	values, object := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		values[i] = "the " + name
		object[i] = fmt.Sprintf("%q:%q", name, values[i])
	}
	csv, err := readAll("csv", strings.NewReader(strings.Join(names, ",")+"\n"+strings.Join(values, ",")))
	if err != nil || len(csv) != 1 || csv[0].Bad != nil {
		t.Fatalf("got %+v, %v", csv, err)
	}
	ndjson, err := readAll("ndjson", strings.NewReader("{"+strings.Join(object, ",")+"}"))
	if err != nil || len(ndjson) != 1 || ndjson[0].Bad != nil {
		t.Fatalf("got %+v, %v", ndjson, err)
	}
	want := member.Member{MSISDN: "the msisdn", Number: "the member_number", FullName: "the full_name", IMSI: "the imsi", AppID: "the app_id",
		Identity: member.Identity{Type: "THE IDENTITY_TYPE", Value: "the identity"}} // a type is in capitals
	for format, got := range map[string]member.Member{"csv": csv[0].Member, "ndjson": ndjson[0].Member} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v\nwant %+v", format, got, want)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	const isPIN = "PINs are issued, never imported"
	for name, row := range map[string]struct{ format, file, says string }{
		"no format":       {"", "msisdn\n", "csv, ndjson"},
		"another format":  {"xlsx", "msisdn\n", "csv, ndjson"},
		"empty":           {"csv", "", "must name the columns"},
		"no msisdn":       {"csv", "full_name\n", "msisdn is a required column"},
		"no full_name":    {"csv", "msisdn\n", "full_name is a required column"},
		"unknown column":  {"csv", "msisdn,full_name,phone\n", `"phone" is no column; they are ` + listed},
		"column twice":    {"csv", "msisdn,full_name,imsi,IMSI\n", `"imsi" is named twice`},
		"a PIN":           {"csv", "msisdn,full_name, PIN\n", `"pin" looks like a PIN: ` + isPIN},
		"a hash":          {"csv", "msisdn,full_name,pin_hash\n", isPIN},
		"a new PIN":       {"csv", "msisdn,full_name,NewPin\n", isPIN},
		"a mobile PIN":    {"csv", "msisdn,full_name,m-pin\n", isPIN},
		"a password":      {"csv", "msisdn,full_name,password\n", isPIN},
		"a passcode":      {"csv", "msisdn,full_name,user_passcode\n", isPIN},
		"not a PIN":       {"csv", "msisdn,full_name,shipping\n", `"shipping" is no column`},
		"a passport":      {"csv", "msisdn,full_name,passport_no\n", `"passport_no" is no column`},
		"endless header":  {"csv", "\"msisdn" + strings.Repeat("\nx", 1<<20), "The first row is longer"},
		"an endless row":  {"csv", "msisdn,full_name\n1,\n\"2" + strings.Repeat("\n3", 1<<20), "line 2 is longer"},
		"an endless line": {"csv", "msisdn,full_name\n1,\n2,\n" + strings.Repeat("3", 1<<20), "line 3 is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(row.format, strings.NewReader(row.file))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.As(err).Message, row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

// A file that breaks off must not look like one that ended: its last row may be half a row.
func TestAFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line went dead")
	for format, text := range map[string]string{
		"csv":    "msisdn,full_name\n1,Jane\n2,Jo",
		"ndjson": "{\"msisdn\":\"1\"}\n{\"msisdn\":\"2\"}",
	} {
		rows, err := readAll(format, io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || len(rows) != 1 {
			t.Errorf("%s: got %d rows and %v", format, len(rows), err)
		}
	}
}

// endless repeats a line until n bytes are given.
type endless struct {
	line string
	n    int
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	for n < len(p) {
		c := copy(p[n:], e.line[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.line)
	}
	e.n -= n
	return n, nil
}

// An open quotation mark must not take the file into memory.
func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readAll("csv", io.MultiReader(strings.NewReader("msisdn,full_name\n\""), &endless{line: "254712345678,x\n", n: 256 << 20}))
	runtime.ReadMemStats(&after)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}

func FuzzRead(f *testing.F) {
	for _, format := range Formats() {
		f.Add(format, []byte("msisdn,full_name,identity_type\n254712345678,Jane,national_id\n"))
		f.Add(format, []byte("{\"msisdn\":\"254712345678\",\"full_name\":\"Jane\"}\n"))
		f.Add(format, []byte("{\"msisdn\":\"254712345678\",\"pin\":7391}\n"))
	}
	f.Fuzz(func(t *testing.T, format string, file []byte) {
		rows, err := readAll(format, strings.NewReader(string(file)))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("an error that is not the file's: %v", err)
		}
		lines := strings.Count(string(file), "\n") + 1
		last := 0
		for _, r := range rows {
			if r.Line <= last || r.Line > lines {
				t.Errorf("row in line %d after line %d, of %d lines", r.Line, last, lines)
			}
			if last = r.Line; r.Bad != nil && !fault.Is(r.Bad, fault.Invalid) {
				t.Errorf("line %d: an error that is not the row's: %v", r.Line, r.Bad)
			}
		}
		again, _ := readAll(format, iotest.OneByteReader(strings.NewReader(string(file))))
		if !reflect.DeepEqual(told(rows), told(again)) {
			t.Errorf("how the bytes arrive changes what they say:\n%q\n%q", told(rows), told(again))
		}
	})
}
