package main

import (
	"encoding/json"
	"math"
)

// exactness is what is left out, in square degrees: triangles, and islands, but for the largest of each country and
// state.
type exactness struct{ triangle, island float64 }

// exact says how outlines are drawn: finely where states are.
func exact(detailed bool) exactness {
	if detailed {
		return exactness{triangle: 0.0009, island: 0.0015}
	}
	return exactness{triangle: 0.03, island: 0.08}
}

// step is the width of the grid that outlines are written in, in degrees.
const step = 0.008

// document is TopoJSON.
type document struct {
	Type      string                `json:"type"`
	Objects   map[string]collection `json:"objects"`
	Transform struct {
		Scale     [2]float64 `json:"scale"`
		Translate [2]float64 `json:"translate"`
	} `json:"transform"`
	Arcs [][][2]int `json:"arcs"`
}

type collection struct {
	Type       string     `json:"type"`
	Geometries []geometry `json:"geometries"`
}

type geometry struct {
	Type       string            `json:"type"`
	Arcs       [][]ring          `json:"arcs"`
	ID         string            `json:"id,omitempty"`
	Properties map[string]string `json:"properties"`
}

// outlines draws all countries, and the states of those that are detailed.
func outlines(areas []area) ([]byte, error) {
	t, lands := newTopology(areas), countries(areas)
	fine := map[string]bool{}
	for _, c := range lands {
		fine[c.code] = c.detailed
	}
	t.simplify(func(of int) bool { return fine[areas[of].country] })
	w := writer{topology: t, numbers: map[int]int{}}
	var nations, states collection
	for _, c := range lands {
		e := exact(c.detailed)
		nations.add(w.geometry(t.merge(c.areas, areas), e), c.code, map[string]string{"name": c.name})
		for _, i := range c.areas {
			if c.detailed && len(c.areas) > 1 {
				states.add(w.geometry(t.areas[i], e), "", map[string]string{"name": c.nameOf(areas, i), "country": c.code})
			}
		}
	}
	d := document{Type: "Topology", Objects: map[string]collection{"countries": nations, "states": states}, Arcs: w.arcs}
	d.Transform.Scale = [2]float64{step, step}
	return json.Marshal(d)
}

// simplify simplifies every arc, as finely as the finest of its areas demands.
func (t *topology) simplify(fine func(area int) bool) {
	for i := range t.arcs {
		a, detailed := &t.arcs[i], false
		for _, of := range a.of {
			detailed = detailed || fine(of)
		}
		a.points = simplify(a.points, exact(detailed).triangle)
	}
}

func (c *collection) add(arcs [][]ring, id string, properties map[string]string) {
	c.Type = "GeometryCollection"
	if len(arcs) > 0 {
		c.Geometries = append(c.Geometries, geometry{Type: "MultiPolygon", Arcs: arcs, ID: id, Properties: properties})
	}
}

// writer numbers the arcs that are used.
type writer struct {
	*topology
	numbers map[int]int
	arcs    [][][2]int
}

// geometry leaves out islands and holes that are too small, and numbers the arcs of the rest.
func (w *writer) geometry(polygons [][]ring, e exactness) (out [][]ring) {
	largest := 0.0
	for _, p := range polygons {
		largest = math.Max(largest, size(w.points(p[0])))
	}
	for _, p := range polygons {
		var rings []ring
		for i, r := range p {
			s := math.Abs(size(w.points(r)))
			if s >= e.island || i == 0 && s > 0 && s == largest {
				rings = append(rings, w.ring(r))
			} else if i == 0 {
				break // its holes go with it
			}
		}
		if rings != nil {
			out = append(out, rings)
		}
	}
	return out
}

func (w *writer) ring(r ring) (out ring) {
	for _, k := range r {
		if k >= 0 {
			out = append(out, w.arc(k))
		} else {
			out = append(out, ^w.arc(^k))
		}
	}
	return out
}

// arc gives the number of an arc in what is written: the differences from point to point.
func (w *writer) arc(i int) int {
	n, ok := w.numbers[i]
	if ok {
		return n
	}
	n = len(w.arcs)
	var line [][2]int
	var at [2]int
	for k, p := range w.topology.arcs[i].points {
		to := [2]int{grid(p.x), grid(p.y)}
		if k == 0 || to != at || len(line) == 1 && k == len(w.topology.arcs[i].points)-1 {
			line = append(line, [2]int{to[0] - at[0], to[1] - at[1]})
			at = to
		}
	}
	w.numbers[i], w.arcs = n, append(w.arcs, line)
	return n
}

func grid(units int32) int { return int(math.Round(float64(units) / unitsPerDegree / step)) }
