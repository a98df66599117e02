package rowfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Row is one row of a file. What it refers to is good until the next is read.
type Row struct {
	Line   int      // in the file, from 1
	Values []string // of CSV: as many as the header has
	Object []byte   // of NDJSON: the line, trimmed and not empty
	Bad    error    // why the row cannot be read; the next one may be
}

// Next gives the next row, and io.EOF at the end. Any other error ends the file.
type Next func() (Row, error)

// MaxRow is the longest row, in bytes, and readAhead how much of a file is read at a time.
const (
	MaxRow    = 64 << 10
	readAhead = 256 << 10
)

// OpenCSV reads the header of a CSV file. When there is none, the error says what it must name.
func OpenCSV(r io.Reader, mustName string) (header []string, next Next, err error) {
	bound := &bounded{r: skipMark(r)}
	cr := csv.NewReader(bufio.NewReaderSize(bound, readAhead))
	cr.ReuseRecord, cr.FieldsPerRecord = true, -1
	first, err := cr.Read()
	if errors.Is(err, errTooLong) {
		return nil, nil, tooLong("The first row")
	}
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "The first line must name the columns: %s.", mustName)
	}
	header = append(header, first...)
	last, _ := cr.FieldPos(0)
	return header, func() (Row, error) {
		bound.start = cr.InputOffset()
		row, err := nextCSV(cr, len(header))
		if errors.Is(err, errTooLong) {
			err = tooLong(fmt.Sprintf("The row after the one in line %d", last))
		}
		last = row.Line
		return row, err
	}, nil
}

func nextCSV(cr *csv.Reader, columns int) (row Row, err error) {
	row.Values, err = cr.Read()
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
	if len(row.Values) != columns {
		row.Bad = fault.New(fault.Invalid, "The line has %d values, the header %d.", len(row.Values), columns)
	}
	return row, nil
}

var errTooLong = errors.New("a row does not end")

// bounded keeps one row from taking the rest of a file into memory: without a bound, that is what
// a quotation mark without its partner does.
type bounded struct {
	r     io.Reader
	start int64 // where the row being read begins
	given int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.given > b.start+MaxRow+readAhead {
		return 0, errTooLong
	}
	n, err := b.r.Read(p)
	b.given += int64(n)
	return n, err
}

func tooLong(which string) error {
	return fault.New(fault.Invalid, "%s is longer than %d bytes: is a quotation mark without its partner there?", which, MaxRow)
}

// skipMark drops the byte order mark that spreadsheets put before a file.
func skipMark(r io.Reader) io.Reader {
	br := bufio.NewReader(r)
	if b, _ := br.Peek(3); string(b) == "\ufeff" {
		_, _ = br.Discard(3) // they are there
	}
	return br
}

func readError(err error) error {
	return fault.Wrap(err, fault.Invalid, "The file did not arrive whole; run the import again to go on.")
}

// OpenNDJSON gives the lines of a file that are not empty.
func OpenNDJSON(r io.Reader) Next {
	lines := bufio.NewReaderSize(skipMark(r), MaxRow)
	number := 0
	return func() (Row, error) {
		for {
			line, err := lines.ReadSlice('\n')
			number++
			if err == bufio.ErrBufferFull {
				return passLong(lines, number)
			}
			if err != nil && err != io.EOF {
				return Row{}, readError(err)
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				return Row{Line: number, Object: line}, nil
			}
			if err == io.EOF {
				return Row{}, io.EOF
			}
		}
	}
}

// passLong reads past a line that is too long and refuses it.
func passLong(lines *bufio.Reader, number int) (row Row, err error) {
	for err = bufio.ErrBufferFull; err == bufio.ErrBufferFull; {
		_, err = lines.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return row, readError(err)
	}
	return Row{Line: number, Bad: fault.New(fault.Invalid, "The line is longer than %d bytes.", MaxRow)}, nil
}
