package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drawn is a map as a browser reads it.
type drawn struct {
	document
	lines [][]point // arcs in units
}

func readDrawn(t *testing.T, name string) drawn {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var d drawn
	if err := json.Unmarshal(text, &d.document); err != nil {
		t.Fatal(err)
	}
	for _, steps := range d.Arcs {
		var line []point
		x, y := 0, 0
		for _, s := range steps {
			x, y = x+s[0], y+s[1]
			line = append(line, point{int32(float64(x) * d.Transform.Scale[0] * unitsPerDegree), int32(float64(y) * d.Transform.Scale[1] * unitsPerDegree)})
		}
		d.lines = append(d.lines, line)
	}
	return d
}

// ring puts the arcs of a ring together, each of which must begin where the one before ends.
func (d *drawn) ring(t *testing.T, r ring) (list []point) {
	t.Helper()
	for _, k := range r {
		line := slices.Clone(d.lines[max(k, ^k)])
		if k < 0 {
			slices.Reverse(line)
		}
		if len(list) > 0 && list[len(list)-1] != line[0] {
			t.Fatalf("arc %d does not begin where the one before ends", k)
		}
		list = append(list, line...)
	}
	if list[0] != list[len(list)-1] {
		t.Fatal("a ring is not closed")
	}
	return list
}

// at names what lies at a place.
func (d *drawn) at(t *testing.T, layer string, lat, long float64) (names []string) {
	t.Helper()
	p := point{int32(long * unitsPerDegree), int32(lat * unitsPerDegree)}
	for _, g := range d.Objects[layer].Geometries {
		for _, rings := range g.Arcs {
			in := contains(d.ring(t, rings[0]), p)
			for _, hole := range rings[1:] {
				in = in && !contains(d.ring(t, hole), p)
			}
			if in {
				names = append(names, g.Properties["name"])
			}
		}
	}
	return names
}

const committed = "../assets/map/outlines.json"

// What is committed shows cities in their states and countries, and in no others.
func TestCommittedOutlines(t *testing.T) {
	t.Parallel()
	d := readDrawn(t, committed)
	for _, c := range []struct {
		lat, long      float64
		country, state string
	}{
		{28.6139, 77.2090, "India", "Delhi"}, {17.3850, 78.4867, "India", "Telangana"}, {34.1526, 77.5771, "India", "Ladakh"},
		{19.0760, 72.9777, "India", "Maharashtra"}, {27.4728, 89.6390, "Bhutan", "Thimphu"}, {23.8103, 90.4125, "Bangladesh", "Dhaka"},
		{-1.2864, 36.8172, "Kenya", "Nairobi"}, {0.5143, 35.2698, "Kenya", "Rift Valley"}, {9.0765, 7.3986, "Nigeria", "Federal Capital Territory"},
		{-29.6, 28.2, "Lesotho", "*"}, {-33.9, 18.6, "South Africa", "Western Cape"}, {48.8566, 2.3522, "France", ""}, {40.4, -3.7, "Spain", ""}, {0, -30, "", ""},
	} {
		if got := strings.Join(d.at(t, "countries", c.lat, c.long), ","); got != c.country {
			t.Errorf("%g,%g is in %q, want %q", c.lat, c.long, got, c.country)
		}
		if got := strings.Join(d.at(t, "states", c.lat, c.long), ","); got != c.state && (c.state != "*" || got == "") {
			t.Errorf("%g,%g is in the state %q, want %q", c.lat, c.long, got, c.state)
		}
	}
	india := 0
	for _, g := range d.Objects["states"].Geometries {
		if g.Properties["country"] == "IN" {
			india++
		}
	}
	if india != 36+1 { // states and territories, and Siachen
		t.Errorf("India has %d states", india)
	}
}

// square is an area of one ring, given by its corners.
func square(country, name string, corners ...point) area {
	for i := range corners {
		corners[i].x, corners[i].y = corners[i].x*unitsPerDegree, corners[i].y*unitsPerDegree
	}
	return area{country: country, land: country, name: name, africa: true, polygons: [][][]point{{corners}}}
}

// Neighbours have one line in common, and a country has none inside.
func TestTopology(t *testing.T) {
	t.Parallel()
	areas := []area{
		square("AA", "west", point{0, 0}, point{2, 0}, point{2, 2}, point{0, 2}),
		square("AA", "east", point{2, 0}, point{4, 0}, point{4, 2}, point{2, 2}),
		square("BB", "north", point{0, 2}, point{2, 2}, point{4, 2}, point{4, 4}, point{0, 4}),
	}
	topo := newTopology(areas)
	if n := len(topo.arcs); n != 6 {
		t.Errorf("there are %d lines, want 6", n)
	}
	whole := topo.merge([]int{0, 1}, areas)
	if len(whole) != 1 || len(whole[0]) != 1 || math.Round(size(topo.points(whole[0][0]))) != 8 {
		t.Errorf("both together are %v", whole)
	}
}

// A country around another one has a hole.
func TestHole(t *testing.T) {
	t.Parallel()
	around := square("AA", "around", point{0, 0}, point{9, 0}, point{9, 9}, point{0, 9})
	inner := square("BB", "inner", point{3, 3}, point{6, 3}, point{6, 6}, point{3, 6})
	hole := slices.Clone(inner.polygons[0][0])
	slices.Reverse(hole)
	around.polygons[0] = append(around.polygons[0], hole)
	areas := []area{around, inner}
	topo := newTopology(areas)
	if got := topo.merge([]int{0}, areas); len(got) != 1 || len(got[0]) != 2 {
		t.Errorf("the country with a hole is %v", got)
	}
	if got := topo.merge([]int{1}, areas); len(got) != 1 || len(got[0]) != 1 {
		t.Errorf("the one in the hole is %v", got)
	}
}

func TestSimplify(t *testing.T) {
	t.Parallel()
	line := []point{{0, 0}, {100_000, 10}, {200_000, 0}, {300_000, 100_000}, {400_000, 0}}
	if got := simplify(line, 0.01); !slices.Equal(got, []point{line[0], line[2], line[3], line[4]}) {
		t.Errorf("simplified to %v", got)
	}
	island := []point{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}
	if got := simplify(island, 1); len(got) != 4 || got[0] != got[3] {
		t.Errorf("an island became %v", got)
	}
}

// The program reads what it is given, and says what is wrong with it.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "admin1.json"), filepath.Join(dir, "outlines.json")
	tell := func(text string) error {
		if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return run([]string{in, out})
	}
	for _, text := range []string{
		`{"features":[{"properties":{"iso_a2":"KE"},"geometry":{"type":"Point","coordinates":[39,-4]}}]}`,
		`{"features":[{"properties":{"iso_a2":"-1"},"geometry":{"type":"Polygon","coordinates":[]}}]}`,
		`{"features":[]}`, `{`,
	} {
		if tell(text) == nil {
			t.Errorf("%s is taken", text)
		}
	}
	err := tell(`{"features":[{"properties":{"iso_a2":"KE","admin":"Kenya","name":"Coast","cont_code":"AF"},
 "geometry":{"type":"Polygon","coordinates":[[[39,-4],[40,-4],[40,-2],[39,-4]]]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	d := readDrawn(t, out)
	if got := d.at(t, "countries", -3.5, 39.8); !slices.Equal(got, []string{"Kenya"}) {
		t.Errorf("the one country is %v", got)
	}
	if run(nil) == nil || run([]string{filepath.Join(dir, "none"), out}) == nil {
		t.Error("ran without a file")
	}
}
