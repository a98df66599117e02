package main

import (
	"container/heap"
	"math"
)

// corner is a point between two others; the smaller the triangle that they make, the less would be missed.
type corner struct {
	at, before, after int // places in the line
	size              float64
	place             int // in the heap
}

type corners []*corner

func (c corners) Len() int           { return len(c) }
func (c corners) Less(i, k int) bool { return c[i].size < c[k].size }
func (c corners) Swap(i, k int) {
	c[i], c[k] = c[k], c[i]
	c[i].place, c[k].place = i, k
}
func (c *corners) Push(x any) {
	x.(*corner).place = len(*c)
	*c = append(*c, x.(*corner))
}
func (c *corners) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// simplify leaves out points whose triangle with their neighbours is smaller than so many square degrees, the smallest
// first (the method of Visvalingam and Whyatt). The ends stay, and of a closed line a triangle.
func simplify(line []point, least float64) (out []point) {
	keep := 2
	if line[0] == line[len(line)-1] {
		keep = 4
	}
	list, by := make(corners, 0, len(line)), make([]*corner, len(line))
	for i := 1; i < len(line)-1; i++ {
		by[i] = &corner{at: i, before: i - 1, after: i + 1, size: triangle(line[i-1], line[i], line[i+1]), place: len(list)}
		list = append(list, by[i])
	}
	heap.Init(&list)
	for left := len(line); left > keep && len(list) > 0 && list[0].size < least; left-- {
		c := heap.Pop(&list).(*corner)
		by[c.at] = nil
		for _, n := range [...]*corner{by[c.before], by[c.after]} {
			if n == nil {
				continue // an end
			}
			if n.at == c.before {
				n.after = c.after
			} else {
				n.before = c.before
			}
			// Not smaller than what was left out, or a bend would vanish point by point.
			n.size = math.Max(c.size, triangle(line[n.before], line[n.at], line[n.after]))
			heap.Fix(&list, n.place)
		}
	}
	for i, p := range line {
		if i == 0 || i == len(line)-1 || by[i] != nil {
			out = append(out, p)
		}
	}
	return out
}

// triangle is the size of one in square degrees of latitude.
func triangle(a, b, c point) float64 { return math.Abs(size([]point{a, b, c})) }
