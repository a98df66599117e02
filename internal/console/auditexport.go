package console

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// export gives the record as a file, as it comes: as it is proved, or as a table.
func (v *visit) export() error {
	q := switchboard.ExportQuery{Agent: v.query("agent")}
	if err := v.days(&q.Since, &q.Until); err != nil {
		return err
	}
	lines, err := v.api.Export(v.r.Context(), q)
	if err != nil {
		return err
	}
	defer lines.Close()
	ending, kind, pass := ".ndjson", linesType, copyLines
	if v.query("form") == "csv" {
		ending, kind, pass = ".csv", "text/csv; charset=utf-8", tableOf
	}
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+exportName(q, v.now.In(v.zone))+ending+`"`)
	if err := pass(v.w, lines); err != nil {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}

// exportName is what a file is called: of which agent it is, or when it was made.
func exportName(q switchboard.ExportQuery, now time.Time) string {
	if q.Agent == "" {
		return "events-" + now.Format(time.DateOnly)
	}
	return "agent-" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '_'
	}, q.Agent)
}

func copyLines(w io.Writer, lines io.Reader) error {
	_, err := io.Copy(w, lines)
	return err
}

// exported is a line of an export: an event, or the first or the last line, which have no seq.
type exported struct {
	Seq       uint64          `json:"seq"`
	At        string          `json:"at"`
	Subject   string          `json:"subject"`
	Version   uint64          `json:"version"`
	Kind      string          `json:"kind"`
	Service   string          `json:"service"`
	Actor     string          `json:"actor"`
	Key       string          `json:"key"`
	Address   string          `json:"address"`
	RequestID string          `json:"request_id"`
	Hash      string          `json:"hash"`
	Data      json.RawMessage `json:"data"`
}

// errCut says that an export ended before its last line.
var errCut = errors.New("the export was cut off")

// longestExported is the longest line of an export, in bytes.
const longestExported = 4 << 20

// marked is a cell that a spreadsheet does not take for a formula: one ' stands before what could be one, and before what
// begins with such a sign itself, so that whoever takes one away has what was there.
func marked(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n'", rune(text[0])) {
		return "'" + text
	}
	return text
}

// tableOf writes an export as CSV: for people and spreadsheets, not as a proof.
func tableOf(w io.Writer, lines io.Reader) error {
	out, in := csv.NewWriter(w), bufio.NewScanner(lines)
	in.Buffer(nil, longestExported)
	_ = out.Write([]string{"seq", "at", "subject", "version", "kind", "service", "actor", "key", "address", "request_id", "data", "hash"}) // Error tells
	ended := false
	for in.Scan() {
		if bytes.HasPrefix(in.Bytes(), []byte(`{"end":`)) {
			ended = true
			break
		}
		var e exported
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			return err
		}
		if e.Seq != 0 {
			row := []string{strconv.FormatUint(e.Seq, 10), e.At, e.Subject, strconv.FormatUint(e.Version, 10), e.Kind, e.Service, e.Actor,
				e.Key, e.Address, e.RequestID, string(e.Data), e.Hash}
			for i := range row {
				row[i] = marked(row[i])
			}
			_ = out.Write(row)
		}
	}
	if !ended {
		return errors.Join(errCut, in.Err())
	}
	out.Flush()
	return out.Error()
}
