package atlas

import "github.com/switchboard-platform/switchboard/internal/geo"

// View is a part of the map.
type View struct {
	Ready    bool // all agents have been read
	Read     int  // agents until now
	Total    int  // agents that fit the query, in the whole world
	Nowhere  int  // those of them whose place is not known
	Shown    int  // those of them in this part
	Clusters []Cluster
}

// Cluster is one dot on the map: agents near each other, or one.
type Cluster struct {
	Agents, Outside, Waiting, Blocked int
	Middle                            geo.Point
	SouthWest, NorthEast              geo.Point // the corners of those in it
	Agent                             string    // the user code of one alone
}

// mostClusters are in one view.
const mostClusters = 500

// So few agents are shown one by one; so close, as many as clusters would be.
const (
	fewAgents = 200
	closeZoom = 17
)

// looking is one question to an index.
type looking struct {
	query  *Query
	frame  frame
	column []marks // of what is asked about
	common marks   // what every agent has
	wanted marks
	cells  cells
	view   View
	few    []cell // of the first agents in the frame, one each: as many as could be shown one by one
}

// look answers a query. common and those of a partner are marks that agents have for what stands against the
// service or the partner.
func (x *index) look(q *Query, common marks, byPartner map[string]marks) View {
	l := looking{query: q, frame: q.frame(), column: x.whole, common: common, wanted: q.wanted()}
	if q.Service != "" {
		l.column = x.services[q.Service]
	}
	l.cells = newCells(l.frame, q.Zoom)
	l.scan(x, x.ofPartners(byPartner))
	l.view.Read = x.len()
	for !l.oneByOne() && l.cells.filled() > mostClusters {
		l.cells = l.cells.coarser()
	}
	list := l.cells.list
	if l.oneByOne() {
		list = l.few
	}
	for i := range list {
		if list[i].agents > 0 {
			l.view.Clusters = append(l.view.Clusters, list[i].cluster(x))
		}
	}
	return l.view
}

// ofPartners gives the marks of partners by number; nil when there are none.
func (x *index) ofPartners(marked map[string]marks) (by []marks) {
	if len(marked) == 0 {
		return nil
	}
	by = make([]marks, len(x.partnerIDs))
	for id, m := range marked {
		if n, ok := x.partnerNumber[id]; ok {
			by[n] = m
		}
	}
	return by
}

// scan counts everybody who fits, and puts those in the frame into their cells.
func (l *looking) scan(x *index, byPartner []marks) {
	v := &l.view
	for i, m := range l.column {
		if m == 0 {
			continue
		}
		m |= l.common
		if byPartner != nil {
			m |= byPartner[x.partners[i]]
		}
		if m&l.wanted != l.wanted {
			continue
		}
		v.Total++
		if m&isPlaced == 0 {
			v.Nowhere++
			continue
		}
		if s := x.spots[i]; l.frame.has(s) {
			v.Shown++
			l.cells.at(s).add(s, m, i)
			if len(l.few) < mostClusters {
				l.few = append(l.few, cell{})
				l.few[len(l.few)-1].add(s, m, i)
			}
		}
	}
}

// oneByOne says whether agents are shown as such.
func (l *looking) oneByOne() bool {
	return l.view.Shown <= fewAgents || l.query.Zoom >= closeZoom && l.view.Shown <= mostClusters
}
