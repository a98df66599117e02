package console

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// agentsRoutes are the pages and actions of this area.
func (c *Console) agentsRoutes() {
	c.page("GET /agents", "agents", (*visit).agents)
	c.page("GET /agents/{agent}", "agent", (*visit).agent)
	c.act("POST /agents", (*visit).addAgent)
	c.act("POST /import", (*visit).importAgents)
	c.act("POST /agents/{agent}/standing", (*visit).setStanding)
	c.act("PUT /agents/{agent}/place", (*visit).setPlace)
	c.act("PUT /agents/{agent}/devices", (*visit).setDevices)
	c.act("POST /agents/{agent}/erase", (*visit).eraseAgent)
	c.act("POST /agents/{agent}/services/{service}/activate", serviceAct("activate"))
	c.act("POST /agents/{agent}/services/{service}/deactivate", serviceAct("deactivate"))
	c.act("POST /agents/{agent}/services/{service}/renew", serviceAct("renew"))
	c.act("POST /agents/{agent}/services/{service}/dates", (*visit).setDates)
}

// agentsPage lists agents by their codes.
type agentsPage struct {
	*visit
	Agents   []switchboard.Agent
	Partners []switchboard.Partner
	Partner  string // only theirs
	From     string // the code behind which the page begins
	NextURL  string
}

// agentsShown is how many agents a page of the list has.
const agentsShown = 50

func (v *visit) agents() (any, error) {
	p := agentsPage{visit: v, Partner: v.query("partner"), From: v.query("after")}
	page, err := v.api.Agents(v.r.Context(), switchboard.AgentQuery{Partner: p.Partner, After: p.From, Limit: agentsShown})
	if err != nil {
		return nil, err
	}
	p.Agents, p.NextURL = page.Items, nextURL(v.r, page.Next)
	p.Partners, err = v.allPartners()
	return p, err
}

// nextURL is the address of the page behind this one; "" where there is none.
func nextURL(r *http.Request, after string) string {
	if after == "" {
		return ""
	}
	return queryWith(r, "after", after)
}

// queryWith is the address of the same page with other parameters, in pairs of name and value; "" takes one away.
func queryWith(r *http.Request, pairs ...string) string {
	q := r.URL.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Del(pairs[i]); pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + q.Encode()
}

// CallOf is what an agent is called: the person, or the shop, or nothing where both were erased.
func (v *visit) CallOf(p switchboard.Profile) string {
	return cmp.Or(strings.Join(strings.Fields(p.FirstName+" "+p.MiddleName+" "+p.LastName), " "), p.ShopName)
}

// partnerChoices are the partners as a field's choices.
func partnerChoices(list []switchboard.Partner) (options []Option) {
	for _, p := range list {
		options = append(options, Option{Value: p.ID, Text: p.Name})
	}
	return options
}

// serviceChoice is a service as a field's choice.
func serviceChoice(s switchboard.Service) Option {
	return Option{Value: s.Code, Text: s.Code + " " + s.Name}
}

// Choices are the partners that an agent may be of, as a field has them.
func (p agentsPage) Choices() []Option { return partnerChoices(p.Partners) }

// addAgent makes an agent, and leads to its page.
func (v *visit) addAgent() (done, error) {
	a, err := v.api.AddAgent(v.r.Context(), switchboard.NewAgent{Partner: v.form("partner"), UserCode: v.form("user_code"), Profile: v.formProfile()})
	if err != nil {
		return done{}, err
	}
	return done{to: pageOf("agents", a.UserCode), said: flash{"agents.added", []string{a.UserCode}}}, nil
}

func (v *visit) formProfile() switchboard.Profile {
	return switchboard.Profile{PAN: v.form("pan_number"), Mobile: v.form("mobile"), FirstName: v.form("first_name"), MiddleName: v.form("middle_name"),
		LastName: v.form("last_name"), Email: v.form("email"), DOB: v.form("dob"), ShopName: v.form("shop_name"),
		Address: switchboard.Address{Line: v.form("residence_address"), City: v.form("residence_address.city"), State: v.form("residence_address.state"),
			Pincode: v.form("residence_address.pincode"), District: v.form("residence_address.district"), Area: v.form("residence_address.area")}}
}
