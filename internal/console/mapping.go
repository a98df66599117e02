package console

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) mappingRoutes() {
	c.page("GET /map", "map", (*visit).mapPage)
	c.data("GET /map/view", (*visit).mapView)
}

// data answers scripts of a page with JSON.
func (c *Console) data(pattern string, fn func(*visit) (any, error)) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := c.enter(w, r)
		if err != nil {
			c.fail(v, err)
			return
		}
		x, err := fn(v)
		if err != nil {
			v.refuse(err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(x) // whoever left needs no answer
	})
}

// mapPage shows where agents are. What is on it a script asks for, as one moves about.
type mapPage struct {
	*visit
	Services []switchboard.Service
	Service  string
	State    string
	Outside  bool
	View     switchboard.MapView // of the whole world: the numbers, for who sees no map
}

// mapStates are the states to choose from; the first is any.
func mapStates() []string { return []string{"", "activated", "pending", "deactivated", "blocked"} }

// States are those.
func (mapPage) States() []string { return mapStates() }

func (v *visit) mapPage() (any, error) {
	p := mapPage{visit: v, Service: v.query("service"), State: v.query("state"), Outside: v.query("outside") != ""}
	var err error
	if p.Services, err = v.allServices(); err != nil {
		return nil, err
	}
	p.View, err = v.api.Map(v.r.Context(), switchboard.MapQuery{South: -85, West: -180, North: 85, East: 180, Service: p.Service, State: p.State, Outside: p.Outside})
	return p, err
}

// Bounds are the corners of what fits: south, west, north and east; none where nothing does.
func (p mapPage) Bounds() (b []float64) {
	for _, c := range p.View.Clusters {
		if b == nil {
			b = []float64{c.South, c.West, c.North, c.East}
		}
		b = []float64{min(b[0], c.South), min(b[1], c.West), max(b[2], c.North), max(b[3], c.East)}
	}
	return b
}

// Sum adds up a count of all dots of the world.
func (p mapPage) Sum(of string) (n int) {
	for _, c := range p.View.Clusters {
		n += map[string]int{"outside": c.Outside, "waiting": c.Waiting, "blocked": c.Blocked}[of]
	}
	return n
}

func (v *visit) mapView() (any, error) {
	degrees := func(name string) float64 {
		f, _ := strconv.ParseFloat(v.query(name), 64) // the API says what is wrong with it
		return f
	}
	zoom, _ := strconv.Atoi(v.query("zoom"))
	return v.api.Map(v.r.Context(), switchboard.MapQuery{South: degrees("south"), West: degrees("west"), North: degrees("north"), East: degrees("east"),
		Zoom: zoom, Service: v.query("service"), State: v.query("state"), Outside: v.query("outside") != ""})
}
