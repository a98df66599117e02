package geo

import (
	"math"
	"strconv"
	"strings"
)

// Point is a place in decimal degrees (WGS 84).
type Point struct {
	Lat  float64 // −90 to 90
	Long float64 // −180 to 180
}

// ParsePoint reads "latitude,longitude" in plain decimal degrees: no exponent, no hexadecimal, no NaN.
func ParsePoint(s string) (p Point, ok bool) {
	lat, long, ok := strings.Cut(s, ",")
	if !ok {
		return p, false
	}
	p.Lat, ok = degrees(lat, 90)
	if !ok {
		return Point{}, false
	}
	p.Long, ok = degrees(long, 180)
	if !ok {
		return Point{}, false
	}
	return p, true
}

func degrees(s string, limit float64) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 24 || strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && v >= -limit && v <= limit
}

// earthRadius is the mean radius of the earth in metres (IUGG).
const earthRadius = 6_371_008.8

// Distance gives how far two points are apart in metres, along the great circle of a sphere
// (the haversine formula): within 0.6 % of the truth.
func Distance(a, b Point) float64 {
	const rad = math.Pi / 180
	dLat, dLong := (b.Lat-a.Lat)*rad, (b.Long-a.Long)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin(dLong/2), 2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}
