package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// wholeWorld is a look at everybody.
func wholeWorld() switchboard.MapQuery {
	return switchboard.MapQuery{South: -90, West: -180, North: 90, East: 180, Zoom: 2}
}

// dots spells who is shown alone, with marks: o for outside, w for waiting, b for blocked.
func dots(v switchboard.MapView) string {
	var list []string
	for _, c := range v.Clusters {
		text := fmt.Sprintf("%s %g,%g ", c.Agent, c.Lat, c.Lng)
		for mark, n := range map[string]int{"o": c.Outside, "w": c.Waiting, "b": c.Blocked} {
			text += strings.Repeat(mark, n)
		}
		list = append(list, strings.TrimSpace(text))
	}
	return strings.Join(list, "; ")
}

// eventually asks for a part of the map until it shows what it should: it follows the record, a moment behind.
func eventually(t *testing.T, op *switchboard.Operator, q switchboard.MapQuery, want string) switchboard.MapView {
	t.Helper()
	var v switchboard.MapView
	for range 200 {
		if v = must(op.Map(t.Context(), q))(t); v.Ready && dots(v) == want {
			return v
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the map of %+v shows %q (%+v), want %q", q, dots(v), v, want)
	return v
}

func TestMap(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		addAgent(t, op, "50000001")
		addAgent(t, op, "50000002")
		must(op.SetPlace(ctx, "50000001", switchboard.Place{LatLong: "28.6139,77.2090"}))(t)
		v := eventually(t, op, wholeWorld(), "50000001 28.6139,77.209")
		if v.Total != 3 || v.Nowhere != 2 || v.Shown != 1 || v.Read != 3 {
			t.Errorf("the map shows %+v", v)
		}
		must(op.SetPlace(ctx, "50000002", switchboard.Place{LatLong: "-1.2864,36.8172"}))(t)
		must(op.ChangeService(ctx, "50000002", "1", "activate", switchboard.ServiceCommand{}))(t)
		eventually(t, op, wholeWorld(), "50000001 28.6139,77.209; 50000002 -1.2864,36.8172 w")
		kenya := switchboard.MapQuery{South: -5, West: 33, North: 5, East: 42, Zoom: 6}
		eventually(t, op, kenya, "50000002 -1.2864,36.8172 w")
		must(op.SetStanding(ctx, "50000001", switchboard.NewStanding{Standing: "suspended", Reason: "Case 1"}))(t)
		blocked := wholeWorld()
		blocked.State = "blocked"
		eventually(t, op, blocked, "50000001 28.6139,77.209 b")
		must(op.PlaceBlock(ctx, switchboard.NewBlock{Partner: sandbox.PartnerID, Reason: "Case 2"}))(t)
		eventually(t, op, blocked, "50000001 28.6139,77.209 b; 50000002 -1.2864,36.8172 bw")
	})
}

// Who is outside of the fence of a service shows when the fence is changed, whatever they did since.
func TestMapOutside(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	addAgent(t, op, "50000001")
	must(op.SetPlace(ctx, "50000001", switchboard.Place{LatLong: "28.6139,77.2090"}))(t)
	must(op.ChangeService(ctx, "50000001", "45", "activate", switchboard.ServiceCommand{LatLong: "28.62,77.21"}))(t)
	q := wholeWorld()
	q.Service, q.State = "45", "activated"
	eventually(t, op, q, "50000001 28.6139,77.209")
	set := func(s switchboard.Service) {
		t.Helper()
		s.Code, s.Name, s.Review = "45", "Vendor payments", "none"
		must(op.SetService(ctx, s))(t)
	}
	set(switchboard.Service{FenceDistance: 500})
	eventually(t, op, q, "50000001 28.6139,77.209 o")
	set(switchboard.Service{FenceDistance: 1000})
	eventually(t, op, q, "50000001 28.6139,77.209")
	q.Outside = true
	set(switchboard.Service{FenceCountry: "KE"})
	eventually(t, op, q, "50000001 28.6139,77.209 o")
	must(op.ChangeService(ctx, "50000001", "45", "deactivate", switchboard.ServiceCommand{}))(t)
	q.State = ""
	eventually(t, op, q, "")
}

func TestMapInput(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for query, field := range map[string]string{
		"south=x": "south", "west=": "", "": "", "north=91": "north", "south=NaN": "south", "east=1e3": "east", "zoom=19": "zoom", "zoom=a": "zoom", "zoom=-1": "zoom",
		"state=gone": "state", "service=a%20b": "service", "south=3&north=2": "south", "west=170&east=-170": "", "outside=yes": "outside", "outside=true&state=pending": "",
	} {
		got := send(t, a, "GET", "/map?"+query, "")
		switch {
		case field == "" && got.StatusCode != 200:
			t.Errorf("%s is answered %s %s", query, got.Status, got.body)
		case field != "" && (got.StatusCode != 400 || len(got.fault(t).Fields) != 1 || got.fault(t).Fields[0].Field != field):
			t.Errorf("%s is answered %s %s, want a fault of %s", query, got.Status, got.body, field)
		}
	}
	if got := send(t, a, "GET", "/map?service=999", ""); got.fault(t).Code != "unknown_service" {
		t.Errorf("a service that is none is answered %s %s", got.Status, got.body)
	}
}
