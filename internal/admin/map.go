package admin

import (
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/atlas"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// mapView shows a part of the map; without corners, all of it.
func (h *Handler) mapView(r request) (any, error) {
	q, err := mapQuery(r)
	if err != nil {
		return nil, err
	}
	v, err := h.cfg.Atlas.Look(r.Context(), q)
	if err != nil {
		return nil, err
	}
	out := switchboard.MapView{Ready: v.Ready, Read: v.Read, Total: v.Total, Nowhere: v.Nowhere, Shown: v.Shown,
		Clusters: make([]switchboard.MapCluster, len(v.Clusters))}
	for i, c := range v.Clusters {
		out.Clusters[i] = switchboard.MapCluster{Lat: c.Middle.Lat, Lng: c.Middle.Long,
			Agents: c.Agents, Outside: c.Outside, Waiting: c.Waiting, Blocked: c.Blocked, Agent: c.Agent,
			South: c.SouthWest.Lat, West: c.SouthWest.Long, North: c.NorthEast.Lat, East: c.NorthEast.Long}
	}
	return out, nil
}

func mapQuery(r request) (q atlas.Query, err error) {
	var bad fault.Fields
	q = atlas.World()
	for name, to := range map[string]*float64{"south": &q.South, "west": &q.West, "north": &q.North, "east": &q.East} {
		text := r.FormValue(name)
		if text == "" {
			continue
		}
		if *to, err = strconv.ParseFloat(text, 64); err != nil {
			bad.Add(name, "must be degrees, like 28.6139")
		}
	}
	if text := r.FormValue("zoom"); text != "" {
		if q.Zoom, err = strconv.Atoi(text); err != nil {
			bad.Add("zoom", "must be a number from 0 to %d", atlas.MaxZoom)
		}
	}
	if err := bad.Err(); err != nil {
		return q, err
	}
	q.Service, q.State = r.FormValue("service"), atlas.State(r.FormValue("state"))
	q.Outside, err = boolOf(r, "outside")
	return q, err
}
