package memberfile

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// maxLadders is the largest document that is read.
const maxLadders = 1 << 20

// The elements of the published form. ATTEMPTS is a ladder, and the two others, which may stand
// anywhere above it, say what it counts.
const (
	ladderElement   = "ATTEMPTS"
	stepElement     = "ATTEMPT"
	passwordElement = "PASSWORD_ATTEMPT_PARAMETERS"
	otpElement      = "OTP_ATTEMPT_PARAMETERS"
)

// ReadLadders reads ladders in their published XML:
//
//	<ATTEMPTS NAME='DEFAULT_LOCK' ACTION='LOCK' STEP='2'>
//	  <ATTEMPT NAME='FIRST_SUSPENSION' ACTION='SUSPEND' DURATION='60' UNIT='MINUTE'>4</ATTEMPT>
//	</ATTEMPTS>
//
// A step's text is its number of attempts. What ATTEMPTS itself says happens every STEP attempts after
// the last step; without a STEP it says nothing, and each leads to the last step again. The element is the whole document,
// and then only must say what it counts, or it stands in a larger one below PASSWORD_ATTEMPT_PARAMETERS
// or OTP_ATTEMPT_PARAMETERS; then only picks one of the two, and "" takes what is there.
func ReadLadders(r io.Reader, only member.Security) ([]member.Ladder, error) {
	if only != "" && !only.Valid() {
		return nil, fault.New(fault.Invalid, "A ladder is for PASSWORD or OTP, not for %.40q.", only)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxLadders+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The ladder did not arrive whole; send it again.")
	}
	if len(text) > maxLadders {
		return nil, fault.New(fault.Invalid, "The document is larger than %d bytes; send the ATTEMPTS element alone.", maxLadders)
	}
	d := ladderReader{only: only, xml: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))}
	if err := d.document(); err != nil {
		return nil, err
	}
	return d.ladders, d.missing()
}

// ladderReader walks through a document.
type ladderReader struct {
	xml     *xml.Decoder
	only    member.Security
	above   []string // the elements that are open
	rooted  bool     // the document's one element was seen
	ladders []member.Ladder
}

// missing is an error when the document has not what was asked for.
func (d *ladderReader) missing() error {
	switch {
	case len(d.ladders) > 0:
		return nil
	case d.only == member.Password:
		return fault.New(fault.Invalid, "The document has no ATTEMPTS below %s; is it the right one?", passwordElement)
	case d.only == member.OTP:
		return fault.New(fault.Invalid, "The document has no ATTEMPTS below %s; is it the right one?", otpElement)
	}
	return fault.New(fault.Invalid, "The document has no ATTEMPTS below %s or %s; is it the right one?", passwordElement, otpElement)
}

// document reads to the end, looking for ladders.
func (d *ladderReader) document() error {
	for {
		t, err := d.token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			err = d.open(t)
		case xml.EndElement:
			d.above = d.above[:len(d.above)-1]
		case xml.CharData:
			if len(d.above) == 0 && len(bytes.TrimSpace(t)) > 0 {
				err = d.bad("There is text outside the document's element; take it out.")
			}
		}
		if err != nil {
			return err
		}
	}
}

// token gives the next token. A document type is refused: nothing of it is needed, and entities,
// which it defines, are how XML is made to grow.
func (d *ladderReader) token() (xml.Token, error) {
	t, err := d.xml.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case errors.As(err, &syntax):
		return nil, fault.Wrap(err, fault.Invalid, "The XML is malformed in line %d (%s); correct it there.", syntax.Line, syntax.Msg)
	case err != nil:
		return nil, fault.Wrap(err, fault.Invalid, "The XML cannot be read; save it as UTF-8.")
	}
	if _, is := t.(xml.Directive); is {
		return nil, d.bad("Document types and entities are not read; take the <!…> declaration out.")
	}
	return t, nil
}

// open takes an element that begins: a ladder is read to its end, another is gone into.
func (d *ladderReader) open(e xml.StartElement) error {
	if len(d.above) == 0 {
		if d.rooted {
			return d.bad("A second element stands beside the document's first; put one around both.")
		}
		d.rooted = true
	}
	if kind, is := d.kind(e); is && kind == "" {
		return d.bad("The document does not say what its ATTEMPTS count; name it: PASSWORD or OTP.")
	} else if is && (d.only == "" || d.only == kind) {
		return d.take(e, kind)
	}
	d.above = append(d.above, e.Name.Local)
	return nil
}

// kind says whether an element is a ladder, and what it counts.
func (d *ladderReader) kind(e xml.StartElement) (kind member.Security, is bool) {
	if e.Name.Local != ladderElement {
		return "", false
	}
	if len(d.above) == 0 {
		return d.only, true
	}
	for _, name := range slices.Backward(d.above) {
		switch name {
		case passwordElement:
			return member.Password, true
		case otpElement:
			return member.OTP, true
		}
	}
	return "", false
}

// take reads a ladder and checks it whole.
func (d *ladderReader) take(e xml.StartElement, kind member.Security) error {
	if slices.ContainsFunc(d.ladders, func(l member.Ladder) bool { return l.Security == kind }) {
		return d.bad("The document has two ATTEMPTS for %s; take one out.", kind)
	}
	l, err := d.ladder(e)
	if err != nil {
		return err
	}
	l.Security = kind
	var bad fault.Fields
	if l.Check(&bad); len(bad) > 0 {
		return &fault.Error{Code: fault.Invalid, Message: fmt.Sprintf("The ladder for %s: %s", kind, fault.As(bad.Err()).Message), Fields: bad}
	}
	d.ladders = append(d.ladders, l)
	return nil
}

// ladder reads what stands between ATTEMPTS and its end.
func (d *ladderReader) ladder(e xml.StartElement) (l member.Ladder, err error) {
	l.Every, l.Further, err = d.further(e)
	for err == nil {
		var t xml.Token
		if t, err = d.token(); err != nil {
			break
		}
		switch t := t.(type) {
		case xml.EndElement:
			return l, sortSteps(l.Steps)
		case xml.StartElement:
			var s member.Step
			s, err = d.step(t)
			l.Steps = append(l.Steps, s)
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				err = d.bad("There is text in ATTEMPTS beside its ATTEMPT elements: %.40q; take it out.", bytes.TrimSpace(t))
			}
		}
	}
	return l, err
}

// sortSteps puts the steps in order of attempts; the file may have them in any.
func sortSteps(steps []member.Step) error {
	slices.SortFunc(steps, func(a, b member.Step) int { return cmp.Compare(a.Attempts, b.Attempts) })
	for i := 1; i < len(steps); i++ {
		if a, b := steps[i-1], steps[i]; a.Attempts == b.Attempts {
			return fault.New(fault.Invalid, "The ATTEMPT %.40q and the ATTEMPT %.40q are both for %d attempts; take one out or change its number.",
				a.Flag, b.Flag, a.Attempts)
		}
	}
	return nil
}

// further reads the attributes of ATTEMPTS.
func (d *ladderReader) further(e xml.StartElement) (every int, s member.Step, err error) {
	a, err := d.attributes(e, "STEP")
	if err != nil {
		return 0, s, err
	}
	if a["STEP"] == "" {
		a["STEP"] = "0"
	}
	every, ok := digits(a["STEP"])
	if !ok {
		return 0, s, d.bad("The %s has the STEP %.40q; it must be a number of attempts.", naming(e, a), a["STEP"])
	}
	s, err = d.rung(e, a, every > 0)
	if every == 0 {
		s = member.Step{}
	}
	return every, s, err
}

// step reads one ATTEMPT to its end.
func (d *ladderReader) step(e xml.StartElement) (s member.Step, err error) {
	if e.Name.Local != stepElement {
		return s, d.bad("There is a %.40q in ATTEMPTS; only ATTEMPT elements may be.", e.Name.Local)
	}
	a, err := d.attributes(e)
	if err != nil {
		return s, err
	}
	if s, err = d.rung(e, a, true); err != nil {
		return s, err
	}
	text, err := d.text(naming(e, a))
	if err != nil {
		return s, err
	}
	n, ok := digits(text)
	if !ok || n == 0 {
		return s, d.bad("The %s holds %.40q; it must hold a number of attempts, such as 4.", naming(e, a), text)
	}
	s.Attempts = n
	return s, nil
}

// text reads the text of an element to its end.
func (d *ladderReader) text(of string) (string, error) {
	var text []byte
	for {
		t, err := d.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return string(bytes.TrimSpace(text)), nil
		case xml.StartElement:
			return "", d.bad("The %s has an element %.40q in it; it must hold a number of attempts alone.", of, t.Name.Local)
		case xml.CharData:
			text = append(text, t...)
		}
	}
}

// known are the attributes an element may have, besides those of a name space. The last two say what
// the channels do with it, and are not kept.
var known = []string{"NAME", "ACTION", "DURATION", "UNIT", "NOTIFY", "RESET_OTP"}

// attributes reads those of an element. One that is not known is refused: misspelled, it would be a
// ladder without its further steps.
func (d *ladderReader) attributes(e xml.StartElement, more ...string) (map[string]string, error) {
	may, a := append(more, known...), map[string]string{}
	for _, x := range e.Attr {
		name := x.Name.Local
		if x.Name.Space == "xmlns" || name == "xmlns" {
			continue
		}
		if _, twice := a[name]; twice {
			return nil, d.bad("The %s has the attribute %.40q twice; take one out.", naming(e, a), name)
		}
		if a[name] = strings.TrimSpace(x.Value); !slices.Contains(may, name) {
			return nil, d.bad("The %s has the attribute %.40q, which is none of %s; correct it or take it out.",
				naming(e, a), name, strings.Join(may, ", "))
		}
	}
	return a, nil
}

// rung reads what an element says is to happen. needed says whether it must say so.
func (d *ladderReader) rung(e xml.StartElement, a map[string]string, needed bool) (s member.Step, err error) {
	s.Flag = a["NAME"]
	if s.Flag == "" && needed {
		return s, d.bad("The %s has no NAME; give it one, such as FIRST_WARNING.", naming(e, a))
	}
	var ok bool
	if s.Action, ok = member.ParseAction(a["ACTION"]); !ok || a["ACTION"] == "" && needed {
		return s, d.bad("The %s has the ACTION %.40q; it must be NONE, WARN, SUSPEND or LOCK.", naming(e, a), a["ACTION"])
	}
	if s.For, ok = duration(a["DURATION"], a["UNIT"]); !ok {
		return s, d.bad("The %s has the DURATION %.40q and the UNIT %.40q; they must be a number, and SECOND, MINUTE, HOUR or DAY.",
			naming(e, a), a["DURATION"], a["UNIT"])
	}
	if needed && (s.Action == member.Suspend) != (s.For > 0) {
		return s, d.bad("The %s has the ACTION %s; SUSPEND, and nothing else, has a DURATION and a UNIT.", naming(e, a), s.Action)
	}
	return s, nil
}

// unit is a unit of time as the form spells it.
type unit struct {
	name string
	is   time.Duration
}

// units are all of them, the longest first.
var units = []unit{{"DAY", 24 * time.Hour}, {"HOUR", time.Hour}, {"MINUTE", time.Minute}, {"SECOND", time.Second}}

// duration reads a duration; two empty texts are none.
func duration(number, name string) (time.Duration, bool) {
	if number == "" && name == "" {
		return 0, true
	}
	n, ok := digits(number)
	i := slices.IndexFunc(units, func(u unit) bool { return u.name == name })
	if !ok || i < 0 || int64(n) > math.MaxInt64/int64(units[i].is) {
		return 0, false
	}
	return time.Duration(n) * units[i].is, true
}

// digits reads a number that is digits alone.
func digits(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil
}

// naming is how an error names an element: by its NAME, if it has one.
func naming(e xml.StartElement, a map[string]string) string {
	if a["NAME"] == "" {
		return e.Name.Local
	}
	return fmt.Sprintf("%s %.40q", e.Name.Local, a["NAME"])
}

// bad is an error at the place that was just read.
func (d *ladderReader) bad(format string, args ...any) error {
	line, _ := d.xml.InputPos()
	return fault.New(fault.Invalid, "Line %d: %s", line, fmt.Sprintf(format, args...))
}
