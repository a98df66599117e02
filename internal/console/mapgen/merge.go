package main

import (
	"cmp"
	"slices"
)

// country is what the areas with one code are together.
type country struct {
	code, name string
	areas      []int
	detailed   bool
}

// countries gathers areas by their countries, in order of code.
func countries(areas []area) (list []country) {
	by := map[string]int{}
	for i, a := range areas {
		k, ok := by[a.country]
		if !ok {
			k = len(list)
			by[a.country], list = k, append(list, country{code: a.country, detailed: detailed(a.country)})
		}
		c := &list[k]
		c.areas, c.detailed = append(c.areas, i), c.detailed || a.africa
	}
	for k := range list {
		list[k].name = list[k].commonest(areas)
	}
	slices.SortFunc(list, func(a, b country) int { return cmp.Compare(a.code, b.code) })
	return list
}

// commonest is the name that most of a country's areas have for it: some are territories with names of their own.
func (c *country) commonest(areas []area) (name string) {
	if c.code == "PS" {
		return "Palestine" // whose two parts have names of their own
	}
	for _, i := range c.areas {
		if n := areas[i].land; c.count(areas, n) > c.count(areas, name) {
			name = n
		}
	}
	return name
}

// count is how many of a country's areas call it so.
func (c *country) count(areas []area, land string) (n int) {
	for _, i := range c.areas {
		if areas[i].land == land {
			n++
		}
	}
	return n
}

// nameOf is what an area of a country is called; a territory of one area, like Siachen, as the territory is.
func (c *country) nameOf(areas []area, i int) string {
	if a := areas[i]; a.land != c.name && c.count(areas, a.land) == 1 {
		return a.land
	}
	return areas[i].name
}

// inside says whether an arc has areas of one country on both of its sides.
func (a *arc) inside(areas []area) bool {
	return len(a.of) == 2 && areas[a.of[0]].country == areas[a.of[1]].country
}

// merge makes polygons of the edges that some areas do not have in common.
func (t *topology) merge(of []int, areas []area) [][]ring {
	from := map[point][]int{} // arcs by where they begin
	var order []int
	for _, i := range of {
		for _, polygon := range t.areas[i] {
			for _, r := range polygon {
				for _, k := range r {
					if a := &t.arcs[max(k, ^k)]; !a.inside(areas) {
						begin := t.line(k)[0]
						from[begin], order = append(from[begin], k), append(order, k)
					}
				}
			}
		}
	}
	var rings []ring
	for _, k := range order {
		if r := t.walk(k, from); len(r) > 0 {
			rings = append(rings, r)
		}
	}
	return t.polygons(rings)
}

// walk follows arcs from one until it is back where it began, and takes them away.
func (t *topology) walk(first int, from map[point][]int) (r ring) {
	for at := t.line(first)[0]; ; {
		next := from[at]
		if len(next) == 0 {
			return r
		}
		k := next[len(next)-1]
		if i := slices.Index(next, first); len(r) == 0 {
			if i < 0 {
				return nil // it is part of a ring that was walked before
			}
			next[i], k = k, first
		}
		from[at] = next[:len(next)-1]
		r = append(r, k)
		line := t.line(k)
		if at = line[len(line)-1]; at == t.line(first)[0] {
			return r
		}
	}
}

// polygons puts holes, which go with the clock, into the smallest ring that they lie in.
func (t *topology) polygons(rings []ring) (list [][]ring) {
	var outer [][]point
	var holes []ring
	for _, r := range rings {
		if points := t.points(r); size(points) > 0 {
			list, outer = append(list, []ring{r}), append(outer, points)
		} else {
			holes = append(holes, r)
		}
	}
	for _, h := range holes {
		best, p := -1, t.points(h)[0]
		for i := range outer {
			if contains(outer[i], p) && (best < 0 || size(outer[i]) < size(outer[best])) {
				best = i
			}
		}
		if best >= 0 {
			list[best] = append(list[best], h)
		}
	}
	return list
}

// contains says whether a point lies in a ring or on its edge.
func contains(r []point, p point) (is bool) {
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if a == p {
			return true
		}
		if (a.y > p.y) != (b.y > p.y) && float64(p.x) < float64(a.x)+float64(b.x-a.x)*float64(p.y-a.y)/float64(b.y-a.y) {
			is = !is
		}
	}
	return is
}
