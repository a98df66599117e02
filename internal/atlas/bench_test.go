package atlas

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/geo"
)

const benchAgents = 1_000_000

// towns are where many agents are.
func towns(r *rand.Rand) (list []geo.Point) {
	for range 2000 {
		list = append(list, geo.Point{Lat: 8 + 24*r.Float64(), Long: 70 + 20*r.Float64()})
	}
	return list
}

// filled is an index of agents as they might be spread over a country: each near one of the towns, with five of ten
// services.
func filled(n int) *index {
	r := rand.New(rand.NewPCG(1, 2))
	places, x := towns(r), newIndex(n)
	for i := range n {
		town := places[int(float64(len(places))*r.Float64()*r.Float64())]
		p := geo.Point{Lat: town.Lat + r.NormFloat64()/20, Long: town.Long + r.NormFloat64()/20}
		e := entry{code: strconv.Itoa(30000001 + i), partner: "p" + strconv.Itoa(i%7), spot: spotOf(p), whole: isKnown | isPlaced}
		for s := range 5 {
			m := isKnown | isPlaced | []marks{isActivated, isActivated, isActivated, isPending | isWaiting, isDeactivated}[r.IntN(5)]
			if r.IntN(50) == 0 {
				m |= isOutside
			}
			e.services, e.whole = append(e.services, serviceMarks{strconv.Itoa(40 + (i+s)%10), m}), e.whole|m
		}
		x.put(&e)
	}
	return x
}

// BenchmarkLook asks for views from the world to a street, at a million agents.
func BenchmarkLook(b *testing.B) {
	x := filled(benchAgents)
	views := []struct {
		name string
		q    Query
	}{
		{"world", World()},
		{"country", Query{South: 5, North: 36, West: 65, East: 95, Zoom: 5}},
		{"state", Query{South: 20, North: 24, West: 75, East: 83, Zoom: 8}},
		{"town", Query{South: 21.9, North: 22.1, West: 78.9, East: 79.1, Zoom: 13}},
		{"street", Query{South: 22, North: 22.005, West: 79, East: 79.01, Zoom: 18}},
		{"country, one service", Query{South: 5, North: 36, West: 65, East: 95, Zoom: 5, Service: "43", State: Activated}},
		{"country, outside", Query{South: 5, North: 36, West: 65, East: 95, Zoom: 5, Outside: true}},
		{"country, blocked", Query{South: 5, North: 36, West: 65, East: 95, Zoom: 5, State: Blocked}},
	}
	for _, v := range views {
		b.Run(v.name, func(b *testing.B) {
			shown := 0
			for b.Loop() {
				shown = len(x.look(&v.q, 0, map[string]marks{"p3": isBlocked}).Clusters)
			}
			b.ReportMetric(float64(shown), "clusters")
		})
	}
}

// BenchmarkHeld says what a million agents take in memory.
func BenchmarkHeld(b *testing.B) {
	for b.Loop() {
		before := heap()
		x := filled(benchAgents)
		b.ReportMetric(float64(heap()-before)/benchAgents, "bytes/agent")
		runtime.KeepAlive(x)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
