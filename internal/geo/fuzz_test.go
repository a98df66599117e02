package geo

import (
	"math"
	"strconv"
	"testing"
)

func FuzzParsePoint(f *testing.F) {
	for _, s := range []string{"28.6139,77.2090", "-90,180", "1e400,0", "NaN,NaN", " 1 , 2 ", "0x1p4,1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := ParsePoint(s)
		if !ok {
			if p != (Point{}) {
				t.Errorf("%q is refused and yet %v", s, p)
			}
			return
		}
		if !(math.Abs(p.Lat) <= 90 && math.Abs(p.Long) <= 180) {
			t.Fatalf("%q is %v, which is not on the earth", s, p)
		}
		lat, long := strconv.FormatFloat(p.Lat, 'f', -1, 64), strconv.FormatFloat(p.Long, 'f', -1, 64)
		if again, ok := ParsePoint(lat + "," + long); len(lat) <= 24 && len(long) <= 24 && (!ok || again != p) {
			t.Errorf("%q is %v, and %s,%s is %v", s, p, lat, long, again)
		}
		if m, known := Outside("IN", p); !known || !(m >= 0 && m <= math.Pi*earthRadius) {
			t.Errorf("%v is %v m outside India", p, m)
		}
	})
}
