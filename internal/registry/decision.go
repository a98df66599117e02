package registry

import (
	"context"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/geo"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Asker is who asks for decisions: a partner about its own agents, a switch or an operator about all.
type Asker struct {
	Holder access.Holder
	ID     string    // of the partner or the switch, or the operator's name
	At     time.Time // when the request began
	On     *Footing  // that let the asker in; nil for one who was let in by the directory of a moment after At

	ahead *ahead // what ReadAhead read
}

// ahead is the state of agents about whom many questions are asked at once.
type ahead struct {
	records map[string]*store.Record // nil for one who is not there
	dir     *store.Directory
}

// partnerID is whose agents alone may be asked about, "" for all.
func (a Asker) partnerID() string {
	if a.Holder == access.HolderPartner {
		return a.ID
	}
	return ""
}

// Ask asks whether an agent may use a service.
type Ask struct {
	Agent, Service string
	At             time.Time // when it is to happen; zero for now
	Place          string    // where, as latitude,longitude; "" when nobody said
	Device         string    // from which device; "" when nobody said

	point   geo.Point // Place
	checked bool
}

// The bounds of what can be asked.
const (
	maxAskedCode  = 64              // bytes of a code; one that no agent or service can have is merely unknown
	maxAskedPlace = 64              // bytes
	maxAskedPast  = 5 * time.Minute // how far a clock may be behind ours
	maxAskedYear  = 9999            // later ones have no spelling
)

// Check looks for what is wrong with the question itself, at a time. Names of fields get a prefix.
func (a *Ask) Check(now time.Time, prefix string, bad *fault.Fields) {
	n := len(*bad)
	checkCode(prefix+"agent", a.Agent, bad)
	checkCode(prefix+"service", a.Service, bad)
	switch {
	case a.At.IsZero():
	case now.Sub(a.At) > maxAskedPast:
		bad.Add(prefix+"at", "is more than %d minutes ago: what held at a time that has passed is in the agent's history as of that time", int(maxAskedPast.Minutes()))
	case a.At.Year() > maxAskedYear:
		bad.Add(prefix+"at", "must be before the year %d in UTC", maxAskedYear+1)
	}
	ok := true
	if a.Place != "" {
		a.point, ok = geo.ParsePoint(a.Place)
	}
	if !ok || len(a.Place) > maxAskedPlace {
		bad.Add(prefix+"place", "must be latitude,longitude in decimal degrees, like 28.6139,77.2090")
	}
	if a.Device != "" && !agent.ValidDevice(a.Device) {
		bad.Add(prefix+"device", "must be 1 to 64 letters, digits, dashes, dots, colons or underscores")
	}
	a.checked = len(*bad) == n
}

func checkCode(name, code string, bad *fault.Fields) {
	switch {
	case code == "":
		bad.Add(name, "is required")
	case len(code) > maxAskedCode:
		bad.Add(name, "must be at most %d bytes", maxAskedCode)
	}
}

// Verdict is the answer to an Ask.
type Verdict struct {
	Allowed bool
	Reasons []agent.Reason // all that stand against it
	Version uint64         // of the agent's history on which it was decided; 0 when the agent is unknown
}

// Decide says whether an agent may use a service. What is unknown is denied, with that as the reason. A
// time that has passed by a little counts as now.
//
// The answer is never stale: the clock was read when the request began (by.At), and the state is read here,
// so that every change that was answered before the request began is seen, and what begins at a time
// is measured by a clock not later than the state.
//
// Faults: Invalid; Unavailable and Internal when the state cannot be read: then nothing is allowed.
func (r *Registry) Decide(ctx context.Context, by Asker, ask *Ask) (v Verdict, err error) {
	if !ask.checked {
		var bad fault.Fields
		if ask.Check(by.At, "", &bad); len(bad) > 0 {
			return v, bad.Err()
		}
	}
	if p, ok := r.store.Permit(ask.Agent, ask.Service); ok && by.On.given() && (by.partnerID() == "" || by.partnerID() == p.PartnerID) {
		r.noteUse(by, ask)
		return Verdict{Allowed: true, Version: p.Version}, nil
	}
	rec, dir, err := r.stateFor(ctx, by, ask.Agent)
	if err != nil {
		return v, err
	}
	if rec != nil {
		v.Version = rec.Agent.Head.Version // in brief, that of the whole record
	}
	v.Reasons = decide(rec, dir, ask, by.At)
	if v.Allowed = len(v.Reasons) == 0; v.Allowed {
		r.noteUse(by, ask)
	}
	return v, nil
}

// uses says whether an allowed question counts as a use: asked by who runs the service, and for about now.
func (a Asker) uses(ask *Ask) bool {
	return a.Holder != access.HolderOperator && (ask.At.IsZero() || ask.At.Sub(a.At) <= maxAskedPast)
}

// decide gives every reason against a use. rec is nil for an agent that is not known.
func decide(rec *store.Record, dir *store.Directory, ask *Ask, now time.Time) []agent.Reason {
	svc, known := dir.Service(ask.Service)
	if known && rec != nil {
		return rec.Decide(&svc, dir.BlocksOnService(svc.Code), dir.BlocksOnPartner(rec.Agent.PartnerID), ask.question(now))
	}
	var reasons []agent.Reason
	if rec == nil {
		reasons = append(reasons, agent.Reason{Code: agent.UnknownAgent})
	}
	if !known {
		reasons = append(reasons, agent.Reason{Code: agent.UnknownService})
	}
	if rec == nil {
		return reasons
	}
	// What stands against every service of the agent; that this one was never activated goes without saying.
	svc.Code = ask.Service
	all := rec.Decide(&svc, nil, dir.BlocksOnPartner(rec.Agent.PartnerID), ask.question(now))
	return append(reasons, slices.DeleteFunc(all, func(x agent.Reason) bool { return x.Code == agent.NotActivated })...)
}

// stateFor is oneState for an asker, who may have had it read ahead.
func (r *Registry) stateFor(ctx context.Context, by Asker, userCode string) (*store.Record, *store.Directory, error) {
	if by.ahead != nil {
		if rec, ok := by.ahead.records[userCode]; ok {
			return ofPartner(rec, by.partnerID()), by.ahead.dir, nil
		}
	}
	return r.oneState(ctx, by.On, by.partnerID(), userCode)
}

// ReadAhead reads the agents of many questions together. The asker that it gives is to ask them, at once. It does
// nothing where they are in memory anyway.
func (r *Registry) ReadAhead(ctx context.Context, by Asker, asks []Ask) (Asker, error) {
	if !r.Lightly() {
		return by, nil
	}
	codes := make([]string, 0, len(asks))
	for i := range asks {
		if asks[i].checked {
			codes = append(codes, asks[i].Agent)
		}
	}
	if slices.Sort(codes); len(codes) == 0 {
		return by, nil
	}
	codes = slices.Compact(codes)
	list, dir, err := r.store.States(ctx, codes)
	if err == nil {
		err = by.On.under(dir)
	}
	if err != nil {
		return by, err
	}
	by.ahead = &ahead{dir: dir, records: make(map[string]*store.Record, len(codes))}
	for i, code := range codes {
		by.ahead.records[code] = list[i]
	}
	return by, nil
}

// question is what the domain is asked. A time before now counts as now, or what was stopped meanwhile
// would be missed.
func (a *Ask) question(now time.Time) agent.Question {
	q := agent.Question{At: now, Device: a.Device}
	if a.At.After(now) {
		q.At = a.At
	}
	if a.Place != "" {
		q.Place = &a.point
	}
	return q
}
