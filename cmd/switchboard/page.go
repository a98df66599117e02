package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// paging are the flags of a list that may be long.
type paging struct {
	after string
	limit int
	all   bool
}

func (p *paging) register(fs *flag.FlagSet) {
	fs.StringVar(&p.after, "after", "", "`KEY`: begin after it; the page before says it")
	fs.IntVar(&p.limit, "limit", 100, "`N`: list at most so many, up to 1000")
	fs.BoolVar(&p.all, "all", false, "list all, page by page")
}

// wholePage is how many entries --all fetches at a time, so that memory stays bounded.
const wholePage = 1000

// writePages prints a list: as one JSON object of items, or as what text makes of each page.
func writePages[T any](c *cli, p paging, fetch func(after string, limit int) (switchboard.Page[T], error), text func(io.Writer, []T, bool) error) error {
	if p.all {
		p.limit = wholePage
	}
	out := &pageWriter[T]{c: c, text: text}
	for {
		page, err := fetch(p.after, p.limit)
		if err != nil {
			return err
		}
		if err := out.write(page.Items); err != nil {
			return err
		}
		if p.all && page.Next != "" {
			p.after = page.Next
			continue
		}
		return out.end(page.Next)
	}
}

// pageWriter writes a list of any length as it comes.
type pageWriter[T any] struct {
	c     *cli
	text  func(w io.Writer, items []T, first bool) error
	begun bool
}

func (p *pageWriter[T]) write(items []T) error {
	defer func() { p.begun = true }()
	if !p.c.json {
		return p.text(p.c.Out, items, !p.begun)
	}
	var b bytes.Buffer
	if !p.begun {
		b.WriteString(`{"items": [`)
	}
	for i, item := range items {
		if p.begun || i > 0 {
			b.WriteByte(',')
		}
		line, err := json.Marshal(item)
		if err != nil {
			return err
		}
		b.WriteString("\n  ")
		b.Write(line)
	}
	_, err := b.WriteTo(p.c.Out)
	return err
}

// end closes the list and says where the next page begins, if there is one.
func (p *pageWriter[T]) end(next string) error {
	if !p.c.json {
		if next == "" {
			return nil
		}
		_, err := fmt.Fprintf(p.c.Err, "There are more: add --after %s, or --all.\n", next)
		return err
	}
	more := ""
	if next != "" {
		b, err := json.Marshal(next)
		if err != nil {
			return err
		}
		more = `, "next": ` + string(b)
	}
	_, err := fmt.Fprintf(p.c.Out, "\n]%s}\n", more)
	return err
}

// timeText is a time for people; empty for one that never was.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// isGiven reports whether a flag stands on the command line.
func isGiven(fs *flag.FlagSet, name string) (given bool) {
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}
