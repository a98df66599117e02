package console

import (
	"net/url"
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

// requestsPage is how many requests a page of a partner's log has.
const requestsPage = 50

// doctored is a request of the log with what the doctor of signatures says of it.
type doctored struct {
	switchboard.LoggedRequest
	What   string // happened, in plain words
	Remedy string // what to do about it
}

// Refused says whether it did not end well.
func (d doctored) Refused() bool { return d.Outcome != "ok" }

// doctor explains requests: refused ones by their precise cause, others that failed by their outcome.
func (v *visit) doctor(list []switchboard.LoggedRequest) (out []doctored) {
	for _, r := range list {
		d := doctored{LoggedRequest: r, What: v.Or("outcome."+r.Outcome, r.Outcome)}
		if r.Cause != "" {
			d.What, d.Remedy = v.Or("cause."+r.Cause, r.Cause), v.Or("cause."+r.Cause+".remedy", "")
		} else if d.Refused() {
			d.Remedy = v.Or("outcome."+r.Outcome+".remedy", "")
		}
		out = append(out, d)
	}
	return out
}

// requestLog is a page of a partner's request log.
type requestLog struct {
	*visit
	Partner  switchboard.Partner
	Requests []doctored
	Failed   bool // only those that did not end well
	First    bool // of the pages
	NextURL  string
}

func (v *visit) requests() (any, error) {
	p := requestLog{visit: v, Failed: v.query("failed") != "", First: v.query("before") == ""}
	var err error
	if p.Partner, err = v.findPartner(v.r.PathValue("partner")); err != nil {
		return nil, err
	}
	page, err := v.api.Requests(v.r.Context(), p.Partner.ID, switchboard.RequestQuery{Failed: p.Failed, Before: v.query("before"), Limit: requestsPage})
	if p.Requests = v.doctor(page.Items); page.Next != "" {
		next := url.Values{"before": {page.Next}}
		if p.Failed {
			next.Set("failed", "yes")
		}
		p.NextURL = pageOf("partners", p.Partner.ID, "requests") + "?" + next.Encode()
	}
	return p, err
}

// Took is how long a request took, as people read it.
func (d doctored) Took() string { return strconv.FormatFloat(d.DurationMS, 'f', 1, 64) }
