package lineartest

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// TestChecker: the model accepts what may happen and nothing else.
func TestChecker(t *testing.T) {
	t.Parallel()
	cell := where{"a", "45"}
	at := func(call, ret int64, x step) step {
		x.where, x.call, x.ret = cell, call, ret
		return x
	}
	on, off := step{what: activate}, step{what: deactivate}
	put, placed := step{what: place, block: "b1"}, state{true, "b1 "}
	unknown := func(x step) step { x.unknown = true; return x }
	sees := func(s state) step { return step{what: decide, answer: s} }
	taken := func(changed bool) step { return step{what: lift, block: "b1", changed: changed} }
	for name, c := range map[string]struct {
		steps []step
		want  bool
	}{
		"nothing was activated":         {[]step{at(1, 2, sees(state{}))}, true},
		"yes without an activation":     {[]step{at(1, 2, sees(state{active: true}))}, false},
		"yes after the activation":      {[]step{at(1, 2, on), at(3, 4, sees(state{active: true}))}, true},
		"no after the activation":       {[]step{at(1, 2, on), at(3, 4, sees(state{}))}, false},
		"either during the activation":  {[]step{at(1, 5, on), at(2, 3, sees(state{})), at(3, 4, sees(state{active: true}))}, true},
		"yes and then no during it":     {[]step{at(1, 6, on), at(2, 3, sees(state{active: true})), at(4, 5, sees(state{}))}, false},
		"stale yes after a stop":        {[]step{at(1, 2, on), at(3, 4, off), at(5, 6, sees(state{active: true}))}, false},
		"stale yes after a block":       {[]step{at(1, 2, on), at(3, 4, put), at(5, 6, sees(state{active: true}))}, false},
		"the block is seen":             {[]step{at(1, 2, on), at(3, 4, put), at(5, 6, sees(placed))}, true},
		"a lifted block is seen":        {[]step{at(1, 2, on), at(3, 4, put), at(5, 6, taken(true)), at(7, 8, sees(placed))}, false},
		"lifted twice":                  {[]step{at(1, 2, put), at(3, 4, taken(true)), at(5, 6, taken(true))}, false},
		"lifted already":                {[]step{at(1, 2, put), at(3, 4, taken(true)), at(5, 6, taken(false))}, true},
		"an unknown stop was done":      {[]step{at(1, 2, on), at(3, 4, unknown(off)), at(5, 6, sees(state{}))}, true},
		"an unknown stop was not":       {[]step{at(1, 2, on), at(3, 4, unknown(off)), at(5, 6, sees(state{active: true}))}, true},
		"an unknown stop came and went": {[]step{at(1, 2, on), at(3, 6, unknown(off)), at(4, 5, sees(state{})), at(7, 8, sees(state{active: true}))}, false},
		"an unknown stop came later":    {[]step{at(1, 2, on), at(3, 4, unknown(off)), at(5, 6, sees(state{active: true})), at(7, 8, sees(state{}))}, false},
	} {
		if got := porcupine.CheckOperations(model(), seenFrom(cell, c.steps)); got != c.want {
			t.Errorf("%s: an order was found: %v, want %v", name, got, c.want)
		}
	}
}
