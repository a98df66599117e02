//go:build !race

package decision_test

import "testing"

// maxAllocs is what a decision may allocate: the request's id, its header, the codes that were asked about.
const maxAllocs = 6

// TestAllocs keeps the frequent call cheap. Not under the race detector, whose pools drop what they are given.
func TestAllocs(t *testing.T) {
	w := newWorld(t, quiet)
	ask := decider(t, w)
	ask()
	if n := testing.AllocsPerRun(1000, ask); n > maxAllocs {
		t.Errorf("a decision allocates %v times, more than %d", n, maxAllocs)
	}
	if w.decided.Load() < 1000 {
		t.Errorf("%d decisions", w.decided.Load())
	}
}
