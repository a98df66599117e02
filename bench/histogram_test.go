package main

import (
	"testing"
	"time"
)

func TestBucketsAreContiguous(t *testing.T) {
	t.Parallel()
	for v := range uint64(1 << 16) {
		i := bucket(v)
		if v > upper(i) || (i > 0 && v <= upper(i-1)) {
			t.Fatalf("%d is in bucket %d, which ends at %d after one that ends at %d", v, i, upper(i), upper(i-1))
		}
	}
	if last := bucket(1<<64 - 1); last >= len(histogram{}.counts) {
		t.Fatalf("the largest value is in bucket %d of %d", last, len(histogram{}.counts))
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var thousand, one, none histogram
	for i := range 1000 {
		thousand.record(time.Duration(i+1) * time.Microsecond)
	}
	one.record(-time.Second)
	for _, c := range []struct {
		name string
		h    *histogram
		q    float64
		want time.Duration
	}{
		{"half of a thousand", &thousand, 0.5, 500 * time.Microsecond},
		{"99 of a hundred", &thousand, 0.99, 990 * time.Microsecond},
		{"all", &thousand, 1, time.Millisecond},
		{"the first", &thousand, 0, time.Microsecond},
		{"a negative one is zero", &one, 0.99, 0},
		{"of nothing", &none, 0.5, 0},
	} {
		have := c.h.quantile(c.q)
		if have < c.want || float64(have) > float64(c.want)*(1+1.0/(1<<subBits)) {
			t.Errorf("%s: want %s and less than one per cent more, have %s", c.name, c.want, have)
		}
	}
}

func TestHistogramAdd(t *testing.T) {
	t.Parallel()
	var a, b histogram
	for i := range 99 {
		a.record(time.Duration(i % 2))
	}
	b.record(100)
	b.add(&a)
	if b.total != 100 || b.quantile(0.5) > 1 || b.quantile(1) < 100 {
		t.Errorf("have %d, the middle %d, the last %d", b.total, b.quantile(0.5), b.quantile(1))
	}
}
