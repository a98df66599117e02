package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"testing"
)

// members gives the written members as records, header first.
func members(t *testing.T, n int) [][]string {
	t.Helper()
	var once, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&once, &again} {
		if err := writeMembers(w, n); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(once.Bytes(), again.Bytes()) {
		t.Fatal("two populations of the same size differ")
	}
	records, err := csv.NewReader(&once).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestMembers(t *testing.T) {
	t.Parallel()
	const n = 20_000
	records := members(t, n)
	header, records := records[0], records[1:]
	if len(records) != n || slices.Contains(header, "pin") {
		t.Fatalf("want %d members and no PINs, have %d and columns %s", n, len(records), header)
	}
	forms := []*regexp.Regexp{
		regexp.MustCompile(`^2547\d{8}$`), regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z']+$`), regexp.MustCompile(`^\d{8}$`),
		regexp.MustCompile(`^NATIONAL_ID$`), regexp.MustCompile(`^[3-9]\d{7}$`), regexp.MustCompile(`^63903\d{10}$`),
		regexp.MustCompile(`^1099\d{12}$`),
	}
	seen, crowded, before := map[string]bool{}, false, records[0][0]
	for i, r := range records {
		for k, form := range forms {
			if !form.MatchString(r[k]) {
				t.Fatalf("member %d, %s: %q does not match %s", i, header[k], r[k], form)
			}
			seen[header[k]+r[k]] = true
		}
		if i > 0 && r[0] <= before {
			t.Fatalf("member %d: %s does not follow %s", i, r[0], before)
		}
		crowded = crowded || i > 0 && r[0][:11] == before[:11]
		before = r[0]
	}
	// Five columns are each member's own; the type has one value, and names come from 256.
	if len(seen) < 5*n || len(seen) > 5*n+257 {
		t.Errorf("want %d numbers that nobody shares, have %d values", 5*n, len(seen))
	}
	if crowded {
		t.Error("two members share the first eleven digits of their number: there is no gap between them")
	}
}

func TestMembersKeepClearOfTheSandbox(t *testing.T) {
	t.Parallel()
	const first = 254712345678 // the other is the next
	for i := (first - 254_700_000_000) / 10; i < (first-254_700_000_000)/10+2; i++ {
		if have := msisdn(i); have == first || have == first+1 {
			t.Errorf("member %d has a number of the sandbox's: %d", i, have)
		}
	}
}

func TestMembersLimits(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, maxMembers + 1} {
		if err := writeMembers(&bytes.Buffer{}, n); err == nil {
			t.Errorf("%d members were written", n)
		}
	}
	if last := msisdn(maxMembers - 1); last > 254_799_999_999 {
		t.Errorf("the last number is %d", last)
	}
}
