package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"
)

// style is an ANSI colour or weight.
type style string

const (
	bold style = "\x1b[1m"
	red  style = "\x1b[1;31m"
)

// show prints v as JSON with --json, else what text writes.
func (c *cli) show(v any, text func(w io.Writer) error) error {
	if !c.json {
		return text(c.Out)
	}
	e := json.NewEncoder(c.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table is rows under a header, for people.
type table struct {
	c      *cli
	header []string
	rows   [][]string
}

// table begins a table; its write suits show.
func (c *cli) table(header ...string) *table { return &table{c: c, header: header} }

// row adds a row; an empty cell shows as "-".
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		if cells[i] = printable(cell); cell == "" {
			cells[i] = "-"
		}
	}
	t.rows = append(t.rows, cells)
}

func (t *table) write(w io.Writer) error { return t.writePart(w, true) }

// writePart leaves the header out of all parts of a long table but the first.
func (t *table) writePart(w io.Writer, first bool) error {
	var b bytes.Buffer
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, cells := range append([][]string{t.header}, t.rows...) {
		if _, err := io.WriteString(tw, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	// The header is painted once the columns stand, which its codes would widen.
	head, body, _ := strings.Cut(b.String(), "\n")
	if !first {
		_, err := io.WriteString(w, body)
		return err
	}
	_, err := io.WriteString(w, t.c.paint(w, bold, head)+"\n"+body)
	return err
}

// printable replaces what would move the cursor or break a table: names come from partners.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// paint colours s when w is a terminal and NO_COLOR is not set.
func (c *cli) paint(w io.Writer, st style, s string) string {
	if !isTerminal(w) || c.env("NO_COLOR") != "" || c.env("TERM") == "dumb" {
		return s
	}
	return string(st) + s + "\x1b[0m"
}

// isTerminal reports whether w or r is a terminal, or at least a character device.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
