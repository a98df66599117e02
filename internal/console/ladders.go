package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// laddersRoutes are the pages and actions of this area.
func (c *Console) laddersRoutes() {
	c.page("GET /ladders", "ladders", (*visit).ladders)
	c.page("GET /ladders/{security}", "ladder", (*visit).ladder)
	c.mux.HandleFunc("GET /ladders/{security}/xml", c.ladderXML)
	c.act("PUT /ladders/{security}", (*visit).setLadder)
	c.act("POST /ladders/import", (*visit).importLadders)
}

// rung is one step of a ladder, as a stair shows it.
type rung struct {
	switchboard.LadderStep
	Again   bool // it comes again and again after the last step
	Reached bool
	Here    bool // the last one reached
}

// Class is how hard a rung is.
func (r rung) Class() string {
	switch r.Action {
	case "WARN":
		return "warn"
	case "SUSPEND":
		return "bad"
	case "LOCK":
		return "bad lock"
	}
	return ""
}

// climb gives all rungs of a ladder for who has so many attempts: its steps, and what comes after the last of them as
// far as it was reached, and once more.
func climb(l switchboard.Ladder, attempts int) (list []rung) {
	last, here := 0, -1
	for _, s := range l.Steps {
		list, last = append(list, rung{LadderStep: s, Reached: s.Attempts <= attempts}), s.Attempts
	}
	every, further := l.Every, l.Further
	if every == 0 && len(l.Steps) > 0 {
		every, further = 1, l.Steps[len(l.Steps)-1]
	}
	if every > 0 {
		times := max(0, (attempts-last)/every)
		for i := max(1, times); i <= times+1; i++ {
			further.Attempts = last + i*every
			list = append(list, rung{LadderStep: further, Again: true, Reached: i <= times})
		}
	}
	for i, r := range list {
		if r.Reached {
			here = i
		}
	}
	if here >= 0 {
		list[here].Here = true
	}
	return list
}

func ladderFor(list []switchboard.Ladder, security string) switchboard.Ladder {
	for _, l := range list {
		if l.Security == security {
			return l
		}
	}
	return switchboard.Ladder{Security: security}
}

// Span is a duration in words, in the largest unit that it is a whole number of.
func (v *visit) Span(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	for _, unit := range []struct {
		name  string
		is    time.Duration
		least int // so few are rather told in smaller ones
	}{{"days", 24 * time.Hour, 2}, {"hours", time.Hour, 2}, {"minutes", time.Minute, 1}} {
		if n := int(d / unit.is); d%unit.is == 0 && n >= unit.least {
			return v.T("ladders.span."+unit.name, n)
		}
	}
	return v.T("ladders.span.seconds", int(d/time.Second))
}

// Leads says what a step leads to, in words.
func (v *visit) Leads(s switchboard.LadderStep) string {
	return v.T("ladders.leads."+s.Action, v.Span(s.Duration))
}

// laddersPage shows both ladders.
type laddersPage struct {
	*visit
	Ladders []ladderView
}

type ladderView struct {
	switchboard.Ladder
	Rungs []rung
}

func viewLadder(l switchboard.Ladder) ladderView { return ladderView{l, climb(l, 0)} }

func (v *visit) ladders() (any, error) {
	list, err := v.api.Ladders(v.r.Context())
	p := laddersPage{visit: v}
	for _, l := range list {
		p.Ladders = append(p.Ladders, viewLadder(l))
	}
	return p, err
}

// ladderXML gives a ladder as a file.
func (c *Console) ladderXML(w http.ResponseWriter, r *http.Request) {
	v, err := c.enter(w, r)
	if err != nil {
		c.fail(v, err)
		return
	}
	document, err := v.api.LadderXML(r.Context(), r.PathValue("security"))
	if err != nil {
		c.fail(v, err)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Disposition", `attachment; filename="ladder-`+strings.ToLower(r.PathValue("security"))+`.xml"`)
	_, _ = w.Write(document) // whoever left needs no file
}
