package geo

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// place is somewhere that people know.
type place struct {
	name      string
	lat, long float64
	country   string // "" for none
}

func places() []place {
	return []place{
		// India: the middle, the coasts, the islands, the borders.
		{"Nagpur", 21.15, 79.09, "IN"}, {"Colaba, Mumbai", 18.907, 72.815, "IN"}, {"Fort Kochi", 9.964, 76.242, "IN"},
		{"Kanniyakumari", 8.08, 77.55, "IN"}, {"Port Blair", 11.667, 92.735, "IN"}, {"Campbell Bay", 7.00, 93.92, "IN"},
		{"Kavaratti", 10.566, 72.642, "IN"}, {"Minicoy", 8.283, 73.05, "IN"}, {"Diu", 20.714, 70.987, "IN"},
		{"Dhanushkodi", 9.178, 79.418, "IN"}, {"Sagar Island", 21.65, 88.07, "IN"}, {"Attari", 31.601, 74.606, "IN"},
		{"Wagah", 31.605, 74.572, "PK"}, {"Raxaul", 26.981, 84.851, "IN"}, {"Birgunj", 27.012, 84.877, "NP"},
		{"Jaigaon", 26.848, 89.375, "IN"}, {"Phuntsholing", 26.858, 89.388, "BT"}, {"Petrapole", 23.035, 88.876, "IN"},
		{"Benapole", 23.041, 88.895, "BD"}, {"Moreh", 24.247, 94.302, "IN"}, {"Tamu", 24.22, 94.31, "MM"},
		{"Agartala", 23.833, 91.283, "IN"}, {"Dawki", 25.184, 92.018, "IN"}, {"Siliguri", 26.72, 88.43, "IN"},
		// What others claim and India administers, and the other way round.
		{"Srinagar", 34.08, 74.80, "IN"}, {"Leh", 34.16, 77.58, "IN"}, {"Turtuk", 34.85, 76.83, "IN"}, {"Siachen", 35.42, 77.11, "IN"},
		{"Tawang", 27.586, 91.859, "IN"}, {"Walong", 28.13, 97.02, "IN"}, {"Muzaffarabad", 34.37, 73.47, "PK"},
		{"Gilgit", 35.92, 74.31, "PK"}, {"Aksai Chin", 35.0, 79.3, "CN"},
		// Kenya.
		{"Nairobi", -1.286, 36.817, "KE"}, {"Mombasa", -4.043, 39.668, "KE"}, {"Lamu", -2.269, 40.902, "KE"},
		{"Mfangano", -0.461, 34.018, "KE"}, {"Busia, Kenya", 0.4604, 34.1115, "KE"}, {"Busia, Uganda", 0.4669, 34.0900, "UG"},
		{"Mandera", 3.937, 41.857, "KE"}, {"Namanga", -2.5455, 36.7913, "KE"}, {"Arusha", -3.367, 36.683, "TZ"},
		{"Dar es Salaam", -6.8, 39.28, "TZ"}, {"Zanzibar", -6.165, 39.199, "TZ"}, {"Kampala", 0.3136, 32.5811, "UG"},
		// Islands, exclaves, holes.
		{"Colombo", 6.927, 79.861, "LK"}, {"Malé", 4.175, 73.509, "MV"}, {"Kaliningrad", 54.71, 20.51, "RU"}, {"Ceuta", 35.889, -5.316, "ES"},
		{"Baarle-Hertog", 51.4379, 4.9276, "BE"}, {"Baarle-Nassau", 51.4475, 4.9290, "NL"}, {"Maseru", -29.31, 27.48, "LS"},
		{"Bloemfontein", -29.12, 26.22, "ZA"}, {"St Peter's", 41.902, 12.4535, "VA"}, {"Colosseum", 41.8902, 12.4922, "IT"},
		{"Cabinda", -5.55, 12.2, "AO"}, {"Oecusse", -9.2, 124.36, "TL"}, {"Nakhchivan", 39.21, 45.41, "AZ"}, {"Honolulu", 21.31, -157.86, "US"},
		{"Anchorage", 61.22, -149.9, "US"}, {"San Juan", 18.466, -66.106, "PR"}, {"Saint-Denis", -20.88, 55.45, "RE"},
		{"Las Palmas", 28.12, -15.43, "ES"}, {"Jamestown", -15.925, -5.718, "SH"}, {"Longyearbyen", 78.22, 15.65, "SJ"},
		// The date line.
		{"Suva", -18.14, 178.44, "FJ"}, {"Waiyevo, Taveuni", -16.79, -179.98, "FJ"}, {"Vanua Balavu", -17.24, -178.95, "FJ"},
		{"on the date line in Taveuni", -16.84, 180, "FJ"}, {"the same place", -16.84, -180, "FJ"}, {"Wrangel Island", 71.2, 180, "RU"},
		{"Uelen", 66.16, -169.81, "RU"}, {"Anadyr", 64.73, 177.51, "RU"}, {"Chukotka beside the date line", 68, -179.9999, "RU"},
		{"Attu", 52.9, 172.9, "US"}, {"Kiritimati", 1.87, -157.4, "KI"}, {"Tarawa", 1.33, 172.98, "KI"},
		{"the South Pole", -90, 0, "AQ"}, {"McMurdo", -77.85, 166.67, "AQ"},
		// Nobody's.
		{"the Arabian Sea", 15, 65, ""}, {"the Bay of Bengal", 13, 87.5, ""}, {"the Atlantic", 30, -40, ""}, {"the North Pole", 90, 0, ""},
		{"the Pacific at the date line", 30, 180, ""}, {"Bir Tawil", 21.88, 33.75, ""},
	}
}

func TestEveryPlaceIsInItsCountryAlone(t *testing.T) {
	t.Parallel()
	for _, at := range places() {
		for _, c := range Countries() {
			m, ok := Outside(c, Point{at.lat, at.long})
			switch {
			case !ok:
				t.Fatalf("country %s has no outline", c)
			case at.country == c && m != 0:
				t.Errorf("%s is %.0f m outside %s", at.name, m, c)
			case at.country != c && m <= 0:
				t.Errorf("%s is inside %s, not %q", at.name, c, at.country)
			}
		}
	}
}

func TestDistanceToABorder(t *testing.T) {
	t.Parallel()
	const degree = 111_195 // metres, along a meridian
	for _, c := range []struct {
		name      string
		country   string
		lat, long float64
		want, off float64 // metres
	}{
		{"off Mombasa", "KE", -4.2, 40.5, 92_000 - waters, 10_000}, {"off Mombasa by less", "KE", -4.1, 39.8, 0, 0},
		{"north of the 49th parallel", "US", 49.1, -110, 0.1 * degree, 300},
		{"far north of it", "US", 59, -110, 10 * degree, 1000},
		{"south of it", "CA", 48.5, -105, 0.5 * degree, 300},
		{"west of the 141st meridian", "CA", 65, -142, degree * math.Cos(65*radians), 500},
		{"south of the 22nd parallel", "EG", 21, 27, degree, 300},
		{"Wagah to Attari", "IN", 31.605, 74.572, 100, 400},
		{"Birgunj to Raxaul", "IN", 27.012, 84.877, 1_500, 1_500},
		{"London to France", "FR", 51.5074, -0.1278, 106_000, 20_000},
		{"into the Bay of Bengal", "IN", 13, 83.5, 337_000 - waters, 10_000},
		{"into the Arabian Sea", "IN", 15, 70, 387_000 - waters, 10_000},
		{"Sydney to India", "IN", -33.87, 151.21, 7_600_000, 200_000},
		{"the North Pole to Antarctica", "AQ", 90, 0, 150 * degree, 0.001 * degree},
	} {
		m, ok := Outside(c.country, Point{c.lat, c.long})
		if !ok || math.Abs(m-c.want) > c.off {
			t.Errorf("%s: %.0f m outside %s, want %.0f ± %.0f", c.name, m, c.country, c.want, c.off)
		}
	}
}

func TestTheDateLineIsNoBorder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country string
		lat     float64
	}{{"FJ", -10}, {"FJ", -25}, {"RU", 60}, {"RU", 75}, {"US", 30}, {"NZ", -60}} {
		east, _ := Outside(c.country, Point{c.lat, 179.99999})
		west, _ := Outside(c.country, Point{c.lat, -179.99999})
		on, _ := Outside(c.country, Point{c.lat, 180})
		if east == 0 || math.Abs(east-west) > 5 || math.Abs(east-on) > 5 {
			t.Errorf("%s from latitude %g: %.1f m from the west of the date line, %.1f from it, %.1f from the east", c.country, c.lat, east, on, west)
		}
	}
	// Fiji ends east of the line: how far it is from further east must not be counted to the line itself.
	if m, _ := Outside("FJ", Point{-17, -176}); m < 80_000 || m > 230_000 {
		t.Errorf("Fiji is %.0f m from 176° W", m)
	}
}

// TestOutlinesAgreeWithASlowReference compares with a calculation that knows no bounds: every line is
// looked at for whether the point is inside, and walked along in small steps for the distance.
func TestOutlinesAgreeWithASlowReference(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	all := everyOutline()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o := all[name]
		for i := range 40 {
			p := randomPoint(draw, o, i)
			m := o.outside(p, 0)
			if inside := slowContains(o, p); inside != (m == 0) {
				t.Errorf("%s, %v: %.0f m outside, and inside by the reference: %t", name, p, m, inside)
			}
			if i >= 3 || m == 0 || name == "land" && i > 0 {
				continue
			}
			if want := slowDistance(o, p); math.Abs(m-want) > 100+0.001*want {
				t.Errorf("%s, %v: %.0f m outside, want %.0f", name, p, m, want)
			}
		}
	}
}

// everyOutline gives all outlines by name.
func everyOutline() map[string]*outline {
	all := map[string]*outline{"land": land()}
	for _, c := range Countries() {
		all[c] = countries()[c]()
	}
	return all
}

// randomPoint draws a point around one of a country's polygons, or for every fourth anywhere.
func randomPoint(draw *rand.Rand, o *outline, i int) Point {
	if i%4 == 3 {
		return Point{Lat: draw.Float64()*180 - 90, Long: draw.Float64()*360 - 180}
	}
	b := o.polygons[draw.IntN(len(o.polygons))].box
	between := func(from, to, limit float64) float64 {
		margin := 0.2 * (to - from)
		return min(limit, max(-limit, from-margin+draw.Float64()*(to-from+2*margin)))
	}
	return Point{Lat: between(b.south, b.north, 90), Long: between(b.west, b.east, 179.999)}
}

// slowContains counts how often each polygon's lines wind around a point.
func slowContains(o *outline, p Point) bool {
	for _, g := range o.polygons {
		turns := 0
		for a, b := range o.lines(g) {
			side := (b.Long-a.Long)*(p.Lat-a.Lat) - (p.Long-a.Long)*(b.Lat-a.Lat)
			if a.Lat <= p.Lat && b.Lat > p.Lat && side > 0 {
				turns++
			}
			if a.Lat > p.Lat && b.Lat <= p.Lat && side < 0 {
				turns--
			}
		}
		if turns != 0 {
			return true
		}
	}
	return false
}

func slowDistance(o *outline, p Point) float64 {
	best := math.Inf(1)
	for _, g := range o.polygons {
		for a, b := range o.lines(g) {
			const steps = 100
			for k := range steps + 1 {
				best = min(best, Distance(p, a.towards(b, float64(k)/steps)))
			}
		}
	}
	return best
}

// lines gives every line of a polygon.
func (o *outline) lines(g polygon) func(yield func(a, b Point) bool) {
	return func(yield func(a, b Point) bool) {
		for _, s := range o.stretches[g.from:g.to] {
			for i := 1; i < len(s.points); i++ {
				if !yield(s.points[i-1], s.points[i]) {
					return
				}
			}
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	// The codes that ISO 3166-1 assigns, and XK.
	want := strings.Fields(`
		AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
		CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
		GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
		KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
		MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
		SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
		UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)
	if have := Countries(); !slices.Equal(have, want) {
		t.Errorf("have %d countries %v", len(have), have)
	}
	for _, c := range []string{"", "in", "IND", "XX", "EU", "356"} {
		if _, ok := Outside(c, Point{21, 79}); ok || KnownCountry(c) {
			t.Errorf("%q is known", c)
		}
	}
	if !KnownCountry("IN") || !KnownCountry("KE") {
		t.Error("India or Kenya is not known")
	}
}

// Every ring is closed and on the earth: else it was encoded or read wrongly.
func TestOutlinesAreWhole(t *testing.T) {
	t.Parallel()
	points := 0
	for c, o := range everyOutline() {
		for _, g := range o.polygons {
			odd := map[Point]bool{} // where a line begins, and none ends
			for a, b := range o.lines(g) {
				points++
				odd[a] = !odd[a]
				odd[b] = !odd[b]
				if math.Abs(a.Lat) > 90 || math.Abs(a.Long) > 180 {
					t.Fatalf("%s: %v is not on the earth", c, a)
				}
			}
			for p, is := range odd {
				if is {
					t.Errorf("%s: a ring is open at %v", c, p)
				}
			}
		}
	}
	if points < 80_000 {
		t.Errorf("there are only %d lines", points)
	}
}

func BenchmarkOutside(b *testing.B) {
	for _, c := range []struct {
		name, country string
		p             Point
	}{
		{"inside", "IN", Point{21.15, 79.09}}, {"near", "IN", Point{27.012, 84.877}}, {"far", "IN", Point{-33.87, 151.21}},
		{"crowded", "CN", Point{-33.87, 151.21}}, {"crowdedInside", "RU", Point{55.75, 37.6}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Outside(c.country, c.p)
			}
		})
	}
}
