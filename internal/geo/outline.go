package geo

import (
	_ "embed" // the outlines
	"encoding/binary"
	"sync"
)

//go:generate go run ./outlinegen borders.json land-10m.json outlines.bin land.bin

// outlines are all countries' borders, as outlinegen/encode.go writes them.
//
//go:embed outlines.bin
var outlines string

// coasts are those of all land, like one country.
//
//go:embed land.bin
var coasts reader

// unitsPerDegree is what the coordinates of outlines are counted in.
const unitsPerDegree = 100_000

// outline is land: polygons that do not overlap. Their rings are cut into stretches.
type outline struct {
	polygons  []polygon
	stretches []stretch
	balls     []ball // around each stretch, apart from it so that they are close together
}

// polygon is an outer ring and its holes. Which ring a stretch is of does not matter: a point is inside
// when an odd number of lines lies east of it.
type polygon struct {
	box      box
	from, to int // its stretches
}

// countries has a function for each country that gives its outline. An outline is drawn when it is
// asked for the first time, so that a program pays for no more than it uses, and nothing at its start.
var countries = sync.OnceValue(func() map[string]func() *outline {
	r := reader(outlines)
	all := make(map[string]func() *outline)
	for range r.count() {
		code := string(r.take(len("IN")))
		encoded := r.take(r.count())
		all[code] = sync.OnceValue(func() *outline { return readOutline(encoded) })
	}
	return all
})

// land has the outline of all land, the largest continent first.
var land = sync.OnceValue(func() *outline { return readOutline(coasts) })

// readOutline draws one country.
func readOutline(encoded reader) *outline {
	r, o := encoded, &outline{}
	var lat, long int64
	for range r.count() {
		poly := polygon{box: emptyBox(), from: len(o.stretches)}
		for range r.count() {
			ring := make([]Point, r.count())
			for i := range ring {
				lat += r.difference()
				long += r.difference()
				ring[i] = Point{Lat: float64(lat) / unitsPerDegree, Long: float64(long) / unitsPerDegree}
			}
			poly.box = poly.box.union(o.add(ring))
		}
		poly.to = len(o.stretches)
		o.polygons = append(o.polygons, poly)
	}
	return o
}

// add cuts a ring into stretches and gives the box around it.
func (o *outline) add(ring []Point) box {
	around := emptyBox()
	for line := refine(ring); len(line) > 1; {
		n := min(len(line), stretchLines+1)
		s := newStretch(line[:n])
		o.stretches, o.balls = append(o.stretches, s), append(o.balls, ballAround(s.vectors))
		around = around.union(s.box)
		line = line[n-1:] // the next one begins where this one ends
	}
	return around
}

// reader takes the encoded outlines apart. They are part of the program, and a test reads them all,
// so that it need not doubt them.
type reader string

func (r *reader) take(n int) reader {
	taken := (*r)[:n]
	*r = (*r)[n:]
	return taken
}

func (r *reader) count() int {
	v, n := binary.Uvarint([]byte((*r)[:min(len(*r), binary.MaxVarintLen64)]))
	r.take(n)
	return int(v)
}

func (r *reader) difference() int64 {
	v, n := binary.Varint([]byte((*r)[:min(len(*r), binary.MaxVarintLen64)]))
	r.take(n)
	return v
}

// contains says whether a point lies inside.
func (o *outline) contains(p Point) bool {
	for i := range o.polygons {
		if g := &o.polygons[i]; g.box.contains(p) && odd(o.stretches[g.from:g.to], p) {
			return true
		}
	}
	return false
}

// odd says whether an odd number of lines lies east of a point.
func odd(stretches []stretch, p Point) (is bool) {
	for i := range stretches {
		if stretches[i].crossed(p) {
			is = !is
		}
	}
	return is
}

// outside is 0 inside, and else the distance in metres; or any distance up to enough, for who needs to
// know no more.
//
// Where two polygons meet, at the date line above all, there is no border; but the way from outside to
// such a place leads across one that is nearer.
func (o *outline) outside(p Point, enough float64) float64 {
	if o.contains(p) {
		return 0
	}
	v, stop := p.vector(), chord(enough)
	near := nearest{reach: farAway}
	for i := range o.balls {
		if o.balls[i].within(v, near.reach) {
			o.stretches[i].approach(v, &near)
			if near.reach < stop {
				break
			}
		}
	}
	return Distance(p, near.point)
}
