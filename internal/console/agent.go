package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// agentPage shows an agent: who and where they are, what they may do and why, and how it came about.
type agentPage struct {
	*visit
	Agent    switchboard.Agent
	AsOf     time.Time // shows the agent as it was then; zero: as it is, and can be changed
	Then     Field     // asks for the agent as of a time
	Switches []serviceSwitch
	Others   []serviceSwitch // what else the catalogue has
	Blocks   []blockCard
	Story    []Moment
	Only     string // the service whose history is shown; "" for all
	Older    string // the address of the page with more of the history
	Ask      question
	catalog  []switchboard.Service
}

// How many events of a history are shown at first, how many more at a time, and how many are looked through to know who
// changed what last.
const (
	momentsShown  = 15
	momentsMore   = 50
	eventsLooked  = 200
	eventsAtMost  = 10000
	eventsAtATime = "events"
)

func (v *visit) agent() (any, error) {
	p := &agentPage{visit: v, Only: v.query("only")}
	shown := p.shown()
	if err := p.load(max(shown, eventsLooked)); err != nil {
		return nil, err
	}
	var err error
	if p.catalog, err = v.allServices(); err != nil {
		return nil, err
	}
	if p.Blocks, err = p.blocksOf(); err != nil {
		return nil, err
	}
	p.fillSwitches()
	p.tell(shown)
	if p.Now() {
		p.Ask = p.question()
	}
	return p, nil
}

// shown is how many events of the history to show.
func (p *agentPage) shown() int {
	n, err := strconv.Atoi(p.query(eventsAtATime))
	if err != nil || n < momentsShown || n > eventsAtMost {
		return momentsShown
	}
	return n
}

// load asks for the agent as it is, or as it was at the time that the address says.
func (p *agentPage) load(events int) (err error) {
	code, text := p.r.PathValue("agent"), p.query("at")
	p.Then = Field{ID: "at", Name: "at", Label: p.T("agent.at"), Type: "datetime-local", Attr: map[string]string{}}
	if at, ok := p.readTime(text); ok {
		p.Then.Value = p.Input(at)
		if p.Agent, err = p.api.AgentAt(p.r.Context(), code, at, events); codeOf(err) != "invalid" {
			p.AsOf = at
			return err
		}
		p.Then.Problem = err.Error()
	} else if text != "" {
		p.Then.Problem = p.T("field.time.problem")
	}
	p.Agent, err = p.api.Agent(p.r.Context(), code, events)
	return err
}

// readTime reads a time from a page's address: one with a zone, or one as people write it in theirs.
func (p *agentPage) readTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, p.zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Now says whether the agent is shown as it is, so that it can be changed.
func (p *agentPage) Now() bool { return p.AsOf.IsZero() }

// Name is what the agent is called.
func (p *agentPage) Name() string {
	if name := p.CallOf(p.Agent.Profile); name != "" {
		return name
	}
	return p.T("agent.nameless", p.Agent.UserCode)
}

// tell makes the history that is shown.
func (p *agentPage) tell(shown int) {
	for _, e := range p.Agent.Events {
		if p.Only != "" && e.Service != p.Only {
			continue
		}
		if len(p.Story) == shown {
			p.Older = queryWith(p.r, eventsAtATime, strconv.Itoa(shown+momentsMore)) + "#history"
			return
		}
		p.Story = append(p.Story, p.Moment("", e))
	}
	if p.Only != "" && len(p.Agent.Events) == eventsLooked { // there may be more behind what was looked through
		p.Older = queryWith(p.r, eventsAtATime, strconv.Itoa(4*eventsLooked)) + "#history"
	}
}

// Tales are the services that the history can be narrowed to.
func (p *agentPage) Tales() (list []Option) {
	list = append(list, Option{Text: p.T("agent.history.all"), Value: queryWith(p.r, "only", "") + "#history", Chosen: p.Only == ""})
	for _, s := range p.Switches {
		list = append(list, Option{Text: s.Service.Code, Value: queryWith(p.r, "only", s.Service.Code) + "#history", Chosen: p.Only == s.Service.Code})
	}
	return list
}

// BackToNow is the address of the agent as it is.
func (p *agentPage) BackToNow() string { return queryWith(p.r, "at", "") }

// Points are the places of the agent, as the map takes them.
func (p *agentPage) Points() (list []mapPoint) {
	list = addPoint(list, p.Agent.LatLong, p.T("agent.place.trades"), "home")
	for _, s := range p.Switches {
		if a := s.Activation; a.LatLong != "" && a.LatLong != p.Agent.LatLong {
			list = addPoint(list, a.LatLong, p.T("agent.place.service", p.ServiceName(a.ServiceCode)), "")
		}
	}
	return list
}

// Erasable says whether the personal data can be erased.
func (p *agentPage) Erasable() bool { return p.Agent.Standing == "closed" && p.Agent.ErasedAt.IsZero() }

// Standings are those that the agent can be given, as a field has them.
func (p *agentPage) Standings() string {
	all := []string{"open", "suspended", "closed"}
	return "options=" + joinWords(slices.DeleteFunc(all, func(s string) bool { return s == p.Agent.Standing }))
}

// Blockable are what a block can be placed on: the agent, or one of its services.
func (p *agentPage) Blockable() []Option {
	options := []Option{{Text: p.T("block.whole")}}
	for _, s := range slices.Concat(p.Switches, p.Others) {
		options = append(options, serviceChoice(s.Service))
	}
	return options
}

// Preset is the service that the form for a block begins with.
func (p *agentPage) Preset() string { return "value=" + p.query("block") }

// AskedToBlock says whether somebody came to block a service.
func (p *agentPage) AskedToBlock() bool { return p.query("block") != "" }

// OtherFailed says whether a form of a service that the agent never had was refused.
func (p *agentPage) OtherFailed() bool {
	return slices.ContainsFunc(p.Others, func(s serviceSwitch) bool { return p.failedAt(s.Service.Code, "activate") })
}

// MoreFailed says whether one of the rarer forms of a service was refused.
func (p *agentPage) MoreFailed(service string) bool { return p.failedAt(service, "renew", "dates") }

func (p *agentPage) failedAt(service string, commands ...string) bool {
	return slices.ContainsFunc(commands, func(c string) bool {
		to, err := fill("POST /agents/{agent}/services/{service}/"+c, []string{p.Agent.UserCode, service})
		return err == nil && p.Failed(to)
	})
}

// question is what the page asks: may they, now, here? It begins with what is registered.
func (p *agentPage) question() question {
	first := ""
	if len(p.Agent.Devices) > 0 {
		first = p.Agent.Devices[0]
	}
	return p.ask(cmp.Or(p.query("service"), p.first()), p.Agent.LatLong, first)
}

// first is the service that one asks about unless one says: the first that runs.
func (p *agentPage) first() string {
	for _, s := range p.Switches {
		if s.On() {
			return s.Service.Code
		}
	}
	if all := slices.Concat(p.Switches, p.Others); len(all) > 0 {
		return all[0].Service.Code
	}
	return ""
}
