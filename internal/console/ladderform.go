package console

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// ladderPage is where a ladder is written anew.
type ladderPage struct {
	*visit
	ladderView
	Lines []ladderLine
	Last  ladderLine // what comes after the last step
	After string     // how many more attempts
	First string     // the version that was first shown
}

// ladderLine is a step in a form, as it was typed.
type ladderLine struct{ N, Attempts, Flag, Action, Duration string }

// spareLines are the empty lines that a form has for more steps.
const spareLines = 3

func (v *visit) ladder() (any, error) {
	security := v.r.PathValue("security")
	if security != "PASSWORD" && security != "OTP" {
		return nil, &switchboard.OperatorFault{Code: "not_found", Message: v.T("fault.no_page")}
	}
	list, err := v.api.Ladders(v.r.Context())
	if err != nil {
		return nil, err
	}
	l := ladderFor(list, security)
	if v.failed != nil && v.failed.values != nil {
		p := v.ladderForm(l, v.failed.values)
		p.First = v.Seen(v.failed.path, l.Version)
		return p, nil
	}
	return v.ladderForm(l, ladderValues(l)), nil
}

// ladderForm shows a ladder with a form filled in.
func (v *visit) ladderForm(l switchboard.Ladder, values url.Values) ladderPage {
	p := ladderPage{visit: v, ladderView: viewLadder(l), Last: lineOf(values, "further"), After: values.Get("every"), First: values.Get(seenField)}
	for n := 0; values.Has("step." + strconv.Itoa(n) + ".attempts"); n++ {
		p.Lines = append(p.Lines, lineOf(values, "step."+strconv.Itoa(n)))
	}
	for n := len(p.Lines); n > 0 && p.Lines[n-1].empty(); n-- {
		p.Lines = p.Lines[:n-1]
	}
	for range spareLines {
		p.Lines = append(p.Lines, ladderLine{Action: "WARN"})
	}
	for i := range p.Lines {
		p.Lines[i].N = strconv.Itoa(i)
	}
	return p
}

// empty says that nobody wrote on a line; an action is always chosen.
func (x ladderLine) empty() bool { return x.Attempts+x.Flag == "" }

func lineOf(values url.Values, at string) ladderLine {
	of := func(name string) string { return strings.TrimSpace(values.Get(at + "." + name)) }
	return ladderLine{Attempts: of("attempts"), Flag: of("flag"), Action: of("action"), Duration: of("duration")}
}

// ladderValues are the fields of a ladder's form.
func ladderValues(l switchboard.Ladder) url.Values {
	values := url.Values{"every": {strconv.Itoa(l.Every)}, seenField: {strconv.FormatUint(l.Version, 10)}}
	set := func(at string, s switchboard.LadderStep) {
		values.Set(at+".flag", s.Flag)
		values.Set(at+".action", s.Action)
		values.Set(at+".duration", s.Duration)
	}
	for i, s := range l.Steps {
		at := "step." + strconv.Itoa(i)
		set(at, s)
		values.Set(at+".attempts", strconv.Itoa(s.Attempts))
	}
	set("further", l.Further)
	return values
}

// ladderOf reads the ladder that a form describes. Lines that nobody wrote on are none.
func (v *visit) ladderOf(values url.Values) (l switchboard.Ladder, err error) {
	l.Security = v.r.PathValue("security")
	if l.Every, err = v.count(cmp.Or(values.Get("every"), "0"), "every"); err != nil {
		return l, err
	}
	for n := 0; values.Has("step." + strconv.Itoa(n) + ".attempts"); n++ {
		line := lineOf(values, "step."+strconv.Itoa(n))
		if line.empty() {
			continue
		}
		s := line.step()
		if s.Attempts, err = v.count(line.Attempts, "attempts"); err != nil {
			return l, err
		}
		l.Steps = append(l.Steps, s)
	}
	if l.Every > 0 {
		l.Further = lineOf(values, "further").step()
	}
	return l, nil
}

// step is a line as the API takes it. Only a suspension lasts.
func (x ladderLine) step() switchboard.LadderStep {
	s := switchboard.LadderStep{Flag: x.Flag, Action: x.Action}
	if x.Action == "SUSPEND" {
		s.Duration = x.Duration
	}
	return s
}

// count reads a number of a form.
func (v *visit) count(text, field string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, badField(field, v.T("ladders.number.problem", v.T("ladders."+field)))
	}
	return n, nil
}

// ladderPreview is what would change, before it does.
type ladderPreview struct {
	*visit
	Changes []ladderTurn
	To      string // the form's address
	Values  url.Values
	Edit    bool // it can be written on
}

type ladderTurn struct {
	Changed       bool
	Before, After ladderView
}

func turnOf(c switchboard.LadderChange) ladderTurn {
	return ladderTurn{c.Changed, viewLadder(c.Before), viewLadder(c.After)}
}

// setLadder takes the form of one ladder three times at most: to look at what would change, to write on, to do it.
func (v *visit) setLadder() (done, error) {
	step := v.form("do")
	values := v.r.PostForm // parsed by now
	if step == "edit" {
		return v.editLadder(values)
	}
	l, err := v.ladderOf(values)
	if err != nil {
		return done{}, err
	}
	seen, err := v.seenOrNever()
	if err != nil {
		return done{}, err
	}
	l.IfVersion = &seen
	c, err := v.api.SetLadder(v.r.Context(), l, step != "save")
	if err != nil {
		return done{}, err
	}
	if step == "save" {
		return done{to: "/ladders", said: sayChanged(switchboard.Changed{Changed: c.Changed}, "ladders.saved").said}, nil
	}
	return done{shown: "ladderpreview", data: ladderPreview{v, []ladderTurn{turnOf(c)}, v.r.URL.EscapedPath(), ladderFields(values), true}}, nil
}

func (v *visit) editLadder(values url.Values) (done, error) {
	list, err := v.api.Ladders(v.r.Context())
	return done{shown: "ladder", data: v.ladderForm(ladderFor(list, v.r.PathValue("security")), values)}, err
}

// ladderFields are the fields of a form that go with the next step of it.
func ladderFields(values url.Values) url.Values {
	rest := url.Values{}
	for name, list := range values {
		if name != "do" && name != pageField {
			rest[name] = list
		}
	}
	return rest
}

// importLadders takes a document of ladders: first to look at, then to do it.
func (v *visit) importLadders() (done, error) {
	document, err := v.document()
	if err != nil {
		return done{}, err
	}
	if v.form("do") == "save" {
		return v.saveLadders(document)
	}
	list, err := v.api.ImportLadders(v.r.Context(), bytes.NewReader(document), switchboard.LadderImport{DryRun: true})
	if err != nil {
		return done{}, err
	}
	p, seen := ladderPreview{visit: v, To: v.r.URL.EscapedPath()}, url.Values{}
	for _, c := range list {
		p.Changes = append(p.Changes, turnOf(c))
		seen.Set(c.Before.Security, strconv.FormatUint(c.Before.Version, 10))
	}
	p.Values = url.Values{"document": {string(document)}, seenField: {seen.Encode()}}
	return done{shown: "ladderpreview", data: p}, nil
}

// saveLadders replaces the ladders that a document has, as they were looked at.
func (v *visit) saveLadders(document []byte) (done, error) {
	seen, err := url.ParseQuery(v.form(seenField))
	opt := switchboard.LadderImport{IfVersions: map[string]uint64{}}
	for security := range seen {
		if opt.IfVersions[security], err = strconv.ParseUint(seen.Get(security), 10, 63); err != nil {
			break
		}
	}
	if err != nil || len(seen) == 0 {
		return done{}, v.unseen()
	}
	list, err := v.api.ImportLadders(v.r.Context(), bytes.NewReader(document), opt)
	changed := slices.ContainsFunc(list, func(c switchboard.LadderChange) bool { return c.Changed })
	return done{to: "/ladders", said: sayChanged(switchboard.Changed{Changed: changed}, "ladders.saved").said}, err
}

// document is the file of a form, or the text of one that was looked at before.
func (v *visit) document() ([]byte, error) {
	if text := v.form("document"); text != "" {
		return []byte(text), nil
	}
	file, _, err := v.r.FormFile("file")
	if err != nil {
		return nil, badField("file", v.T("ladders.file.problem"))
	}
	defer file.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(file)
	return b.Bytes(), err
}
