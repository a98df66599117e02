package agentfile

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
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/rowfile"
)

// readAll reads a file to its end.
func readAll(format string, r io.Reader) (rows []registry.ImportRow, err error) {
	next, err := Open(format, r)
	if err != nil {
		return nil, err
	}
	for {
		row, ok, err := next()
		if err != nil || !ok {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// told is what a row says, in one line: "3 20810200 43,45", or "3 ! why".
func told(rows []registry.ImportRow) (lines []string) {
	for _, r := range rows {
		if r.Err != nil {
			lines = append(lines, fmt.Sprintf("%d ! %s", r.Line, fault.As(r.Err).Message))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %s %s", r.Line, r.UserCode, strings.Join(r.Services, ",")))
	}
	return lines
}

func TestRowsOfAFile(t *testing.T) {
	t.Parallel()
	const noJSON = "The line is not a JSON object of texts (services: a list of texts), or has a name that is none of " +
		"user_code, mobile, pan_number, first_name, middle_name, last_name, email, dob, shop_name, line, city, state, pincode, district, area, services."
	for name, row := range map[string]struct {
		format, file string
		want         []string
	}{
		"plain":               {"csv", "user_code,services\n1,45\n2,\n", []string{"2 1 45", "3 2 "}},
		"no end of line":      {"csv", "user_code\n1", []string{"2 1 "}},
		"windows":             {"csv", "\ufeffuser_code,services\r\n1,45\r\n", []string{"2 1 45"}},
		"names in any form":   {"csv", " Services , USER_CODE\n43;45,1\n", []string{"2 1 43,45"}},
		"ways to split codes": {"csv", "user_code,services\n1,\"4, 43\"\n2,4|43\n3,4 ; 43\n", []string{"2 1 4,43", "3 2 4,43", "4 3 4,43"}},
		"blank lines":         {"csv", "user_code\n\n1\n\n\n2\n", []string{"3 1 ", "6 2 "}},
		"only a header":       {"csv", "user_code\n", nil},
		"too few and many":    {"csv", "user_code,mobile\n1\n2,2,2\n3,3\n", []string{"2 ! The line has 1 values, the header 2.", "3 ! The line has 3 values, the header 2.", "4 3 "}},
		"a stray quote":       {"csv", "user_code\na\"b\n2\n", []string{`2 ! The line is not CSV: bare " in non-quoted-field.`, "3 2 "}},
		"a value of lines":    {"csv", "user_code,shop_name\n1,\"two\nlines\"\n2,x\n", []string{"2 1 ", "4 2 "}},
		"an open quote":       {"csv", "user_code\n1\n\"2\n", []string{"2 1 ", `3 ! The line is not CSV: extraneous or missing " in quoted-field.`}},

		"objects":       {"ndjson", "{\"user_code\":\"1\",\"services\":[\"45\",\"43\"]}\n\n{\"user_code\":\"2\"}", []string{"1 1 45,43", "3 2 "}},
		"empty":         {"ndjson", "", nil},
		"no object":     {"ndjson", "[1]\n{\"user_code\":\"2\"}\n", []string{"1 ! " + noJSON, "2 2 "}},
		"a number":      {"ndjson", "{\"user_code\":1}\n", []string{"1 ! " + noJSON}},
		"unknown name":  {"ndjson", "{\"user_code\":\"1\",\"usercode\":\"2\"}\n", []string{"1 ! " + noJSON}},
		"two on a line": {"ndjson", "{\"user_code\":\"1\"}{}\n", []string{"1 ! " + noJSON}},
		"rest behind":   {"ndjson", "{\"user_code\":\"1\"}]\n", []string{"1 ! " + noJSON}},
		"a long line":   {"ndjson", `{"user_code":"` + strings.Repeat("x", 3*rowfile.MaxRow) + "\"}\n{\"user_code\":\"2\"}\n", []string{"1 ! The line is longer than 65536 bytes.", "2 2 "}},
		"long at end":   {"ndjson", strings.Repeat("x", 3*rowfile.MaxRow), []string{"1 ! The line is longer than 65536 bytes."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := readAll(row.format, iotest.OneByteReader(strings.NewReader(row.file)))
			if got := told(rows); err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %q, %v\nwant %q", got, err, row.want)
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
		if name == servicesColumn {
			values[i], object[i] = "45", `"services":["45"]`
		}
	}
	csv, err := readAll("csv", strings.NewReader(strings.Join(names, ",")+"\n"+strings.Join(values, ",")))
	if err != nil || len(csv) != 1 || csv[0].Err != nil {
		t.Fatalf("got %+v, %v", csv, err)
	}
	ndjson, err := readAll("ndjson", strings.NewReader("{"+strings.Join(object, ",")+"}"))
	if err != nil || len(ndjson) != 1 || ndjson[0].Err != nil {
		t.Fatalf("got %+v, %v", ndjson, err)
	}
	a, b := csv[0], ndjson[0]
	if a.Line, b.Line = 0, 0; !reflect.DeepEqual(a, b) {
		t.Errorf("the formats differ:\n%+v\n%+v", a, b)
	}
	p := a.Profile
	got := []string{a.UserCode, p.Mobile, p.PAN, p.FirstName, p.MiddleName, p.LastName, p.Email, p.DOB, p.ShopName,
		p.Address.Line, p.Address.City, p.Address.State, p.Address.Pincode, p.Address.District, p.Address.Area, strings.Join(a.Services, ",")}
	values[2] = "THE PAN_NUMBER" // a PAN is in capitals
	if !reflect.DeepEqual(got, values) {
		t.Errorf("got %q\nwant %q", got, values)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ format, file, says string }{
		"no format":       {"", "user_code\n", "csv, ndjson"},
		"another format":  {"xlsx", "user_code\n", "csv, ndjson"},
		"empty":           {"csv", "", "must name the columns"},
		"no user_code":    {"csv", "mobile\n", "user_code is a required column"},
		"unknown column":  {"csv", "user_code,phone\n", `"phone" is no column`},
		"column twice":    {"csv", "user_code,mobile,Mobile\n", "mobile is named twice"},
		"endless header":  {"csv", "\"user_code" + strings.Repeat("\nx", 1<<20), "The first row is longer"},
		"an endless row":  {"csv", "user_code\n1\n\"2" + strings.Repeat("\n3", 1<<20), "line 2 is longer"},
		"an endless line": {"csv", "user_code\n1\n2\n" + strings.Repeat("3", 1<<20), "line 3 is longer"},
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
		"csv":    "user_code,mobile\n1,9123456789\n2,912345",
		"ndjson": "{\"user_code\":\"1\"}\n{\"user_code\":\"2\"}",
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
	_, err := readAll("csv", io.MultiReader(strings.NewReader("user_code\n\""), &endless{line: "20810200,x\n", n: 256 << 20}))
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
		f.Add(format, []byte("user_code,services\n20810200,43;45\n"))
		f.Add(format, []byte("{\"user_code\":\"20810200\",\"services\":[\"45\"]}\n"))
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
			if last = r.Line; r.Err != nil && !fault.Is(r.Err, fault.Invalid) {
				t.Errorf("line %d: an error that is not the row's: %v", r.Line, r.Err)
			}
		}
		again, _ := readAll(format, iotest.OneByteReader(strings.NewReader(string(file))))
		if !reflect.DeepEqual(told(rows), told(again)) {
			t.Errorf("how the bytes arrive changes what they say:\n%q\n%q", told(rows), told(again))
		}
	})
}
