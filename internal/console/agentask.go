package console

import (
	"errors"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// question is "may they, now, here?" with its answer, which is asked anew whenever the page is.
type question struct {
	Service, Place, Device, At Field
	Asked                      bool
	Answer                     switchboard.Decision
	Problem                    string // why there is no answer
}

// ask makes the question of the page's address, with what is registered in the fields that it leaves out.
func (p *agentPage) ask(service, place, device string) question {
	q := question{Asked: p.r.URL.Query().Has("service")}
	if q.Asked {
		place, device = p.query("place"), p.query("device")
	}
	q.Service = p.Field("ask", "service", "ask.service", p.askable(), "value="+service)
	q.Place = p.Field("ask", "place", "ask.place", "value="+place, "hint=ask.place.hint", "max=60")
	q.Device = p.Field("ask", "device", "ask.device", "value="+device, "max=100", "list=ask-devices")
	q.At = p.Field("ask", "when", "ask.when", "type=datetime-local", "value="+p.query("when"), "hint=ask.when.hint")
	if q.Asked {
		p.answer(&q)
	}
	return q
}

func (p *agentPage) answer(q *question) {
	at, ok := p.readTime(q.At.Value)
	if !ok && q.At.Value != "" {
		q.At.Problem = p.T("field.time.problem")
		return
	}
	var err error
	q.Answer, err = p.decide(q, at)
	if f := (*switchboard.OperatorFault)(nil); errors.As(err, &f) {
		if !q.mark(f.Fields) {
			q.Problem = p.explain(err)
		}
	} else if err != nil {
		q.Problem = p.T("fault.internal")
	}
}

// mark says at the fields of the question what is wrong with them, and whether it could.
func (q *question) mark(faults []switchboard.FieldFault) (marked bool) {
	fields := map[string]*Field{"place": &q.Place, "device": &q.Device, "at": &q.At}
	for _, x := range faults {
		if f := fields[x.Field]; f != nil {
			f.Problem, marked = x.Problem, true
		}
	}
	return marked
}

func (p *agentPage) decide(q *question, at time.Time) (switchboard.Decision, error) {
	return p.api.Decide(p.r.Context(), switchboard.DecisionRequest{Agent: p.Agent.UserCode, Service: q.Service.Value, Place: q.Place.Value,
		Device: q.Device.Value, At: at})
}

// askable are the services that one can ask about.
func (p *agentPage) askable() (options []Option) {
	for _, s := range p.catalog {
		options = append(options, serviceChoice(s))
	}
	return options
}
