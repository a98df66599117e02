package console_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/switchboard-platform/switchboard"
)

// town is where agents have their shops.
type town struct {
	name, state, pin string
	lat, lng         float64
	country          string
}

// towns are towns of India and Kenya.
func towns() []town {
	return []town{
		{"Pune", "Maharashtra", "411001", 18.5204, 73.8567, "IN"}, {"Nashik", "Maharashtra", "422001", 19.9975, 73.7898, "IN"}, {"Nagpur", "Maharashtra", "440001", 21.1458, 79.0882, "IN"},
		{"Varanasi", "Uttar Pradesh", "221001", 25.3176, 82.9739, "IN"}, {"Lucknow", "Uttar Pradesh", "226001", 26.8467, 80.9462, "IN"}, {"Patna", "Bihar", "800001", 25.5941, 85.1376, "IN"},
		{"Jaipur", "Rajasthan", "302001", 26.9124, 75.7873, "IN"}, {"Udaipur", "Rajasthan", "313001", 24.5854, 73.7125, "IN"}, {"Surat", "Gujarat", "395003", 21.1702, 72.8311, "IN"},
		{"Indore", "Madhya Pradesh", "452001", 22.7196, 75.8577, "IN"}, {"Madurai", "Tamil Nadu", "625001", 9.9252, 78.1198, "IN"}, {"Coimbatore", "Tamil Nadu", "641001", 11.0168, 76.9558, "IN"},
		{"Mysuru", "Karnataka", "570001", 12.2958, 76.6394, "IN"}, {"Kochi", "Kerala", "682001", 9.9312, 76.2673, "IN"}, {"Guwahati", "Assam", "781001", 26.1445, 91.7362, "IN"},
		{"Nairobi", "Nairobi County", "00100", -1.2864, 36.8172, "KE"}, {"Kisumu", "Kisumu County", "40100", -0.0917, 34.7680, "KE"}, {"Nakuru", "Nakuru County", "20100", -0.3031, 36.0800, "KE"},
		{"Eldoret", "Uasin Gishu County", "30100", 0.5143, 35.2698, "KE"}, {"Nyeri", "Nyeri County", "10100", -0.4169, 36.9510, "KE"}, {"Machakos", "Machakos County", "90100", -1.5177, 37.2634, "KE"},
	}
}

// names are given to people of a country: first names, family names, and what shops are called after them.
func names(country string) (first, last, shops []string) {
	if country == "KE" {
		return []string{"Wanjiru", "Otieno", "Achieng", "Kamau", "Njeri", "Mwangi", "Chebet", "Kiprono", "Akinyi", "Mutua", "Nyambura", "Odhiambo"},
			[]string{"Kariuki", "Omondi", "Ochieng", "Kimani", "Koech", "Maina", "Muthoni", "Were", "Musyoka", "Rotich", "Njoroge", "Wafula"},
			[]string{"General Store", "M-Point", "Agencies", "Duka", "Enterprises", "Phone Shop"}
	}
	return []string{"Asha", "Rahul", "Sunita", "Imran", "Lakshmi", "Suresh", "Priya", "Anil", "Farhana", "Ganesh", "Meenakshi", "Vikram", "Rekha", "Joseph"},
		[]string{"Verma", "Patil", "Sharma", "Deshmukh", "Narayanan", "Yadav", "Iyer", "Khan", "Gupta", "Naidu", "Das", "Joshi", "Pillai", "Borah"},
		[]string{"Kirana", "Mobile Point", "Stores", "Telecom", "Digital Seva", "Medical & General"}
}

// somebody makes up who the n-th agent is, and where in town the shop stands.
func somebody(chance *rand.Rand, n int, at town) (switchboard.Profile, string) {
	first, last, shops := names(at.country)
	one := func(list []string) string { return list[chance.IntN(len(list))] }
	p := switchboard.Profile{FirstName: one(first), LastName: one(last), DOB: fmt.Sprintf("19%02d-%02d-%02d", 68+chance.IntN(31), 1+chance.IntN(12), 1+chance.IntN(28)),
		Address: switchboard.Address{Line: fmt.Sprintf("%d %s", 1+chance.IntN(180), one([]string{"Market Road", "Station Road", "Bus Stand Road", "Church Street"})), City: at.name, State: at.state, Pincode: at.pin}}
	p.ShopName = p.LastName + " " + one(shops)
	p.Mobile = fmt.Sprintf("9%09d", 820000000+n*7919)
	if at.country == "KE" {
		p.Mobile = fmt.Sprintf("7%09d", 220000000+n*7919)
	} else {
		p.PAN = fmt.Sprintf("B%c%cP%c%04dK", 'A'+chance.IntN(26), 'A'+chance.IntN(26), p.LastName[0], 1000+n)
	}
	spread := func() float64 { return (chance.Float64() - .5) * .2 }
	return p, fmt.Sprintf("%.4f,%.4f", at.lat+spread(), at.lng+spread())
}
