package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// point is a place in hundred-thousandths of a degree, which is what the source is given in: east and north.
type point struct{ x, y int32 }

const unitsPerDegree = 100_000

// area is a state or province.
type area struct {
	country  string // ISO 3166-1 alpha-2
	land     string // the country's name
	name     string
	africa   bool
	polygons [][][]point // outer ring and holes; each ring ends before where it begins, its area on the left
}

// hidden are countries that the map leaves out: nobody works in Antarctica, and it would be the largest of all.
func hidden(country string) bool { return country == "AQ" }

// detailed are the countries beside those of Africa whose states are drawn.
func detailed(country string) bool {
	switch country {
	case "IN", "PK", "BD", "LK", "NP", "BT", "MV", "AF":
		return true
	}
	return false
}

type feature struct {
	Properties struct {
		Country   string `json:"iso_a2"`
		Land      string `json:"admin"`
		Name      string `json:"name"`
		English   string `json:"name_en"`
		Continent string `json:"cont_code"`
	} `json:"properties"`
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// readAreas reads what the source has of states and provinces.
func readAreas(text []byte) (all []area, err error) {
	var file struct {
		Features []feature `json:"features"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for i := range file.Features {
		f := &file.Features[i]
		p := f.Properties
		a := area{country: p.Country, land: p.Land, name: p.English, africa: p.Continent == "AF"}
		if a.name == "" {
			a.name = p.Name
		}
		if len(a.country) != 2 || strings.Trim(a.country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, fmt.Errorf("feature %d (%s) is of no country", i, a.name)
		}
		if a.polygons, err = f.polygons(); err != nil {
			return nil, fmt.Errorf("feature %d (%s): %w", i, a.name, err)
		}
		if !hidden(a.country) {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there are no features")
	}
	return all, nil
}

func (f *feature) polygons() (list [][][]point, err error) {
	var many [][][][2]float64
	switch f.Geometry.Type {
	case "MultiPolygon":
		err = json.Unmarshal(f.Geometry.Coordinates, &many)
	case "Polygon":
		many = make([][][][2]float64, 1)
		err = json.Unmarshal(f.Geometry.Coordinates, &many[0])
	default:
		err = fmt.Errorf("it is a %q", f.Geometry.Type)
	}
	for _, rings := range many {
		var polygon [][]point
		for i, ring := range rings {
			if r := toPoints(ring, i == 0); len(r) >= 3 {
				polygon = append(polygon, r)
			}
		}
		list = append(list, polygon)
	}
	return list, err
}

// toPoints gives a ring without its last point and without repetitions; an outer one goes against the clock, a hole
// with it.
func toPoints(ring [][2]float64, outer bool) (list []point) {
	for _, c := range ring {
		p := point{int32(math.Round(c[0] * unitsPerDegree)), int32(math.Round(c[1] * unitsPerDegree))}
		if n := len(list); n == 0 || list[n-1] != p {
			list = append(list, p)
		}
	}
	if n := len(list); n > 1 && list[0] == list[n-1] {
		list = list[:n-1]
	}
	if (size(list) > 0) != outer {
		for i, k := 0, len(list)-1; i < k; i, k = i+1, k-1 {
			list[i], list[k] = list[k], list[i]
		}
	}
	return list
}

// size is the area of a ring in square degrees, shrunk as a degree is at its latitude; more than 0 against the clock.
func size(ring []point) (sum float64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += float64(p.x)*float64(q.y) - float64(q.x)*float64(p.y)
	}
	if len(ring) == 0 {
		return 0
	}
	return sum / 2 / unitsPerDegree / unitsPerDegree * narrow(ring[0])
}

// narrow is how much shorter a degree of longitude is than one of latitude.
func narrow(p point) float64 { return math.Cos(float64(p.y) / unitsPerDegree * math.Pi / 180) }
