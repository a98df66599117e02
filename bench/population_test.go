package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"testing"
)

// population gives the written agents as records, without the header.
func population(t *testing.T, agents int) [][]string {
	t.Helper()
	var once, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&once, &again} {
		if err := writePopulation(w, agents); err != nil {
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
	return records[1:]
}

func TestPopulation(t *testing.T) {
	t.Parallel()
	const agents = 20_000
	records := population(t, agents)
	if len(records) != agents {
		t.Fatalf("want %d agents, have %d", agents, len(records))
	}
	forms := []*regexp.Regexp{
		regexp.MustCompile(`^[1-9]\d{7}$`), regexp.MustCompile(`^[6-9]\d{9}$`),
		regexp.MustCompile(`^[A-Z][a-z]+$`), regexp.MustCompile(`^[A-Z][a-z]+$`),
		regexp.MustCompile(`^[A-Z][a-z]+$`), regexp.MustCompile(`^[A-Z][A-Za-z ]+$`),
		regexp.MustCompile(`^[A-Z][A-Za-z ]+$`), regexp.MustCompile(`^[A-Z]{3}P[A-Z]\d{4}[A-Z]$`),
		regexp.MustCompile(`^4;43;45;53;59$`),
	}
	mobiles, pans := map[string]bool{}, map[string]bool{}
	before, rising := records[0][1], 0
	for i, r := range records {
		for k, form := range forms {
			if !form.MatchString(r[k]) {
				t.Fatalf("agent %d, field %d: %q does not match %s", i, k, r[k], form)
			}
		}
		if i > 0 && r[0] <= records[i-1][0] {
			t.Fatalf("agent %d: user code %s does not follow %s", i, r[0], records[i-1][0])
		}
		if r[1] > before {
			rising++
		}
		before = r[1]
		mobiles[r[1]], pans[r[7]] = true, true
	}
	if len(mobiles) != agents || len(pans) != agents {
		t.Errorf("want %d of each, have %d mobiles and %d PANs", agents, len(mobiles), len(pans))
	}
	if rising > agents*3/4 || rising < agents/4 {
		t.Errorf("mobiles are nearly in order: %d of %d rise", rising, agents)
	}
}

func TestPopulationLimits(t *testing.T) {
	t.Parallel()
	for _, agents := range []int{-1, 0, maxAgents + 1} {
		if err := writePopulation(&bytes.Buffer{}, agents); err == nil {
			t.Errorf("%d agents were written", agents)
		}
	}
	if last := userCode(maxAgents - 1); last > 99_999_999 {
		t.Errorf("the last user code is %d", last)
	}
}
