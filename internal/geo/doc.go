// Package geo owns places on the earth: points, how far they are apart, and how far outside a country
// they lie. The outlines of countries are data in this package (OUTLINES.txt says whose, what they show
// and how exactly); everything else only calculates.
package geo
