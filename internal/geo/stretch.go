package geo

import "math"

// stretchLines is how many lines a stretch has: enough that looking at its bounds instead of at them
// saves work, few enough that the bounds are tight.
const stretchLines = 16

// stretch is a part of a ring: lines from each point to the next, straight in degrees. Its box and ball
// tell of most stretches that they need no closer look.
type stretch struct {
	points  []Point
	vectors []vector // the same points
	box     box
}

func newStretch(points []Point) stretch {
	s := stretch{points: points, box: emptyBox()}
	for _, p := range points {
		s.vectors = append(s.vectors, p.vector())
		s.box = s.box.union(box{p.Lat, p.Lat, p.Long, p.Long})
	}
	return s
}

// crossed says whether an odd number of the lines crosses the ray that goes east from a point. A line
// has its lower end and lacks its upper one, so that a ray through a corner is counted right.
func (s *stretch) crossed(p Point) (odd bool) {
	switch {
	case p.Lat < s.box.south || p.Lat > s.box.north || p.Long > s.box.east:
		return false
	case p.Long < s.box.west: // however it winds: odd when the ends lie on both sides of the ray
		return (s.points[0].Lat > p.Lat) != (s.points[len(s.points)-1].Lat > p.Lat)
	}
	for i := 1; i < len(s.points); i++ {
		a, b := &s.points[i-1], &s.points[i]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Long < a.Long+(b.Long-a.Long)*(p.Lat-a.Lat)/(b.Lat-a.Lat) {
			odd = !odd
		}
	}
	return odd
}

// nearest is the nearest point found so far, and how long the chord to it is through the unit sphere.
type nearest struct {
	reach float64
	point Point
}

// farAway is longer than any chord of the unit sphere.
const farAway = 3

// approach looks for a nearer point among the lines. They are short (refine), so that the chord between
// two of their points serves for the line.
func (s *stretch) approach(v vector, near *nearest) {
	best := near.reach * near.reach
	for i := 1; i < len(s.vectors); i++ {
		if t, square := v.toLine(s.vectors[i-1], s.vectors[i]); square < best {
			best, near.point = square, s.points[i-1].towards(s.points[i], t)
		}
	}
	near.reach = math.Sqrt(best)
}

// longest is the longest line in degrees that is measured as one chord.
const longest = 1.0

// refine cuts long lines of a ring into short ones.
func refine(ring []Point) (line []Point) {
	for i, p := range ring {
		if i > 0 {
			from := ring[i-1]
			pieces := math.Ceil(max(math.Abs(p.Lat-from.Lat), math.Abs(p.Long-from.Long)) / longest)
			for k := 1.0; k < pieces; k++ {
				line = append(line, from.towards(p, k/pieces))
			}
		}
		line = append(line, p)
	}
	return line
}
