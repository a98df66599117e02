package audit

import (
	"math/rand/v2"
	"testing"
)

// TestTable does the same to a table and to a map: keys that crowd together, all values of a key, and growing.
func TestTable(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]func(*rand.Rand) uint64{
		"hashes":  (*rand.Rand).Uint64,
		"crowded": func(r *rand.Rand) uint64 { return r.Uint64N(500) << 32 },
		"few":     func(r *rand.Rand) uint64 { return r.Uint64N(8) + 1 },
		"edges":   func(r *rand.Rand) uint64 { return ^uint64(0) - r.Uint64N(100) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			var got table[int]
			want := map[uint64]int{}
			for i := range 5000 {
				k := max(key(r), 1) // 0 and 1 are one: that is the same as any two that share a hash
				*got.at(k) += i
				want[k] += i
				if other := key(r); other > 1 {
					v := got.find(other)
					if w, ok := want[other]; ok != (v != nil) || ok && *v != w {
						t.Fatalf("after %d: %x is %v, want %d, %v", i, other, v, w, ok)
					}
				}
			}
			if got.n != len(want) {
				t.Errorf("%d keys, want %d", got.n, len(want))
			}
			for k, w := range want {
				if v := got.find(k); v == nil || *v != w {
					t.Errorf("%x is %v, want %d", k, v, w)
				}
			}
		})
	}
}

func TestTableOfZero(t *testing.T) {
	t.Parallel()
	var x table[string]
	if x.find(0) != nil || x.find(1) != nil {
		t.Error("an empty table has something")
	}
	*x.at(0) = "zero"
	if v := x.find(0); v == nil || *v != "zero" {
		t.Errorf("key 0 is %v", v)
	}
}
