// Package sign owns what a signed request proves: the EPS signature over its timestamp, the
// window around the clock, and the replay guard that ties a timestamp to the first request that
// used it. Time comes in as an argument; the package reads no clock and does no I/O. What the
// signature covers and what it does not is in DESIGN.md.
package sign
