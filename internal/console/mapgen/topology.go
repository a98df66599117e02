package main

import "slices"

// arc is a line that rings have in common from one junction to the next, so that it is kept, and simplified, once.
type arc struct {
	points []point
	of     []int // the areas that have it on their edge: one at a coast, else two
}

// ring is the arcs that make one, ^i being arc i backwards.
type ring []int

// topology is areas as the arcs that they are made of.
type topology struct {
	arcs  []arc
	areas [][][]ring // of each area, its polygons

	known map[string]int // arcs by their points
}

// newTopology finds out which lines areas have in common.
func newTopology(areas []area) *topology {
	t := &topology{known: map[string]int{}}
	junction := junctions(areas)
	for i := range areas {
		var polygons [][]ring
		for _, rings := range areas[i].polygons {
			var polygon []ring
			for _, r := range rings {
				polygon = append(polygon, t.cut(r, junction, i))
			}
			polygons = append(polygons, polygon)
		}
		t.areas = append(t.areas, polygons)
	}
	return t
}

// junctions are the points at which lines meet or part: those whose neighbours are not the same in every ring.
func junctions(areas []area) map[point]bool {
	type pair struct{ a, b point }
	seen, list := map[point]pair{}, map[point]bool{}
	for i := range areas {
		for _, rings := range areas[i].polygons {
			for _, r := range rings {
				for k, p := range r {
					a, b := r[(k+len(r)-1)%len(r)], r[(k+1)%len(r)]
					if less(b, a) {
						a, b = b, a
					}
					if was, ok := seen[p]; ok && was != (pair{a, b}) {
						list[p] = true
					}
					seen[p] = pair{a, b}
				}
			}
		}
	}
	return list
}

func less(p, q point) bool { return p.x < q.x || p.x == q.x && p.y < q.y }

// cut cuts a ring of an area at its junctions. One without any begins at its first point in order.
func (t *topology) cut(r []point, junction map[point]bool, of int) (out ring) {
	begin := slices.IndexFunc(r, func(p point) bool { return junction[p] })
	if begin < 0 {
		begin = 0
		for i, p := range r {
			if less(p, r[begin]) {
				begin = i
			}
		}
	}
	line := []point{r[begin]}
	for i := 1; i <= len(r); i++ {
		p := r[(begin+i)%len(r)]
		line = append(line, p)
		if junction[p] || i == len(r) {
			out = append(out, t.arc(line, of))
			line = []point{p}
		}
	}
	return out
}

// arc gives the number of a line, which may be known the other way round.
func (t *topology) arc(line []point, of int) int {
	back := slices.Clone(line)
	slices.Reverse(back)
	if i, ok := t.known[spelt(back)]; ok {
		t.arcs[i].of = append(t.arcs[i].of, of)
		return ^i
	}
	i, ok := t.known[spelt(line)]
	if !ok {
		i = len(t.arcs)
		t.known[spelt(line)], t.arcs = i, append(t.arcs, arc{points: line})
	}
	t.arcs[i].of = append(t.arcs[i].of, of)
	return i
}

func spelt(line []point) string {
	b := make([]byte, 0, 8*len(line))
	for _, p := range line {
		b = append(b, byte(p.x), byte(p.x>>8), byte(p.x>>16), byte(p.x>>24), byte(p.y), byte(p.y>>8), byte(p.y>>16), byte(p.y>>24))
	}
	return string(b)
}

// points gives the points of a ring, without its last one, which is its first.
func (t *topology) points(r ring) (list []point) {
	for _, i := range r {
		line := t.line(i)
		list = append(list, line[:len(line)-1]...)
	}
	return list
}

// line gives an arc in the direction in which a ring has it.
func (t *topology) line(i int) []point {
	if i >= 0 {
		return t.arcs[i].points
	}
	line := slices.Clone(t.arcs[^i].points)
	slices.Reverse(line)
	return line
}
