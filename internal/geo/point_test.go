package geo_test

import (
	"math"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/geo"
)

func TestParsePoint(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]geo.Point{
		"28.6139,77.2090": {Lat: 28.6139, Long: 77.2090}, "0,0": {}, "-90,-180": {Lat: -90, Long: -180}, "+90,180": {Lat: 90, Long: 180},
		" 1 , 2 ": {Lat: 1, Long: 2}, ".5,5.": {Lat: .5, Long: 5}, "-0.0,0": {},
	} {
		if got, ok := geo.ParsePoint(s); !ok || got != want {
			t.Errorf("%q is %+v, %t, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", ",", "1", "1,", ",2", "1,2,3", "90.0001,0", "0,180.0001", "-91,0", "1e1,2", "0x1p3,2", "NaN,0", "Inf,0", "1,-inf",
		"1_0,2", "--1,2", "1..2,3", "1;2", "28.6139 77.2090", "१,२", "1.0000000000000000000000000,2"} {
		if got, ok := geo.ParsePoint(s); ok || got != (geo.Point{}) {
			t.Errorf("%q is taken for %+v", s, got)
		}
	}
}

// TestDistance against distances along the ellipsoid, which the sphere keeps to within 0.6 %.
func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b   string
		metres float64
	}{
		{"28.6139,77.2090", "19.0760,72.8777", 1_147_900}, // New Delhi, Mumbai
		{"-1.2864,36.8172", "-4.0435,39.6682", 439_600},   // Nairobi, Mombasa
		{"0,0", "0,1", 111_319},                           // along the equator
		{"0,0", "1,0", 110_574},                           // along a meridian
		{"0,179.9", "0,-179.9", 22_264},                   // over the date line
		{"90,0", "-90,0", 20_003_931},                     // from pole to pole
		{"89.99,0", "89.99,180", 2_234},                   // over a pole
		{"28.61390,77.20900", "28.61399,77.20900", 9.98},  // a few steps
		{"0,0", "0,180", 20_015_086},                      // to the other side of the sphere
	} {
		p, _ := geo.ParsePoint(c.a)
		q, _ := geo.ParsePoint(c.b)
		got, back := geo.Distance(p, q), geo.Distance(q, p)
		if math.Abs(got-c.metres) > 0.006*c.metres || math.Abs(got-back) > 1e-6 {
			t.Errorf("from %s to %s: %.1f m and %.1f m back, want about %.1f", c.a, c.b, got, back, c.metres)
		}
		if d := geo.Distance(p, p); d != 0 {
			t.Errorf("from %s to itself: %g m", c.a, d)
		}
	}
}
