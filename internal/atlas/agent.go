package atlas

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// marks are what the map tells of an agent, or of one of its services: a set. That of what is not there is empty.
type marks uint8

const (
	isKnown marks = 1 << iota // there is such an agent, or it ever had the service
	isActivated
	isPending
	isDeactivated
	isWaiting // for a reviewer
	isOutside // of the fence of a service that is on
	isBlocked // by what stands against the agent; services and partners are looked up when somebody asks
	isPlaced  // its place is known
)

// entry is what is held of an agent.
type entry struct {
	code, partner string
	spot          spot
	whole         marks // of the agent: those of all its services
	services      []serviceMarks
	turn          time.Time // when a block begins or ends by itself, so that the marks change; zero: never
}

type serviceMarks struct {
	code  string
	marks marks
}

// describe says of an agent what is to be held.
func describe(rec *agent.Record, dir *store.Directory, now time.Time) entry {
	e := entry{code: rec.Agent.UserCode, partner: rec.Agent.PartnerID, whole: isKnown}
	place, placed := rec.Whereabouts()
	common := isKnown
	if placed {
		e.spot, common = spotOf(place), isKnown|isPlaced
	}
	for i := range rec.Activations {
		a := &rec.Activations[i]
		m := common | status(a.State)
		if svc := dir.ServiceAt(a.ServiceCode); svc != nil && placed && a.State.Status == agent.Activated && rec.Strays(svc, place) {
			m |= isOutside
		}
		if rec.Barred(a.ServiceCode, now) {
			m |= isBlocked
		}
		e.services, e.whole = append(e.services, serviceMarks{a.ServiceCode, m}), e.whole|m
	}
	e.whole |= common
	e.standing(rec, now)
	return e
}

// standing adds what stands against the agent itself, and against services that it never had.
func (e *entry) standing(rec *agent.Record, now time.Time) {
	if rec.Agent.Standing != agent.Open {
		e.whole |= isBlocked
	}
	for i := range rec.Blocks {
		b := &rec.Blocks[i]
		if b.Acts(now) {
			e.whole |= isBlocked
		}
		if t := b.Turn(now); !t.IsZero() && (e.turn.IsZero() || t.Before(e.turn)) {
			e.turn = t
		}
	}
}

func status(s agent.State) (m marks) {
	switch s.Status {
	case agent.Activated:
		m = isActivated
	case agent.Pending:
		m = isPending
	case agent.Deactivated:
		m = isDeactivated
	}
	if s.Waiting() {
		m |= isWaiting
	}
	return m
}
