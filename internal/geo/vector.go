package geo

import "math"

// vector is a place on the unit sphere, or the way between two.
type vector struct{ x, y, z float64 }

const radians = math.Pi / 180

func (p Point) vector() vector {
	sinLat, cosLat := math.Sincos(p.Lat * radians)
	sinLong, cosLong := math.Sincos(p.Long * radians)
	return vector{cosLat * cosLong, cosLat * sinLong, sinLat}
}

// towards gives the point on the way to another, straight in degrees: t is 0 here and 1 there.
func (p Point) towards(to Point, t float64) Point {
	return Point{Lat: p.Lat + t*(to.Lat-p.Lat), Long: p.Long + t*(to.Long-p.Long)}
}

func (v vector) minus(w vector) vector { return vector{v.x - w.x, v.y - w.y, v.z - w.z} }

// plus adds so many times another vector.
func (v vector) plus(w vector, times float64) vector {
	return vector{v.x + times*w.x, v.y + times*w.y, v.z + times*w.z}
}

func (v vector) dot(w vector) float64 { return v.x*w.x + v.y*w.y + v.z*w.z }

func (v vector) square() float64 { return v.dot(v) }

// toLine gives the nearest point of the line from a to b, as how far along it is (0 to 1), and the
// square of the distance to it.
func (v vector) toLine(a, b vector) (t, square float64) {
	way, here := b.minus(a), v.minus(a)
	if length := way.square(); length > 0 { // two points at the pole are one
		t = min(1, max(0, here.dot(way)/length))
	}
	return t, here.plus(way, -t).square()
}

// chord is the length of a way of so many metres along the ground, straight through the unit sphere.
func chord(metres float64) float64 { return 2 * math.Sin(metres/(2*earthRadius)) }

// ball is a part of space that holds some points.
type ball struct {
	centre vector
	radius float64
}

func ballAround(points []vector) (b ball) {
	for _, v := range points {
		b.centre = b.centre.plus(v, 1/float64(len(points)))
	}
	for _, v := range points {
		b.radius = max(b.radius, math.Sqrt(b.centre.minus(v).square()))
	}
	return b
}

// within says whether a part of the ball may be as near as that.
func (b *ball) within(v vector, reach float64) bool {
	far := reach + b.radius
	return v.minus(b.centre).square() < far*far
}

// box is a range of latitudes and longitudes.
type box struct{ south, north, west, east float64 }

// emptyBox contains nothing.
func emptyBox() box { return box{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)} }

func (b box) contains(p Point) bool {
	return p.Lat >= b.south && p.Lat <= b.north && p.Long >= b.west && p.Long <= b.east
}

func (b box) union(c box) box {
	return box{min(b.south, c.south), max(b.north, c.north), min(b.west, c.west), max(b.east, c.east)}
}
