package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// topology is TopoJSON: arcs of quantised differences, and rings that name the arcs they are made of.
type topology struct {
	Transform struct {
		Scale, Translate place
	} `json:"transform"`
	Arcs    [][]place `json:"arcs"`
	Objects struct {
		Land struct {
			Geometries []struct {
				Type string    `json:"type"`
				Arcs [][][]int `json:"arcs"`
			} `json:"geometries"`
		} `json:"land"`
	} `json:"objects"`
}

// readLand gives the coasts of the world, the largest continents first, simplified. Lakes that the
// source has as holes stay holes.
func readLand(text []byte) ([]polygon, error) {
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, err
	}
	t.unpack()
	var land []polygon
	for _, g := range t.Objects.Land.Geometries {
		if g.Type != "MultiPolygon" {
			return nil, fmt.Errorf("land is a %s; want a MultiPolygon", g.Type)
		}
		for _, rings := range g.Arcs {
			halves, err := t.polygon(rings)
			if err != nil {
				return nil, err
			}
			land = append(land, halves...)
		}
	}
	if len(land) == 0 {
		return nil, errors.New("there is no land")
	}
	slices.SortStableFunc(land, func(a, b polygon) int { return b.points() - a.points() })
	return land, nil
}

// unpack makes degrees of the arcs' quantised differences.
func (t *topology) unpack() {
	for _, arc := range t.Arcs {
		var at place
		for i, step := range arc {
			for k := range at {
				at[k] += step[k]
				arc[i][k] = at[k]*t.Transform.Scale[k] + t.Transform.Translate[k]
			}
		}
	}
}

// polygon puts rings together and cuts them at the date line, which they may cross: into the part west
// of it and the part east of it, each of which may be nothing.
func (t *topology) polygon(rings [][]int) ([]polygon, error) {
	var west, east polygon
	for _, arcs := range rings {
		ring, err := t.ring(arcs)
		if err != nil {
			return nil, err
		}
		for turn := -1.0; turn <= 1; turn++ {
			part := clip(clip(shift(ring, 360*turn), 1), -1)
			switch {
			case len(part) < 4:
			case turn == 0:
				west = append(west, simplify(part))
			default:
				east = append(east, simplify(part))
			}
		}
	}
	return slices.DeleteFunc([]polygon{west, east}, func(p polygon) bool { return len(p) == 0 }), nil
}

// ring follows arcs, a negative one backwards, without a jump at the date line: its longitudes may
// leave ±180. One that goes around the South Pole is closed through it.
func (t *topology) ring(arcs []int) (ring []place, err error) {
	for _, i := range arcs {
		backwards := i < 0
		if backwards {
			i = ^i
		}
		if i >= len(t.Arcs) {
			return nil, fmt.Errorf("arc %d does not exist", i)
		}
		arc := slices.Clone(t.Arcs[i])
		if backwards {
			slices.Reverse(arc)
		}
		for _, p := range arc {
			if n := len(ring); n > 0 {
				p[0] = unwrap(ring[n-1][0], p[0])
			}
			ring = append(ring, p)
		}
	}
	if n := len(ring); n > 0 && ring[n-1] != ring[0] {
		ring = append(ring, place{ring[n-1][0], -90}, place{ring[0][0], -90}, ring[0])
	}
	return slices.Compact(ring), nil
}

// unwrap adds full turns to a longitude until it is the one next to another.
func unwrap(from, long float64) float64 {
	for long-from > 180 {
		long -= 360
	}
	for long-from < -180 {
		long += 360
	}
	return long
}

func shift(ring []place, degrees float64) []place {
	moved := slices.Clone(ring)
	for i := range moved {
		moved[i][0] += degrees
	}
	return moved
}

// clip cuts off what of a ring lies beyond the date line on one side: 1 for east, -1 for west.
func clip(ring []place, side float64) (rest []place) {
	beyond := func(p place) float64 { return p[0]*side - 180 }
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if beyond(a) <= 0 {
			rest = append(rest, a)
		}
		if beyond(a)*beyond(b) < 0 {
			t := beyond(a) / (beyond(a) - beyond(b))
			rest = append(rest, place{180 * side, a[1] + t*(b[1]-a[1])})
		}
	}
	if len(rest) > 0 {
		rest = append(rest, rest[0])
	}
	return rest
}

func (p polygon) points() (n int) {
	for _, ring := range p {
		n += len(ring)
	}
	return n
}
