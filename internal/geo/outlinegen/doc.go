// Command outlinegen makes the outlines that package geo embeds: of countries out of the borders of
// country-coder, of land out of the coasts of world-atlas. It is run by hand when a newer version of
// those is wanted; ../OUTLINES.txt tells where they come from and how.
package main
