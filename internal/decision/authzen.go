package decision

import (
	"net/http"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// What our agents, services and their use are called in AuthZEN (Authorization API 1.0).
const (
	subjectType  = "agent"
	resourceType = "service"
	actionName   = "transact"
)

// evaluate is POST /access/v1/evaluation.
func evaluate(c *call) error {
	var e evaluation
	if err := c.scanBody(&e, nil); err != nil {
		return err
	}
	return c.evaluateOne(&e)
}

// evaluateOne answers the one evaluation of a request.
func (c *call) evaluateOne(e *evaluation) error {
	stranger := e.read(&c.ask, c.now, &c.bad)
	if err := c.bad.Err(); err != nil {
		return err
	}
	_, err := c.evaluate(&c.ask, stranger)
	return err
}

// evaluate appends the answer to one question, and says whether it was a yes.
func (c *call) evaluate(ask *registry.Ask, stranger string) (yes bool, err error) {
	if stranger != "" {
		c.out = appendNo(c.out, http.StatusNotFound, stranger)
		return false, nil
	}
	v, err := c.decide(ask)
	if err != nil {
		return false, err
	}
	c.out = strconv.AppendBool(append(c.out, `{"decision":`...), v.Allowed)
	c.out = append(c.out, `,"context":{`...)
	c.out = append(appendGrounds(c.out, c.h.reg, c.by, ask, &v), "}}"...)
	return v.Allowed, nil
}

// appendNo appends the answer to an evaluation that nothing can be decided on.
func appendNo(b []byte, status int, message string) []byte {
	b = strconv.AppendInt(append(b, `{"decision":false,"context":{"error":{"status":`...), int64(status), 10)
	return append(jsontext.AppendString(append(b, `,"message":`...), message), "}}}"...)
}

// The ways to go through many evaluations.
const (
	executeAll          = "execute_all"
	denyOnFirstDeny     = "deny_on_first_deny"
	permitOnFirstPermit = "permit_on_first_permit"
)

// evaluateMany is POST /access/v1/evaluations. Without any, what stands beside them is evaluated alone.
func evaluateMany(c *call) error {
	var m evaluations
	if err := c.scanBody(&m.defaults, &m); err != nil {
		return err
	}
	if len(m.list) == 0 {
		return c.evaluateOne(&m.defaults)
	}
	if err := m.defaults.wrong.Err(); err != nil {
		return err
	}
	asked, asks := m.read(c.now)
	var err error
	if c.by, err = c.h.reg.ReadAhead(c.ctx(), c.by, asks); err != nil {
		return err
	}
	c.out = append(c.out, `{"evaluations":[`...)
	for i := range asks {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		yes, err := c.evaluateNth(&asks[i], &asked[i])
		if err != nil {
			return err
		}
		if yes && m.semantic == permitOnFirstPermit || !yes && m.semantic == denyOnFirstDeny {
			break
		}
	}
	c.out = append(c.out, "]}"...)
	return nil
}

// asked is what was found of one evaluation of many besides its question.
type asked struct {
	stranger string
	bad      fault.Fields
}

// read makes the questions for the registry.
func (m *evaluations) read(now time.Time) ([]asked, []registry.Ask) {
	list, asks := make([]asked, len(m.list)), make([]registry.Ask, len(m.list))
	for i := range m.list {
		e := &m.list[i]
		e.inherit(&m.defaults)
		list[i].stranger = e.read(&asks[i], now, &list[i].bad)
	}
	return list, asks
}

// evaluateNth answers one evaluation of many. What is wrong with it concerns it alone.
func (c *call) evaluateNth(ask *registry.Ask, a *asked) (yes bool, err error) {
	if len(a.bad) > 0 {
		c.out = appendNo(c.out, http.StatusBadRequest, fault.As(a.bad.Err()).Message)
		return false, nil
	}
	return c.evaluate(ask, a.stranger)
}

// configuration is GET /.well-known/authzen-configuration. It speaks of the address it was asked at.
func configuration(c *call) error {
	base := c.h.cfg.Origin.Scheme(c.r) + "://" + c.r.Host
	c.out = jsontext.AppendString(append(c.out, `{"policy_decision_point":`...), base)
	c.out = jsontext.AppendString(append(c.out, `,"access_evaluation_endpoint":`...), base+pathEvaluate)
	c.out = jsontext.AppendString(append(c.out, `,"access_evaluations_endpoint":`...), base+pathEvaluateMany)
	c.out = append(c.out, '}')
	return nil
}
