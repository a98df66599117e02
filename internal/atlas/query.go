package atlas

import (
	"math"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// Query says what to show of the map.
type Query struct {
	South, West, North, East float64 // degrees; a part that crosses the date line has its west east of its east, or goes beyond 180°
	Zoom                     int     // as the map in a browser counts: at 0 the world is 256 pixels wide
	Service                  string  // service code; "" for agents, whatever they may run
	State                    State   // "" for any
	Outside                  bool    // only those outside the fence of a service that is on
}

// State is what the agents shown have in common.
type State string

// The states. That of an activation is one of the service that is asked for, or of any.
const (
	Activated   State = "activated"
	Pending     State = "pending"
	Deactivated State = "deactivated"
	Blocked     State = "blocked" // a block acts, or the agent is suspended or closed
)

// States gives every state there is.
func States() []State { return []State{Activated, Pending, Deactivated, Blocked} }

// MaxZoom is the closest look there is: a street.
const MaxZoom = 18

// World is a look at everything.
func World() Query { return Query{South: -90, West: -180, North: 90, East: 180} }

// check adds every field that is wrong.
func (q *Query) check(bad *fault.Fields) {
	degrees := func(name string, v, limit float64) {
		if !(v >= -limit && v <= limit) { // NaN is not
			bad.Add(name, "must be degrees from %g to %g", -limit, limit)
		}
	}
	degrees("south", q.South, 90)
	degrees("north", q.North, 90)
	degrees("west", q.West, 540)
	degrees("east", q.East, 540)
	if q.South > q.North {
		bad.Add("south", "must not be north of north")
	}
	if q.Zoom < 0 || q.Zoom > MaxZoom {
		bad.Add("zoom", "must be a number from 0 to %d", MaxZoom)
	}
	if q.State != "" && q.State.marks() == 0 {
		bad.Add("state", "must be %s", oneOf(States()))
	}
	if q.Service != "" && !agent.ValidCode(q.Service) {
		bad.Add("service", "must be a service code")
	}
}

func oneOf(states []State) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (s State) marks() marks {
	return map[State]marks{Activated: isActivated, Pending: isPending, Deactivated: isDeactivated, Blocked: isBlocked}[s]
}

// wanted are the marks that everybody shown has.
func (q *Query) wanted() marks {
	m := isKnown | q.State.marks()
	if q.Outside {
		m |= isOutside
	}
	return m
}

// frame is a part of the map: from its north-western spot so far to the east and to the south.
type frame struct {
	from          spot
	width, height uint32
}

func (q *Query) frame() frame {
	north, south := row(q.North), row(q.South)
	f := frame{from: spot{y: north}, width: mostEast, height: south - north}
	if width := q.East - q.West; width < 0 || width < 360 {
		west, east := spotOf(geo.Point{Long: turned(q.West)}), spotOf(geo.Point{Long: turned(q.East)})
		f.from.x, f.width = west.x, east.x-west.x
	}
	return f
}

// turned is a longitude brought to -180 to 180.
func turned(long float64) float64 {
	if long >= -180 && long <= 180 {
		return long
	}
	return math.Mod(math.Mod(long+180, 360)+360, 360) - 180
}

func (f frame) has(s spot) bool { return s.x-f.from.x <= f.width && s.y-f.from.y <= f.height }
