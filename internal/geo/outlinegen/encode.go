package main

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// unitsPerDegree is what coordinates are rounded to: a hundred-thousandth of a degree, about a
// metre, which is also what the borders are given in. Package geo has the same number.
const unitsPerDegree = 100_000

// encode writes the outlines as package geo reads them: a list of countries, each with its code and
// the length of what follows; then the polygons, their rings, their points. Counts are uvarints, a
// coordinate is a varint of its difference to the one before it in the country, latitude first.
func encode(all map[string][]polygon) []byte {
	out := binary.AppendUvarint(nil, uint64(len(all)))
	for _, code := range slices.Sorted(maps.Keys(all)) {
		outline := encodeOutline(all[code])
		out = append(out, code...)
		out = binary.AppendUvarint(out, uint64(len(outline)))
		out = append(out, outline...)
	}
	return out
}

func encodeOutline(polygons []polygon) []byte {
	var lat, long int64
	out := binary.AppendUvarint(nil, uint64(len(polygons)))
	for _, rings := range polygons {
		out = binary.AppendUvarint(out, uint64(len(rings)))
		for _, ring := range rings {
			out = binary.AppendUvarint(out, uint64(len(ring)))
			for _, p := range ring {
				nextLong, nextLat := snap(units(p[0])), units(p[1])
				out = binary.AppendVarint(out, nextLat-lat)
				out = binary.AppendVarint(out, nextLong-long)
				lat, long = nextLat, nextLong
			}
		}
	}
	return out
}

func units(degrees float64) int64 { return int64(math.Round(degrees * unitsPerDegree)) }

// dateLine is 180 degrees, and seam how far from it some borders are drawn that mean it: a few hundred
// metres, which would else be a gap between the two halves of a country.
const (
	dateLine = 180 * unitsPerDegree
	seam     = unitsPerDegree / 50
)

// snap moves a longitude that is almost the date line onto it.
func snap(long int64) int64 {
	switch {
	case long > dateLine-seam:
		return dateLine
	case long < seam-dateLine:
		return -dateLine
	}
	return long
}
