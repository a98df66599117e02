package main

import (
	"errors"
	"fmt"
	"time"
)

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
	Change    bool   // switch a service on and off instead of reading
	Reference bool   // with Change: a fresh client_ref_id on every request
	StateFile string // with Change: what is on and off, read before and written after

	Want      string        // bytes every right answer holds
	CheckCode bool          // some answers are searched for the user code asked for
	Keys      partnerKeys   // to sign with
	Seed      uint64        // of the draw of agents
	ServerPID int           // whose use of the processor is reported; 0: nobody's
	Patience  time.Duration // how long the last answers are waited for; 0: 10 s
}

// check names what is wrong with a specification.
func (s *loadSpec) check() error {
	switch {
	case s.Conns < 1 || s.Conns > 4096:
		return fmt.Errorf("connections: want 1 to 4096, have %d", s.Conns)
	case s.Duration <= 0:
		return errors.New("duration: must be more than nothing")
	case s.Agents < s.Conns:
		return errors.New("agents: there must be at least one for each connection")
	case s.Hot < 0 || s.Hot > s.Agents:
		return errors.New("hot agents: there can not be more than agents")
	case s.Change && s.StateFile == "":
		return errors.New("state file: required for changes")
	}
	return nil
}

// loadResult is what the load process found.
type loadResult struct {
	Requests   uint64        // right answers in the counted time
	Errors     uint64        // wrong, missing or broken ones, at any time
	FirstError string        // what was wrong with the first of them
	Rate       float64       // right answers a second
	P50, P99   time.Duration // from the request's write to the answer's last byte
	ServerCPU  float64       // processors the server kept busy
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
