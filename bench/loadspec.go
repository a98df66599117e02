package main

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxConns is the most connections of one load.
const maxConns = 4096

// loadSpec says what load to put on a server. It travels to the load process as JSON.
type loadSpec struct {
	Addr     string
	Prefix   string // of the path, as /ekoapi/v3; may be empty
	Conns    int
	Warmup   time.Duration // answered but not counted
	Duration time.Duration // counted
	Requests int           // stop sending after so many; 0: no limit
	Agents   int           // size of the population

	Hot       int    // read only so many agents, spread over the population; 0: all
	Ask       *ask   // ask this instead of reading
	Change    bool   // switch a service on and off instead of reading
	Reference bool   // with Change: a fresh client_ref_id on every request
	StateFile string // with Change: what is on and off, read before and written after
	First     int    // with Change: the first agent that it changes
	Span      int    // with Change: how many it changes from there on; 0: all

	// Of a load on the mobile banking API. Without Actions it is on the API for agents.
	Actions []string // CHECK_USER alone, or such as take a PIN, in turn
	Members int      // size of their population; Hot is about it
	PINs    int      // of actions that take one: so many members have a PIN, spread over the population
	Away    string   // an answer that says 503 and holds these bytes tells to come again, and is right too; empty: none is

	Every     time.Duration // so often each connection sends, whether or not answers come late; 0: when the last one is there
	Want      string        // bytes every right answer holds
	CheckCode bool          // some answers are searched for the user code asked for
	Keys      partnerKeys   // to sign with
	Seed      uint64        // of the draw of agents
	ServerPID int           // whose use of the processor is reported; 0: nobody's
	ServedBy  int           // whose, with its children's, is reported besides: the database's; 0: there is none
	Patience  time.Duration // how long the last answers are waited for; 0: 10 s
}

// check names what is wrong with a specification.
func (s *loadSpec) check() error {
	switch {
	case s.Conns < 1 || s.Conns > maxConns:
		return fmt.Errorf("connections: want 1 to %d, have %d", maxConns, s.Conns)
	case s.Duration <= 0:
		return errors.New("duration: must be more than nothing")
	case len(s.Actions) > 0:
		return s.checkMobile()
	case s.Agents < s.Conns:
		return errors.New("agents: there must be at least one for each connection")
	case s.Hot < 0 || s.Hot > s.Agents:
		return errors.New("hot agents: there can not be more than agents")
	case s.Change && s.StateFile == "":
		return errors.New("state file: required for changes")
	case s.Change && (s.First < 0 || s.First+s.Span > s.Agents || s.Span > 0 && s.Span < s.Conns):
		return errors.New("changed agents: there must be at least one for each connection")
	case s.Ask != nil:
		return s.Ask.check()
	}
	return nil
}

// checkMobile is check for a load on the mobile banking API.
func (s *loadSpec) checkMobile() error {
	withPIN := !slices.Contains(s.Actions, checkUser)
	switch {
	case s.Members < 1 || s.Hot < 0 || s.Hot > s.Members:
		return errors.New("members: there must be some, and not fewer than are hot")
	case !withPIN && (len(s.Actions) > 1 || s.PINs > 0):
		return errors.New("actions: " + checkUser + " is asked alone, and takes no PIN")
	case withPIN && (s.PINs < s.Conns || s.PINs > s.Members):
		return errors.New("PINs: want at least one member with a PIN for each connection")
	}
	return nil
}

// loadResult is what the load process found.
type loadResult struct {
	Requests   uint64        // right answers in the counted time
	Answered   uint64        // right answers at any time
	Away       uint64        // answers in that time that tell to come again
	Errors     uint64        // wrong, missing or broken ones, at any time
	FirstError string        // what was wrong with the first of them
	Rate       float64       // right answers a second
	AwayRate   float64       // answers a second that tell to come again
	P50, P99   time.Duration // from the request's write, or when it was due, to the answer's last byte
	AwayP99    time.Duration // the same of answers that tell to come again
	ServerCPU  float64       // processors the server kept busy
	BehindCPU  float64       // processors the database behind it kept busy, if it is another process
	LoadCPU    float64       // processors the load kept busy
}

// healthy reports whether a result may stand for a measurement.
func (r *loadResult) healthy() error {
	if r.Errors > 0 {
		return fmt.Errorf("%d requests failed, the first: %s", r.Errors, r.FirstError)
	}
	if r.Requests == 0 {
		return errors.New("no request was answered")
	}
	return nil
}
