package main

import (
	"bufio"
	"fmt"
	"io"
)

// maxAgents keeps user codes at eight digits.
const maxAgents = 11_000_000

// populationForm changes whenever the same number of agents or members would be others than before: databases that were
// kept can not be used then.
const populationForm = 2

// importedServices are what every agent of the population has switched on, ordered by number.
func importedServices() []string { return []string{"4", "43", "45", "53", "59"} }

// userCode gives the code of the i-th agent, above that of the sandbox's own one. Codes rise with i and leave gaps,
// as codes that were given over years to several partners do. pgbench calculates them, too: see userCodeOf.
func userCode(i int) uint32 {
	return 21_000_000 + uint32(i)*7 + uint32(uint64(i)*2_654_435_761>>16%7)
}

// scramble is the finalizer of SplitMix64: a fixed, well-mixed permutation of the 64-bit numbers.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// writePopulation writes agents as a CSV file for import, sorted by user code. The same number of
// agents gives the same bytes.
func writePopulation(w io.Writer, agents int) error {
	if agents < 1 || agents > maxAgents {
		return fmt.Errorf("agents: want 1 to %d, have %d", maxAgents, agents)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintln(out, "user_code,mobile,first_name,last_name,city,state,shop_name,pan_number,services")
	var line []byte
	for i := range agents {
		line = appendAgent(line[:0], i)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// appendAgent appends the i-th agent's line. Mobile and PAN are unique and in no order.
func appendAgent(line []byte, i int) []byte {
	p := people()
	first, last := p.first[draw(i, 1, len(p.first))], p.last[draw(i, 2, len(p.last))]
	place, shop := p.places[draw(i, 3, len(p.places))], p.shops[draw(i, 4, len(p.shops))]
	line = fmt.Appendf(line, "%d,%d,%s,%s,%s,%s %s,", userCode(i), mobile(i), first, last, place, last, shop)
	line = appendPAN(line, i)
	for k, service := range importedServices() {
		separator := byte(';')
		if k == 0 {
			separator = ','
		}
		line = append(append(line, separator), service...)
	}
	return append(line, '\n')
}

// draw picks one of n for the i-th agent; which tells the draws of one agent apart.
func draw(i, which, n int) int {
	return int(scramble(uint64(i)<<3|uint64(which)) % uint64(n))
}

// mobile spreads the agents over the ten-digit numbers from 6 to 9; the factor shares no divisor
// with their count, so no two agents meet.
func mobile(i int) uint64 {
	return 6_000_000_000 + (uint64(i)*2_654_435_761+1_234_567)%4_000_000_000
}

// appendPAN writes five letters, the fourth P for a person, four digits and a letter. The factor
// shares no divisor with the count of such numbers, so no two agents meet.
func appendPAN(line []byte, i int) []byte {
	const count = 26 * 26 * 26 * 26 * 26 * 10_000
	n := (uint64(i)*48_271_000_003 + 987_654_321) % count
	letter := func() byte {
		c := 'A' + byte(n%26)
		n /= 26
		return c
	}
	line = append(line, letter(), letter(), letter(), 'P', letter())
	check := letter()
	return append(fmt.Appendf(line, "%04d", n), check)
}

type peopleLists struct{ first, last, places, shops [16]string }

// people are the lists that names are drawn from; a place is city and state.
func people() *peopleLists {
	return &peopleLists{
		first: [16]string{
			"Aarav", "Ananya", "Bharat", "Deepa", "Farhan", "Gita", "Harpreet", "Imran",
			"Jyoti", "Kavita", "Lakshmi", "Manoj", "Nisha", "Pradeep", "Rukmini", "Suresh",
		},
		last: [16]string{
			"Agarwal", "Bose", "Chauhan", "Das", "Fernandes", "Gupta", "Iyer", "Joshi",
			"Khan", "Mishra", "Nair", "Patel", "Reddy", "Sharma", "Thakur", "Yadav",
		},
		places: [16]string{
			"Agra,Uttar Pradesh", "Bhopal,Madhya Pradesh", "Coimbatore,Tamil Nadu", "Dhanbad,Jharkhand",
			"Guntur,Andhra Pradesh", "Hubballi,Karnataka", "Indore,Madhya Pradesh", "Jodhpur,Rajasthan",
			"Kochi,Kerala", "Ludhiana,Punjab", "Muzaffarpur,Bihar", "Nashik,Maharashtra",
			"Patna,Bihar", "Raipur,Chhattisgarh", "Surat,Gujarat", "Warangal,Telangana",
		},
		shops: [16]string{
			"Telecom", "General Store", "Mobile Centre", "Kirana", "Medical Hall", "Online Point",
			"Communication", "Book Depot", "Electronics", "Enterprises", "Jan Seva Kendra", "Traders",
			"Digital Seva", "Provision Store", "Photo Studio", "Stationery",
		},
	}
}
