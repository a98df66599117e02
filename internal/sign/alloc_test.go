//go:build !race

package sign

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// TestNoAllocations covers the path of every accepted request. Not in parallel, because
// allocations are counted for the whole process; not under the race detector, whose pools drop
// what they are given.
func TestNoAllocations(t *testing.T) {
	v, signature := NewVerifier(secret.NewText(testKey)), EPS(testKey, "1700000000000")
	g, ts := NewGuard(10*time.Second, testNow), int64(testMillis)
	next := func() {
		ts++
		g.Check("key", ts, one, home, partner.Strict, time.UnixMilli(ts))
	}
	for range 60_000 { // round the ring a few times, until tables are only passed on
		next()
	}
	const calls = 20_000
	path, body := strings.Repeat("/segment", 60), make([]byte, 4096)
	for name, f := range map[string]func(){
		"Verify": func() { v.Verify(signature, "1700000000000", testNow, testWindow) },
		"Check":  next,
		"Digest": func() { Digest("PUT", path, path, body) },
	} {
		// Counted over many calls at once: an average for one would round a rare one away.
		total := testing.AllocsPerRun(3, func() {
			for range calls {
				f()
			}
		})
		if total > calls/1000 { // a collection may empty the pool once
			t.Errorf("%s allocates %v times in %d calls", name, total, calls)
		}
	}
}
