package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxLine is the longest line of an export, in bytes.
const maxLine = 4 << 20

// File checks an exported file.
type File struct {
	Keys  Keys                             // none: the key that the file carries is believed
	Heads []string                         // notes of heads that were kept elsewhere
	Tell  func(events, total uint64) error // told now and then how far it is; an error ends the check
}

// tellEvery is after how many events Tell is called.
const tellEvery = 1 << 14

// fileCheck is one check of one file.
type fileCheck struct {
	*Checker
	in     *bufio.Reader
	line   Line
	number int // of the line
	head   Header
	signed Head
	keys   Keys
	done   uint64 // events
}

// Check reads an export to its end. The error is of the reader or of Tell, or Invalid when the file is no
// export at all; what does not fit in one stands in the report.
func (f File) Check(in io.Reader) (*Report, Header, error) {
	c := &fileCheck{Checker: NewChecker(false), in: bufio.NewReaderSize(in, 1<<20), keys: f.Keys}
	if err := c.begin(f); err != nil {
		return nil, c.head, err
	}
	for {
		b, err := c.next()
		if err == io.EOF {
			c.Problem("the file", "ends after %d of %d events: the rest was cut off", c.done, c.head.Events)
			return &c.Report, c.head, nil
		}
		if err != nil {
			return nil, c.head, err
		}
		if bytes.HasPrefix(b, []byte(`{"end":`)) {
			return &c.Report, c.head, c.end(b)
		}
		if stop := c.event(b); stop {
			return &c.Report, c.head, nil
		}
		if c.done%tellEvery == 0 && f.Tell != nil {
			if err := f.Tell(c.done, c.head.Events); err != nil {
				return nil, c.head, err
			}
		}
	}
}

// next reads a line, without its end.
func (c *fileCheck) next() ([]byte, error) {
	b, err := c.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		long := bytes.Clone(b)
		for err == bufio.ErrBufferFull && len(long) < maxLine {
			b, err = c.in.ReadSlice('\n')
			long = append(long, b...)
		}
		b = long
	}
	c.number++
	if err == io.EOF || err == nil && len(b) > 0 {
		return bytes.TrimSuffix(b, []byte{'\n'}), err
	}
	return nil, fault.Wrap(err, fault.Invalid, "Line %d cannot be read, or is too long.", c.number)
}

// begin reads the header.
func (c *fileCheck) begin(f File) error {
	b, err := c.next()
	if err != nil && err != io.EOF {
		return err
	}
	if json.Unmarshal(b, &c.head) != nil || c.head.Format == 0 || !asWritten(c.head, b) {
		return fault.New(fault.Invalid, "This is no export of a log: its first line is not the header that 'switchboard audit export' writes.")
	}
	if c.head.Format != exportFormat {
		return fault.New(fault.Conflict, "The export has form %d, and this version reads %d: use a later version.", c.head.Format, exportFormat)
	}
	own, err := ParseKeys([]string{c.head.Key})
	if err != nil {
		return err
	}
	if c.keys.Origin() == "" {
		c.keys = own
	}
	c.Origin = c.keys.Origin()
	c.signed, err = c.keys.Open(c.head.Head)
	if _, again := own.Open(c.head.Head); err != nil || again != nil || c.head.Origin != c.Origin {
		c.Problem("the header", "its head is not signed by the key of %s", c.Origin)
	}
	c.compareSigned(f.Heads)
	c.span(f.Heads)
	return nil
}

// compareSigned compares the export's head with those kept elsewhere: two that cover as many events are the same, or
// somebody with the key has signed two histories.
func (c *fileCheck) compareSigned(external []string) {
	for i, text := range external {
		if h, err := c.keys.Open(text); err == nil && h.Size == c.signed.Size && h.Root != c.signed.Root {
			c.Problem("the signed head", "is not external head %d, which covers as many events", i+1)
		}
	}
}

// span makes ready for the events that the header announces.
func (c *fileCheck) span(external []string) {
	h := &c.head
	contiguous := h.Events == h.Last-h.First+1
	switch {
	case h.First == 0 || h.Last < h.First || h.Last > c.signed.Size:
		c.Problem("the header", "events %d to %d are not among the %d that were signed", h.First, h.Last, c.signed.Size)
	case h.Scope == All && contiguous && h.First == 1 && h.Last == c.signed.Size && h.Before == nil && h.Subject == "":
		c.ExternalHeads(external, c.keys)
	case h.Scope == Span && contiguous && h.Subject == "" && c.frontier.extend(h.First-1, h.Before):
		c.Checker.next = h.First
		c.ExternalHeads(external, c.keys)
	case h.Scope == Chain && h.Subject != "" && h.Before == nil:
	default:
		c.Problem("the header", "does not describe an export")
	}
	c.Begin()
}

// event checks a line that should be an event. stop says that it is none, so that nothing behind it can
// be told apart.
func (c *fileCheck) event(b []byte) (stop bool) {
	if !c.line.Parse(b) {
		c.Problem(fmt.Sprintf("line %d", c.number), "is not an event as it was exported: it was altered")
		return true
	}
	c.done++
	if c.head.Scope == Chain {
		return c.linked()
	}
	r := &c.line.Event
	key := c.keyOf(r.SubjectKind, r.SubjectID)
	known := c.chains.find(key) != nil
	end := c.chains.at(key)
	if !known && c.head.Scope == Span {
		*end = chain{version: r.Version - 1, seq: r.Prev, hash: c.line.Prev} // its beginning is before the span
	}
	if c.line.Prev != end.hash {
		c.Problem(eventName(r), "names another hash than that of the event before it in the chain of %s", r.Subject())
	}
	c.follows(r, end)
	c.take(r, end, c.line.Prev)
	return false
}

// linked checks an event of one agent, and the proof that follows it.
func (c *fileCheck) linked() (stop bool) {
	r := &c.line.Event
	end := c.chains.at(c.keyOf(r.SubjectKind, r.SubjectID))
	c.follows(r, end)
	if s := r.Subject().String(); s != c.head.Subject || c.line.Prev != end.hash || r.Seq < c.Checker.next {
		c.Problem(eventName(r), "does not follow the one before it in the chain of %s", c.head.Subject)
	}
	if !c.line.sound() {
		c.Problem(eventName(r), "was altered: its hash does not fit its content")
	}
	if c.Events == 0 && r.Seq != c.head.First {
		c.Problem(eventName(r), "stands first, and the header says %d", c.head.First)
	}
	*end = chain{r.Version, r.Seq, r.Hash}
	c.Checker.next = r.Seq + 1
	c.Events++
	return c.proof(r)
}

func (c *fileCheck) proof(r *event.Raw) (stop bool) {
	seq, leaf := r.Seq, Leaf(r.Seq, r.Prev, r.Hash)
	b, err := c.next()
	var p proofLine
	if err != nil || json.Unmarshal(b, &p) != nil || !asWritten(p, b) {
		c.Problem(fmt.Sprintf("line %d", c.number), "is not the proof of event %d", seq)
		return true
	}
	if tlog.CheckRecord(p.Path, int64(c.signed.Size), c.signed.Root, int64(seq)-1, leaf) != nil {
		c.Problem(fmt.Sprintf("event %d", seq), "is not among the %d events that were signed", c.signed.Size)
	}
	return false
}

// end checks the last line, and that it is the last.
func (c *fileCheck) end(b []byte) error {
	var t trailer
	if json.Unmarshal(b, &t) != nil || !asWritten(t, b) || !t.End || t.Head != c.head.Head {
		c.Problem(fmt.Sprintf("line %d", c.number), "is not the last line that belongs to the first: it was altered")
	}
	if t.Events != c.done || c.head.Events != c.done {
		c.Problem("the file", "has %d events, and should have %d", c.done, c.head.Events)
	}
	if c.Checker.next != c.head.Last+1 {
		c.Problem("the file", "ends with event %d, and should with %d", c.Checker.next-1, c.head.Last)
	}
	if rest, err := c.next(); err != io.EOF || len(rest) > 0 {
		c.Problem(fmt.Sprintf("line %d", c.number), "stands behind the end")
	}
	c.root(t.After)
	c.Heads++
	c.Signed = c.signed.Size
	return nil
}

// root compares the hash of everything with what was signed; an agent's events were proved one by one.
func (c *fileCheck) root(after []Hash) {
	if c.head.Scope != Chain && (!c.frontier.extend(c.signed.Size, after) || c.frontier.Root() != c.signed.Root) {
		c.Problem("the signed head", "the events are not the %d that were signed", c.signed.Size)
	}
	if c.head.Scope != Span && after != nil {
		c.Problem("the last line", "was altered")
	}
	c.heads = nil // those that are younger than the export say nothing of it
	c.EndEvents()
}

// asWritten says whether a line is written as Export writes what was read from it.
func asWritten(v any, line []byte) bool {
	b, err := json.Marshal(v)
	return err == nil && bytes.Equal(b, line)
}
