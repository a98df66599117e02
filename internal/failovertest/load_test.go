package failovertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// How many call at the same time: each changer has an agent of its own, and each asker asks about one.
const (
	changers = 8
	askers   = 4
)

// serviceCode is what is switched on and off.
const serviceCode = "45"

// The client's side of a call.
const (
	answerAtMost = 15 * time.Second       // then it is given up, and its end is not known
	pause        = 50 * time.Millisecond  // before the next one
	tryAgain     = 200 * time.Millisecond // before the same one
)

// change is a call that switches a service, from before it was sent first until its answer was read.
type change struct {
	reference       string
	on              bool
	began, answered time.Time
	unknown         bool // it was sent again because its end was not known
}

// decision is what somebody was told about an agent.
type decision struct {
	Agent           int
	Allowed         bool
	Began, Answered time.Time
}

// failure is a call without an answer that counts.
type failure struct {
	at, until time.Time
	what      string
}

// agent is changed by one changer alone, so that what it must be is known.
type agent struct {
	code string

	mu      sync.Mutex
	changes []change
}

// load is everything that is called, and what came back.
type load struct {
	agents []*agent
	client *switchboard.Client
	sw     *switchboard.Switch
	out    *http.Transport

	mu        sync.Mutex
	decisions []decision
	failures  map[string][]failure // by kind of call
}

// newLoad onboards the agents.
func newLoad(t *testing.T, s *apptest.Process) *load {
	t.Helper()
	out := &http.Transport{MaxIdleConnsPerHost: changers + askers}
	own, url := switchboard.WithHTTPClient(&http.Client{Timeout: answerAtMost, Transport: out}), "http://"+s.At.Partners
	l := &load{out: out, sw: switchboard.NewSwitch(url, sandbox.SwitchToken, own), failures: map[string][]failure{},
		client: switchboard.NewClient(url, switchboard.Credentials{DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey, InitiatorID: sandbox.InitiatorID}, own)}
	for i := range changers {
		o, err := l.client.OnboardAgent(t.Context(), switchboard.Profile{PAN: "ABCDE1234F", Mobile: "900000000" + strconv.Itoa(i), FirstName: "Asha", LastName: "Rao",
			Email: "asha@example.com", DOB: "1990-01-31", ShopName: "Rao Stores", Address: switchboard.Address{Line: "1 Main Road", City: "Pune"}}, "")
		if err != nil {
			t.Fatal(err)
		}
		l.agents = append(l.agents, &agent{code: o.UserCode})
	}
	return l
}

// run calls until ctx ends; a change that was begun is brought to its answer.
func (l *load) run(ctx context.Context) (wait func()) {
	var g sync.WaitGroup
	for _, a := range l.agents {
		g.Go(func() {
			for ctx.Err() == nil {
				l.change(a)
				time.Sleep(pause)
			}
		})
	}
	for i := range askers {
		g.Go(func() {
			for ctx.Err() == nil {
				l.ask(i)
				time.Sleep(pause / 5)
			}
		})
	}
	return func() {
		g.Wait()
		l.out.CloseIdleConnections()
	}
}

// change makes the next change of an agent, and sends it again under its name until it is answered.
func (l *load) change(a *agent) {
	ctx := context.Background()
	n := len(a.changes) // nobody else adds to them
	c := change{reference: fmt.Sprintf("failover-%s-%d", a.code, n), on: n%2 == 0, began: time.Now()}
	a.mu.Lock()
	a.changes = append(a.changes, c)
	a.mu.Unlock()
	for sent := time.Now(); ; sent = time.Now() {
		var err error
		if c.on {
			_, err = l.client.ActivateService(ctx, a.code, serviceCode, switchboard.ActivateOptions{Reference: c.reference})
		} else {
			_, err = l.client.DeactivateService(ctx, a.code, serviceCode, c.reference)
		}
		if err == nil {
			break
		}
		c.unknown = true
		l.failed("change", sent, err)
		time.Sleep(tryAgain)
	}
	c.answered = time.Now()
	a.mu.Lock()
	a.changes[n] = c
	a.mu.Unlock()
}

// ask asks once for a decision.
func (l *load) ask(i int) {
	ctx, cancel := context.WithTimeout(context.Background(), answerAtMost)
	defer cancel()
	began := time.Now()
	d, err := l.sw.Decide(ctx, switchboard.DecisionRequest{Agent: l.agents[i].code, Service: serviceCode})
	if err != nil {
		l.failed("decision", began, err)
		time.Sleep(tryAgain)
		return
	}
	l.decided(decision{i, d.Allowed, began, time.Now()})
}

func (l *load) decided(d decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decisions = append(l.decisions, d)
}

func (l *load) failed(kind string, at time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[kind] = append(l.failures[kind], failure{at, time.Now(), describe(err)})
}

// describe sorts failures: by status and message where there is an answer.
func describe(err error) string {
	var e *switchboard.Error
	var a *switchboard.APIError
	switch {
	case errors.As(err, &e):
		return fmt.Sprintf("%d %s", e.HTTPStatus, e.Message)
	case errors.As(err, &a):
		return fmt.Sprintf("%d %s", a.HTTPStatus, a.Message)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return "no answer: " + err.Error()
}
