package main

import "math"

// coarseness is how far in degrees of latitude a simplified coast may be from the given one: 3 km, little
// beside the waters that count as a country's.
const coarseness = 0.027

// simplify leaves out the points of a ring that lie almost on the line between others (the method of
// Douglas and Peucker). A ring of any size keeps three different points.
func simplify(ring []place) []place {
	keep := make([]bool, len(ring))
	last := len(ring) - 1
	far, _ := farthest(ring, 0, last)
	across := max(far, 1)
	keep[0], keep[across], keep[last] = true, true, true
	halves := [][2]int{{0, across}, {across, last}}
	for _, half := range halves {
		thin(ring, keep, half[0], half[1])
	}
	if count(keep) < 4 {
		keepWidest(ring, keep, halves)
	}
	var line []place
	for i, p := range ring {
		if keep[i] {
			line = append(line, p)
		}
	}
	return line
}

// thin keeps of the points between two the one that is farthest from their line, if it is far, and then
// looks at both parts.
func thin(ring []place, keep []bool, from, to int) {
	i, off := farthest(ring, from, to)
	if off <= coarseness {
		return
	}
	keep[i] = true
	thin(ring, keep, from, i)
	thin(ring, keep, i, to)
}

// keepWidest keeps one more point of a small island, so that it stays one.
func keepWidest(ring []place, keep []bool, halves [][2]int) {
	best, widest := 0, -1.0
	for _, half := range halves {
		if i, off := farthest(ring, half[0], half[1]); i > 0 && off > widest {
			best, widest = i, off
		}
	}
	keep[best] = true
}

// farthest gives the point between two that is farthest from the line between them; 0 when there is none.
func farthest(ring []place, from, to int) (index int, off float64) {
	off = -1
	for i := from + 1; i < to; i++ {
		if d := distance(ring[i], ring[from], ring[to]); d > off {
			index, off = i, d
		}
	}
	return index, off
}

// distance is how far a point is from a line, in degrees of latitude. At a pole, which is a line in
// degrees, longitudes still count for something.
func distance(p, a, b place) float64 {
	narrow := max(0.1, math.Cos(p[1]*math.Pi/180))
	wayX, wayY := (b[0]-a[0])*narrow, b[1]-a[1]
	hereX, hereY := (p[0]-a[0])*narrow, p[1]-a[1]
	t := 0.0
	if length := wayX*wayX + wayY*wayY; length > 0 {
		t = min(1, max(0, (hereX*wayX+hereY*wayY)/length))
	}
	return math.Hypot(hereX-t*wayX, hereY-t*wayY)
}

func count(set []bool) (n int) {
	for _, is := range set {
		if is {
			n++
		}
	}
	return n
}
