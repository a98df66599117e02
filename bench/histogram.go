package main

import (
	"math/bits"
	"time"
)

// subBits sets the precision: a recorded value is kept to within 1/2^subBits of itself.
const subBits = 7

// histogram counts durations in buckets whose width grows with the value, so that recording is an
// addition and any quantile is exact to better than one per cent, in fixed memory.
type histogram struct {
	counts [(64 - subBits + 1) << subBits]uint64
	total  uint64
}

// bucket gives the index a value is counted under. Values below 2^(subBits+1) have one each.
func bucket(v uint64) int {
	shift := max(bits.Len64(v)-subBits-1, 0)
	return shift<<subBits + int(v>>shift)
}

// upper gives the largest value counted under an index.
func upper(index int) uint64 {
	shift := max(index>>subBits-1, 0)
	return uint64(index-shift<<subBits+1)<<shift - 1
}

// record counts one duration; a negative one counts as zero.
func (h *histogram) record(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0)))]++
	h.total++
}

// quantile gives the duration that the share q of all is not above; zero when nothing was recorded.
func (h *histogram) quantile(q float64) time.Duration {
	want, seen := uint64(q*float64(h.total)), uint64(0)
	for i, n := range h.counts {
		seen += n
		if n > 0 && seen >= max(want, 1) {
			return time.Duration(upper(i))
		}
	}
	return 0
}

// add counts what another one has counted as well.
func (h *histogram) add(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}
