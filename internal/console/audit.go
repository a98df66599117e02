package console

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// auditRoutes are the pages and actions of the record and its proof.
func (c *Console) auditRoutes() {
	c.page("GET /audit", "audit", (*visit).audit)
	c.page("GET /audit/log", "auditlog", (*visit).auditLog)
	c.page("GET /audit/events/{seq}", "auditevent", (*visit).auditEvent)
	c.data("GET /audit/key", func(v *visit) (any, error) { return v.api.LogKey(v.r.Context()) })
	c.download("GET /audit/events/{seq}/proof", (*visit).eventProof)
	c.download("GET /audit/export", (*visit).export)
	c.stream("POST /audit/verify", (*visit).verifyLog)
}

// auditPage is a search in the record.
type auditPage struct {
	*visit
	Query   switchboard.EventQuery
	Until   string // the last day, as it was typed: the search takes the whole of it
	Moments []Moment
	Reached time.Time // how far back it has looked; zero: to the beginning
	NextURL string
	Problem string // with what is looked for
}

// someFoundEvents is how many events stand on a page.
const someFoundEvents = 50

func (v *visit) audit() (any, error) {
	p := auditPage{visit: v, Query: switchboard.EventQuery{Subject: v.query("subject"), Kind: v.query("kind"), Actor: v.query("actor"),
		Service: v.query("service"), Limit: someFoundEvents}, Until: v.query("until")}
	p.Query.Before, _ = strconv.ParseUint(v.query("before"), 10, 63) // what is none begins with the youngest
	err := v.days(&p.Query.Since, &p.Query.Until)
	if err == nil {
		err = p.search()
	}
	switch codeOf(err) {
	case "invalid", "not_found", "unknown_agent":
		p.Problem, err = v.explain(err), nil
	}
	return p, err
}

func (p *auditPage) search() error {
	found, err := p.api.SearchEvents(p.r.Context(), p.Query)
	for _, e := range found.Events {
		p.Moments = append(p.Moments, p.Moment(e.Subject, e.Event))
	}
	if found.Next != 0 {
		q := p.r.URL.Query()
		q.Set("before", strconv.FormatUint(found.Next, 10))
		p.NextURL, p.Reached = "/audit?"+q.Encode(), found.ReachedAt
	}
	return err
}

// days reads the days of a search, in this person's zone; the last one is meant, too.
func (v *visit) days(since, until *time.Time) error {
	for _, d := range []struct {
		name string
		at   *time.Time
		days int
	}{{"since", since, 0}, {"until", until, 1}} {
		text := v.query(d.name)
		if text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, text, v.zone)
		if err != nil {
			return badField(d.name, v.T("field.time.problem"))
		}
		*d.at = t.AddDate(0, 0, d.days)
	}
	return nil
}

// Narrow says whether not everything is looked for.
func (p auditPage) Narrow() bool {
	q := p.Query
	q.Limit, q.Before = 0, 0
	return q != switchboard.EventQuery{}
}

// Topics are what this page is brought up to date by: an old part of the record stays as it is.
func (p auditPage) Topics() string {
	switch {
	case p.Query.Before != 0:
		return ""
	case !p.Narrow():
		return "*"
	}
	return p.Query.Subject
}

// Since is the first day, as it was typed.
func (p auditPage) Since() string { return p.query("since") }

// kindGroup is a family of kinds of event.
type kindGroup struct {
	Family string
	Kinds  []Option
}

// Kinds are the kinds of event that there are words for, by family.
func (p auditPage) Kinds() (list []kindGroup) {
	var kinds []string
	for key := range p.tongue.known {
		if kind, ok := strings.CutPrefix(key, "event."); ok {
			kinds = append(kinds, kind)
		}
	}
	if p.Query.Kind != "" && !strings.HasSuffix(p.Query.Kind, "*") && !slices.Contains(kinds, p.Query.Kind) {
		kinds = append(kinds, p.Query.Kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		family, _, _ := strings.Cut(kind, ".")
		if name := p.Or("audit.family."+family, family); len(list) == 0 || list[len(list)-1].Family != name {
			all := family + ".*"
			list = append(list, kindGroup{name, []Option{{all, p.T("audit.family.all", name), all == p.Query.Kind}}})
		}
		g := &list[len(list)-1]
		g.Kinds = append(g.Kinds, Option{kind, p.Or("event."+kind, kind), kind == p.Query.Kind})
	}
	return list
}

// SubjectKinds begin the names of what events are about.
func (auditPage) SubjectKinds() []string {
	return []string{"agent:", "partner:", "service:", "member:", "channel:", "ladder:", "operator:", "switch:", "plan:", "review:"}
}

// People are the operators, as events name them.
func (p auditPage) People() (list []string) {
	operators, _ := p.api.Operators(p.r.Context()) // without names, any can still be written
	for _, o := range operators {
		list = append(list, "operator:"+o.Name)
	}
	return list
}

// Has says whether the address asks for something.
func (p auditPage) Has(name string) bool { return p.query(name) != "" }

// Services are those of the catalogue, to choose from.
func (p auditPage) Services() (list []Option) {
	services, _ := p.allServices() // without names to choose from, a code can be in the address
	for _, s := range services {
		list = append(list, Option{s.Code, p.ServiceName(s.Code), s.Code == p.Query.Service})
	}
	slices.SortFunc(list, func(a, b Option) int { return strings.Compare(a.Text, b.Text) })
	return list
}

// auditEventPage is one event with its proof.
type auditEventPage struct {
	*visit
	Moment Moment
	Later  uint64 // the event after this one in the whole record; 0 for none yet
	Proof  *proof
	Key    string // the log's, as the server names it
	Broken string // why there is no proof
}

// proof is what the API proves an event with, and what of it is shown.
type proof struct {
	Text  string
	Event struct {
		Prev     uint64              `json:"prev"`
		PrevHash string              `json:"prev_hash"`
		Data     switchboard.RawJSON `json:"data"`
	} `json:"event"`
	Head string   `json:"head"`
	Path []string `json:"proof"`
}

func (v *visit) auditEvent() (any, error) {
	seq, err := v.seq()
	if err != nil {
		return nil, err
	}
	page, err := v.api.Events(v.r.Context(), seq-1, 2, 0)
	if err != nil && codeOf(err) != "conflict" { // which says that the record ends before it
		return nil, err
	}
	if len(page.Events) == 0 || page.Events[0].Seq != seq {
		return nil, &switchboard.OperatorFault{Code: "not_found", Message: v.T("audit.event.none", seq)}
	}
	e := page.Events[0]
	p := auditEventPage{visit: v, Moment: v.Moment(e.Subject, e.Event)}
	if len(page.Events) > 1 {
		p.Later = page.Events[1].Seq
	}
	if p.Proof, err = v.prove(seq); err != nil {
		p.Broken = v.explain(err)
		return p, nil
	}
	k, err := v.api.LogKey(v.r.Context())
	p.Key = k.Key
	return p, err
}

func (v *visit) prove(seq uint64) (*proof, error) {
	b, err := v.api.EventProof(v.r.Context(), seq)
	if err != nil {
		return nil, err
	}
	p := &proof{Text: string(b)}
	return p, json.Unmarshal(b, p)
}

// seq reads the number of an event from the address.
func (v *visit) seq() (uint64, error) {
	seq, err := strconv.ParseUint(v.r.PathValue("seq"), 10, 63)
	if err != nil || seq == 0 {
		return 0, &switchboard.OperatorFault{Code: "not_found", Message: v.T("fault.no_page")}
	}
	return seq, nil
}

// eventProof gives the proof as the API gave it, byte for byte: to the script that checks it, and to whoever keeps it.
func (v *visit) eventProof() error {
	seq, err := v.seq()
	if err != nil {
		return err
	}
	b, err := v.api.EventProof(v.r.Context(), seq)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	if v.query("file") != "" {
		v.w.Header().Set("Content-Disposition", `attachment; filename="proof-`+strconv.FormatUint(seq, 10)+`.json"`)
	}
	_, _ = v.w.Write(b) // whoever left needs no proof
	return nil
}

// Earlier is the event before this one in the whole record, 0 for none.
func (p auditEventPage) Earlier() uint64 { return p.Moment.Seq - 1 }

// ProofSteps are what is verified of a proof, in this order; proof.js has the same.
func (v *visit) ProofSteps() []string { return []string{"form", "hash", "leaf", "path", "head", "key"} }

// SubjectHistory is the address of all that happened to what an event is about.
func (v *visit) SubjectHistory(subject string) string {
	return "/audit?" + url.Values{"subject": {subject}}.Encode()
}
