package agent

import (
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// Question asks whether an agent may use a service now.
type Question struct {
	At     time.Time  // when it is to happen; never before now, or what was stopped meanwhile would be missed
	Place  *geo.Point // where; nil when nobody said
	Device string     // from which device; "" when nobody said
}

// Decide says whether the agent may use a service: it may when there is no reason against it. Every reason
// there is is given. onService and onPartner are the open blocks on the whole service and on the agent's
// partner.
//
// svc must be of the catalogue, removed or not.
func (r *Record) Decide(svc *Service, onService, onPartner []block.Block, q Question) (reasons []Reason) {
	a := r.activation(svc.Code)
	if r.Agent.Standing != Open {
		reasons = append(reasons, r.standingReason())
	}
	for _, list := range [...][]block.Block{r.Blocks, onService, onPartner} {
		for i := range list {
			if b := &list[i]; b.Refuses(svc.Code, q.At) {
				reasons = append(reasons, blockReason(b))
			}
		}
	}
	if svc.Removed {
		reasons = append(reasons, Reason{Code: ServiceRemoved, Since: svc.UpdatedAt})
	}
	if a == nil {
		reasons = append(reasons, Reason{Code: NotActivated})
	} else {
		reasons = a.decide(reasons, svc, q.At)
	}
	if r.Agent.Devices != "" && !r.Agent.Devices.Has(q.Device) {
		reasons = append(reasons, deviceReason(q.Device))
	}
	if svc.Fence.Demanded() {
		reasons = r.fence(reasons, svc.Fence, a, q.Place)
	}
	return reasons
}

// Unconditional says that the agent may use a service whenever, wherever and from whichever device: no date,
// block, fence or device has a say, today or later. Then Decide has no reason against any question.
func (r *Record) Unconditional(svc *Service, onService, onPartner []block.Block) bool {
	a := r.activation(svc.Code)
	return a != nil && len(r.Blocks)+len(onService)+len(onPartner) == 0 && r.Agent.Devices == "" &&
		svc.Unconditional(r.Agent.Standing, a.State, a.Dates)
}

// Unconditional is that of a Record, of an agent without blocks and devices of its own: of its standing and its
// activation of the service.
func (s *Service) Unconditional(standing Standing, state State, dates Dates) bool {
	return standing == Open && !s.Removed && !s.Fence.Demanded() && dates == Dates{} && state.MayTransact(s.Review)
}

// Barred says whether a service of the agent is stopped at a time by what stands against the agent itself: its
// standing, or a block on it or on its activation. For blocks on the service and the partner see Decide.
func (r *Record) Barred(serviceCode string, at time.Time) bool {
	barred := r.Agent.Standing != Open
	for i := range r.Blocks {
		barred = barred || r.Blocks[i].Refuses(serviceCode, at)
	}
	return barred
}

// activation finds the agent's activation of a service; nil when there never was one.
func (r *Record) activation(serviceCode string) *Activation {
	i := r.ActivationIndex(serviceCode)
	if i < 0 || r.Activations[i].State == Absent {
		return nil
	}
	return &r.Activations[i]
}

// decide adds what the activation itself has against its use.
func (a *Activation) decide(reasons []Reason, svc *Service, at time.Time) []Reason {
	if !a.State.MayTransact(svc.Review) {
		reasons = append(reasons, Reason{Code: stateCode(a.State), Since: a.changed()})
	}
	if !a.Dates.From.IsZero() && at.Before(a.Dates.From) {
		reasons = append(reasons, Reason{Code: NotYet, Since: a.changed(), Until: a.Dates.From})
	}
	if !a.Dates.Until.IsZero() && !at.Before(a.Dates.Until) {
		reasons = append(reasons, Reason{Code: NoLonger, Since: a.Dates.Until})
	}
	if !a.Dates.VerifyBy.IsZero() && !at.Before(a.Dates.VerifyBy) {
		reasons = append(reasons, Reason{Code: VerificationDue, Since: a.Dates.VerifyBy})
	}
	return reasons
}

// changed is when the activation came to be what it is.
func (a *Activation) changed() time.Time {
	if a.UpdatedAt.IsZero() {
		return a.CreatedAt
	}
	return a.UpdatedAt
}

// stateCode names what a state that may not transact lacks.
func stateCode(s State) ReasonCode {
	switch {
	case s.Verification == Rejected:
		return WasRejected
	case s.Status == Pending:
		return AwaitsReview
	case s.Status == Activated:
		return AwaitsReview
	}
	return WasDeactivated
}

// fence adds what the place has against the use.
func (r *Record) fence(reasons []Reason, f Fence, a *Activation, place *geo.Point) []Reason {
	if place == nil {
		return append(reasons, Reason{Code: PlaceRequired})
	}
	if f.Distance > 0 {
		home, ok := r.place(a)
		if !ok {
			reasons = append(reasons, Reason{Code: PlaceUnregistered})
		} else if d := geo.Distance(home, *place); d > float64(f.Distance) {
			reasons = append(reasons, Reason{Code: PlaceTooFar, Metres: d, Limit: f.Distance})
		}
	}
	if f.Country != "" {
		off, known := geo.Outside(f.Country, *place)
		if !known || off > float64(f.Tolerance) { // a country without an outline lets nobody in
			reasons = append(reasons, Reason{Code: PlaceOutside, Metres: off, Limit: f.Tolerance, Country: f.Country})
		}
	}
	return reasons
}

// Strays says whether a place is outside the fence of a service for this agent: too far away, or outside the country.
// Where there is nothing to compare it with, it is not.
func (r *Record) Strays(svc *Service, place geo.Point) bool {
	for _, reason := range r.fence(nil, svc.Fence, r.activation(svc.Code), &place) {
		if reason.Code == PlaceTooFar || reason.Code == PlaceOutside {
			return true
		}
	}
	return false
}

// Whereabouts is where the agent is, as far as anybody knows: where it trades, or else where it stood when the first of
// its services was activated that has a place.
func (r *Record) Whereabouts() (p geo.Point, known bool) {
	if p, known = geo.ParsePoint(r.Agent.LatLong); known {
		return p, true
	}
	for i := range r.Activations {
		if p, known = geo.ParsePoint(r.Activations[i].LatLong); known {
			return p, true
		}
	}
	return p, false
}

// place is the registered place: where the service was activated, or else where the agent trades.
func (r *Record) place(a *Activation) (geo.Point, bool) {
	if a != nil && a.LatLong != "" {
		return geo.ParsePoint(a.LatLong)
	}
	return geo.ParsePoint(r.Agent.LatLong)
}
