package geo

import (
	"maps"
	"slices"
)

// waters is how far off a coast the sea still belongs to a country, in metres: 12 nautical miles.
const waters = 12 * 1852

// Outside says how far a point lies outside a country, in metres along the ground: 0 for one inside.
// ok is false when there is no outline for the country. Its waters are inside; what lies beyond them
// is outside of every country. The distance across the sea is never overstated.
func Outside(country string, p Point) (metres float64, ok bool) {
	draw, ok := countries()[country]
	if !ok {
		return 0, false
	}
	if p.Long == 180 {
		p.Long = -180 // the same place; a ray to the east begins on this side
	}
	metres = draw().outside(p, 0)
	// Borders at sea are drawn so wide that they hold the high sea, too.
	return max(metres, land().outside(p, metres+waters)-waters), true
}

// KnownCountry says whether there is an outline for a country, by its ISO 3166-1 alpha-2 code ("IN").
// Every code of the standard has one, and so has XK.
func KnownCountry(country string) bool {
	_, ok := countries()[country]
	return ok
}

// Countries lists the codes of all known countries in order.
func Countries() []string { return slices.Sorted(maps.Keys(countries())) }
