package main

import (
	"fmt"
	"strings"
)

// ask is a question that is posted as JSON. Path and body may hold agentHole, the body more than once.
type ask struct {
	Path   string
	Body   string
	Bearer string // a token; empty: signed as EPS does
	Nobody bool   // neither: whoever is asked asks nobody who they are
}

// decisionsPath is where decisions are asked for.
const decisionsPath = "/v1/decisions"

// sandboxSwitch is the token of the transaction switch that every sandbox has.
const sandboxSwitch = "sandbox-switch"

// decidedService is the service that decisions are about: every agent of the population has it on, and
// no load switches it off.
const decidedService = "53"

// decisionAsk is "may this agent run the service now?"; bearer is a token, or empty for a partner's
// signature.
func decisionAsk(bearer string) *ask {
	return &ask{Path: decisionsPath, Body: `{"agent":"` + agentHole + `","service":"` + decidedService + `"}`, Bearer: bearer}
}

// template writes the question out as a request.
func (a *ask) template(host string, keys partnerKeys) template {
	if a.Bearer == "" && !a.Nobody {
		return newTemplate("POST", host, a.Path, a.Body, keys)
	}
	authorization := ""
	if a.Bearer != "" {
		authorization = "Authorization: Bearer " + a.Bearer + "\r\n"
	}
	return findHoles(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\n%scontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s",
		a.Path, host, authorization, len(a.Body), a.Body))
}

// about gives the body of the question about one agent.
func (a *ask) about(code uint32) string {
	return strings.ReplaceAll(a.Body, agentHole, fmt.Sprint(code))
}

// newAsks asks one question about agents drawn as for enquiries.
func newAsks(s *loadSpec, pool *signaturePool) *enquiries {
	e := newEnquiries(s, pool)
	e.template = s.Ask.template(s.Addr, s.Keys)
	return e
}

// check names what is wrong with a question.
func (a *ask) check() error {
	if !strings.HasPrefix(a.Path, "/") || !strings.Contains(a.Path+a.Body, agentHole) || a.Bearer != "" && a.Nobody {
		return fmt.Errorf("question: want a path, a body about an agent, and one way to say who asks; have %+v", *a)
	}
	return nil
}
