package atlas

import (
	"math"

	"github.com/switchboard-platform/switchboard/internal/geo"
)

// spot is a place on the map as browsers draw it (Web Mercator): a square with the whole world on it, cut into 2³² by
// 2³² parts, each about a centimetre wide, counted from the north-west. Differences of x go around the world by
// themselves.
type spot struct{ x, y uint32 }

const (
	side     = 1 << 32
	mostEast = 1<<32 - 1 // and most south

	// farthest north and south that the square reaches, in degrees; what lies beyond is drawn at its edge.
	edge = 85.051_128_779_806_59
)

func spotOf(p geo.Point) spot {
	return spot{x: uint32(uint64((p.Long + 180) / 360 * side)), y: row(p.Lat)} // 180° east is 180° west
}

// row is how far south a latitude lies on the map.
func row(lat float64) uint32 {
	sin := math.Sin(min(edge, max(-edge, lat)) * math.Pi / 180)
	y := (0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)) * side
	return uint32(min(mostEast, max(0, y)))
}

// point is the place of a spot, to a tenth of a metre.
func (s spot) point() geo.Point {
	lat := math.Atan(math.Sinh(math.Pi * (1 - 2*(float64(s.y)+0.5)/side)))
	return geo.Point{Lat: decimals(lat * 180 / math.Pi), Long: decimals((float64(s.x)+0.5)/side*360 - 180)}
}

func decimals(degrees float64) float64 { return math.Round(degrees*1e6) / 1e6 }
