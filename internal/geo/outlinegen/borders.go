package main

import (
	"encoding/json"
	"fmt"
	"slices"
)

// place is a longitude and a latitude, in the order of GeoJSON.
type place [2]float64

// polygon is an outer ring and its holes; each ring ends where it begins.
type polygon [][]place

// feature is one piece of land of country-coder: a country, a part of one, or a group of them.
type feature struct {
	Properties struct {
		Code    string   `json:"iso1A2"`
		Status  string   `json:"isoStatus"` // of the code; none: official
		Country string   `json:"country"`   // whose part it is
		Groups  []string `json:"groups"`
	} `json:"properties"`
	Geometry *struct {
		Type        string    `json:"type"`
		Coordinates []polygon `json:"coordinates"`
	} `json:"geometry"`
}

// official says whether a feature has a code that people use for it: one of ISO 3166-1, or XK for
// Kosovo, which the standard leaves to its users.
func (f *feature) official() bool {
	code, status := f.Properties.Code, f.Properties.Status
	return code != "" && (status == "" || status == "official") || code == "XK"
}

// readBorders gathers the polygons of each code. Land that has no code of its own counts for the
// territory that it is a part of, else for its country, else for nobody.
func readBorders(text []byte) (map[string][]polygon, error) {
	var file struct {
		Features []feature `json:"features"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, f := range file.Features {
		if f.official() {
			known[f.Properties.Code] = true
		}
	}
	all := map[string][]polygon{}
	for i, f := range file.Features {
		code := owner(&f, known)
		if f.Geometry == nil || code == "" {
			continue
		}
		if f.Geometry.Type != "MultiPolygon" {
			return nil, fmt.Errorf("feature %d is a %s; want a MultiPolygon", i, f.Geometry.Type)
		}
		all[code] = append(all[code], f.Geometry.Coordinates...)
	}
	for code := range known {
		if len(all[code]) == 0 {
			return nil, fmt.Errorf("country %s has no outline", code)
		}
	}
	return all, nil
}

// owner gives the code that a feature's land counts for, "" for nobody's.
func owner(f *feature, known map[string]bool) string {
	p := f.Properties
	if known[p.Code] {
		return p.Code
	}
	territory := slices.IndexFunc(p.Groups, func(g string) bool { return known[g] && g != p.Country })
	if territory >= 0 {
		return p.Groups[territory]
	}
	return p.Country
}
