package registry

import (
	"strconv"
	"testing"
)

// TestUsesAreBounded: notes beyond the bound are not taken, those of what is noted already are.
func TestUsesAreBounded(t *testing.T) {
	t.Parallel()
	u, taken := newUses(), 0
	for i := range useShards * maxUses * 5 / 4 {
		if u.note(u.hash(use{strconv.Itoa(i), "45"}), use{strconv.Itoa(i), "45"}, 1) {
			taken++
		}
	}
	if taken > useShards*maxUses || taken < useShards*maxUses*9/10 {
		t.Errorf("%d notes are kept", taken)
	}
	if !u.note(u.hash(use{"0", "45"}), use{"0", "45"}, 2) {
		t.Error("a later day of what is noted is not taken")
	}
	if u.note(u.hash(use{"0", "45"}), use{"0", "45"}, 1); true {
		for i := range u.shards {
			for _, x := range u.shards[i].take() {
				if x.UserCode == "0" && x.Day != 2 {
					t.Errorf("the day is %d", x.Day)
				}
			}
		}
	}
	if !u.note(u.hash(use{"new", "45"}), use{"new", "45"}, 1) {
		t.Error("there is no room after all were taken")
	}
}
