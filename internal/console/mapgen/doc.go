// Command mapgen makes the outlines of the map page out of the states and provinces of Natural Earth: those of
// countries everywhere, and those of states where they are wanted. It is run by hand when a newer version of those is
// wanted; ../assets/map/OUTLINES.txt tells where they come from and how.
package main
