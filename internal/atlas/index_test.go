package atlas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/switchboard-platform/switchboard/internal/geo"
)

// drawn is an agent of a test: its place lies on a lattice of hundredths of a degree, and questions are asked in
// between, so that no rounding decides.
type drawn struct {
	entry
	place geo.Point
}

func drawAgent(r *rand.Rand, near bool) drawn {
	deg := func(limit int) float64 { return float64(r.IntN(200*limit)-100*limit) / 100 }
	d := drawn{place: geo.Point{Lat: deg(85), Long: deg(180)}}
	if near { // to one another
		d.place = geo.Point{Lat: math.Round(2000+d.place.Lat) / 100, Long: math.Round(7700+d.place.Long) / 100}
	}
	d.code, d.partner = strconv.Itoa(r.IntN(20000)), []string{"p", "q"}[r.IntN(2)]
	common := isKnown
	if r.IntN(10) > 0 {
		common, d.spot = isKnown|isPlaced, spotOf(d.place)
	}
	d.whole = common
	for _, s := range []string{"4", "43", "53"} {
		if r.IntN(2) == 0 {
			m := common | marks(r.IntN(64))<<1
			d.services, d.whole = append(d.services, serviceMarks{s, m}), d.whole|m
		}
	}
	return d
}

func drawQuery(t *rapid.T) Query {
	between := func(label string, limit int) float64 {
		return float64(rapid.IntRange(-100*limit, 100*limit-1).Draw(t, label))/100 + 0.005
	}
	a, b := between("south", 85), between("north", 85)
	q := Query{South: min(a, b), North: max(a, b), West: between("west", 180), East: between("east", 180),
		Zoom: rapid.IntRange(0, MaxZoom).Draw(t, "zoom"), Service: rapid.SampledFrom([]string{"", "4", "43", "99"}).Draw(t, "service"),
		State:   rapid.SampledFrom(append(States(), "")).Draw(t, "state"),
		Outside: rapid.Bool().Draw(t, "only outside")}
	if rapid.Bool().Draw(t, "everywhere") {
		q.South, q.West, q.North, q.East = -90, -180, 90, 180
	}
	return q
}

// has says in degrees whether a place is in the part that a query shows.
func (q *Query) has(p geo.Point) bool {
	within := q.West <= p.Long && p.Long <= q.East
	if q.West > q.East {
		within = p.Long >= q.West || p.Long <= q.East
	}
	return within && q.South <= p.Lat && p.Lat <= q.North
}

// fits says what of an agent a query is about, and whether it shows it.
func (q *Query) fits(d *drawn, common marks, byPartner map[string]marks) (m marks, ok bool) {
	m = d.whole
	if q.Service != "" {
		m = 0
		for _, s := range d.services {
			if s.code == q.Service {
				m = s.marks
			}
		}
	}
	if m == 0 {
		return 0, false
	}
	m |= common | byPartner[d.partner]
	return m, (q.State == "" || m&q.State.marks() != 0) && (!q.Outside || m&isOutside != 0)
}

// What an index answers is what looking at every agent gives, whatever came and changed before.
func TestLookAgainstEveryAgent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, all := newIndex(3), map[string]*drawn{}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		near := rapid.Bool().Draw(t, "near")
		for range rapid.SampledFrom([]int{3, 50, 300, 4000}).Draw(t, "agents") {
			d := drawAgent(r, near)
			x.put(&d.entry)
			all[d.code] = &d
		}
		q := drawQuery(t)
		common := rapid.SampledFrom([]marks{0, isBlocked}).Draw(t, "service blocked")
		byPartner := map[string]marks{"q": rapid.SampledFrom([]marks{0, isBlocked}).Draw(t, "partner blocked")}
		checkView(t, x.look(&q, common, byPartner), &q, all, common, byPartner)
	})
}

func checkView(t *rapid.T, got View, q *Query, all map[string]*drawn, common marks, byPartner map[string]marks) {
	want := View{Read: len(all)}
	var shown []*drawn
	for _, d := range all {
		m, ok := q.fits(d, common, byPartner)
		if !ok {
			continue
		}
		want.Total++
		if m&isPlaced == 0 {
			want.Nowhere++
		} else if q.has(d.place) {
			want.Shown++
			shown = append(shown, d)
		}
	}
	if got.Read != want.Read || got.Total != want.Total || got.Nowhere != want.Nowhere || got.Shown != want.Shown {
		t.Fatalf("%+v: got %d read, %d fit, %d nowhere, %d shown; want %+v", *q, got.Read, got.Total, got.Nowhere, got.Shown, want)
	}
	sum := 0
	for _, c := range got.Clusters {
		sum += c.Agents
		checkCluster(t, c, q, shown, common, byPartner)
	}
	if sum != want.Shown || len(got.Clusters) > mostClusters || want.Shown <= fewAgents && len(got.Clusters) != want.Shown {
		t.Fatalf("%+v: %d clusters of %d agents; %d are to be shown", *q, len(got.Clusters), sum, want.Shown)
	}
}

// checkCluster compares a cluster of several with the agents in its bounds, and one of a single agent with that one.
func checkCluster(t *rapid.T, c Cluster, q *Query, shown []*drawn, common marks, byPartner map[string]marks) {
	const near = 2e-6
	var want Cluster
	for _, d := range shown {
		p := d.place
		if p.Lat < c.SouthWest.Lat-near || p.Lat > c.NorthEast.Lat+near || p.Long < c.SouthWest.Long-near || p.Long > c.NorthEast.Long+near {
			continue
		}
		if c.Agent != "" && c.Agent != d.code {
			continue // at the same place, shown on its own
		}
		m, _ := q.fits(d, common, byPartner)
		want.Agents++
		want.Outside += int(m & isOutside / isOutside)
		want.Waiting += int(m & isWaiting / isWaiting)
		want.Blocked += int(m & isBlocked / isBlocked)
	}
	if c.Agents != want.Agents || c.Outside != want.Outside || c.Waiting != want.Waiting || c.Blocked != want.Blocked || (c.Agents == 1) != (c.Agent != "") {
		t.Fatalf("%+v: cluster %+v; there are %+v", *q, c, want)
	}
	if m := c.Middle; m.Lat < c.SouthWest.Lat-near || m.Lat > c.NorthEast.Lat+near || m.Long < c.SouthWest.Long-near || m.Long > c.NorthEast.Long+near {
		t.Fatalf("%+v: the middle of %+v is not in it", *q, c)
	}
}

// A place comes back from the map as it was.
func TestSpots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := geo.Point{Lat: decimals(rapid.Float64Range(-85, 85).Draw(t, "lat")), Long: decimals(rapid.Float64Range(-180, 179.999999).Draw(t, "long"))}
		if got := spotOf(p).point(); got != p {
			t.Fatalf("%+v became %+v", p, got)
		}
	})
	for _, p := range []geo.Point{{Lat: 90, Long: 180}, {Lat: -90, Long: -180}} {
		if got := spotOf(p).point(); math.Abs(got.Lat) < 85 || got.Long != -180 {
			t.Errorf("%+v is drawn at %+v", p, got)
		}
	}
}

// Agents who come later than the reading are found, and so are those before them.
func TestFind(t *testing.T) {
	t.Parallel()
	x := newIndex(0)
	codes := []string{"10", "2", "30", "1", "31", "29", "300"}
	for _, c := range codes {
		x.put(&entry{code: c, whole: isKnown})
		x.put(&entry{code: c, whole: isKnown | isPlaced})
	}
	for i, c := range codes {
		if got := x.find(c); got != i {
			t.Errorf("agent %s is at %d, want %d", c, got, i)
		}
	}
	if x.len() != len(codes) || x.find("3") != -1 || x.find("") != -1 || x.find("zz") != -1 {
		t.Errorf("%d agents; others are found at %d, %d, %d", x.len(), x.find("3"), x.find(""), x.find("zz"))
	}
}

// Who has a block that begins or ends by itself is looked at again when it does.
func TestDue(t *testing.T) {
	t.Parallel()
	x, turn := newIndex(0), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	x.put(&entry{code: "a", whole: isKnown, turn: turn})
	x.put(&entry{code: "b", whole: isKnown, turn: turn.Add(time.Hour)})
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{-1, "[]"}, {0, "[a]"}, {time.Hour - 1, "[a]"}} {
		if got := fmt.Sprint(x.due(turn.Add(step.after))); got != step.want {
			t.Errorf("%v after the turn %s are due, want %s", step.after, got, step.want)
		}
	}
	x.put(&entry{code: "a", whole: isKnown})
	if got := x.due(turn); len(got) != 0 {
		t.Errorf("%s is due again", got)
	}
}

// A closer look gives every agent its own dot, while there are few enough.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ agents, zoom, clusters int }{
		{200, 3, 200}, {201, 3, 1}, {500, 17, 500}, {500, 16, 1}, {501, 18, 1},
	} {
		x := newIndex(c.agents)
		for i := range c.agents {
			x.put(&entry{code: strconv.Itoa(i), spot: spotOf(geo.Point{Lat: 20, Long: 77}), whole: isKnown | isPlaced})
		}
		q := Query{South: 19.99, North: 20.01, West: 76.99, East: 77.01, Zoom: c.zoom}
		if got := len(x.look(&q, 0, nil).Clusters); got != c.clusters {
			t.Errorf("%d agents at one place are %d clusters at zoom %d, want %d", c.agents, got, c.zoom, c.clusters)
		}
	}
}
