package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// borders is a small world: a country with a hole, a part of it at the date line, a territory with a
// code that holds an island without one, land of nobody.
const borders = `{"features":[
	{"properties":{"iso1A2":"BB","isoStatus":"official"},"geometry":{"type":"MultiPolygon","coordinates":[
		[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,1],[6,2],[5,1]]]]}},
	{"properties":{"country":"BB","groups":["BB","001"]},"geometry":{"type":"MultiPolygon","coordinates":[
		[[[-179.99933,1],[-179,1],[-179,2],[-179.99933,1]]]]}},
	{"properties":{"iso1A2":"AA","country":"BB"},"geometry":null},
	{"properties":{"iso1A2":"AC","isoStatus":"excRes","country":"BB","groups":["AA","BB"]},"geometry":{"type":"MultiPolygon","coordinates":[
		[[[1,1.5],[2,1],[2,2],[1,1.5]]]]}},
	{"properties":{"nameEn":"Nobody's"},"geometry":{"type":"MultiPolygon","coordinates":[[[[7,7],[8,7],[8,8],[7,7]]]]}}]}`

// coasts is a small topology, in steps of a degree: an island across the date line of two arcs, one of
// them backwards; one at the South Pole; a straight coast with a point that is not needed.
const coasts = `{"transform":{"scale":[1,1],"translate":[0,0]},"objects":{"land":{"geometries":[{"type":"MultiPolygon","arcs":[
	[[0,-2]],[[2]],[[3]]]}]}},"arcs":[
	[[178,0],[0,4],[-354,0]],[[178,0],[6,0],[-360,4]],
	[[-179,-80],[100,0],[120,0],[138,0],[-358,0]],
	[[10,10],[2,0],[2,0],[0,5],[-4,-5]]]}`

// write makes a file of the test.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, land := filepath.Join(dir, "outlines.bin"), filepath.Join(dir, "land.bin")
	if err := run([]string{write(t, dir, "borders.json", borders), write(t, dir, "land.json", coasts), out, land}); err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(have, []byte("AA")) != 1 || bytes.Count(have, []byte("BB")) != 1 || bytes.Contains(have, []byte("AC")) {
		t.Errorf("the countries are not AA and BB: %q", have)
	}
	if have[0] != 2 || !bytes.HasPrefix(have[1:], []byte("AA")) {
		t.Errorf("want two countries in order, have %q", have)
	}
	if have, err = os.ReadFile(land); err != nil || len(have) == 0 || have[0] != 5 {
		t.Errorf("want five polygons of land, have %q, %v", have, err)
	}
}

func TestReadLand(t *testing.T) {
	t.Parallel()
	land, err := readLand([]byte(coasts))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, p := range land {
		have = append(have, fmt.Sprint(p))
	}
	want := []string{
		"[[[178 0] [178 4] [180 4] [180 0] [178 0]]]",
		"[[[-180 4] [-176 4] [-176 0] [-180 0] [-180 4]]]",
		"[[[-179 -80] [180 -80] [180 -90] [-179 -90] [-179 -80]]]",
		"[[[-180 -80] [-179 -80] [-179 -90] [-180 -90] [-180 -80]]]",
		"[[[10 10] [14 10] [14 15] [10 10]]]",
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %s", strings.Join(have, "\n"))
	}
}

func TestReadBorders(t *testing.T) {
	t.Parallel()
	all, err := readBorders([]byte(borders))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || len(all["AA"]) != 1 || len(all["BB"]) != 2 || len(all["BB"][0]) != 2 {
		t.Errorf("have %v", all)
	}
	if snap(units(-179.98)) == -dateLine || snap(units(-179.9843)) != -dateLine || snap(units(179.9995)) != dateLine || snap(units(179.9)) != units(179.9) {
		t.Error("longitudes beside the date line are not on it, or others are")
	}
}

func TestReadBordersRefuses(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"unexpected end":             `{"features":[`,
		"country AA has no outline":  `{"features":[{"properties":{"iso1A2":"AA"}}]}`,
		"is a Point; want a MultiPo": `{"features":[{"properties":{"iso1A2":"AA"},"geometry":{"type":"Point","coordinates":[]}}]}`,
	} {
		if _, err := readBorders([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: have error %v", text, err)
		}
	}
	if run(nil) == nil || run([]string{"none.json", "none.json", "none.bin", "none.bin"}) == nil {
		t.Error("ran without a file")
	}
}
