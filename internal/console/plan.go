package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// planPage shows one plan: before anything happens, while it does, and afterwards.
type planPage struct {
	*visit
	Plan     switchboard.Plan
	Items    []switchboard.PlanItem
	Only     string // the state of the items that are shown; "" for any
	NextURL  string
	Services []share
	Places   []share
}

// share is a part of the whole, as a bar.
type share struct {
	Name  string
	Look  string // a colour of the style sheet
	N     int
	At, W string // where the bar begins, and how long it is, in thousandths
}

// How many items stand on a page, and how many places.
const (
	someItems  = 50
	somePlaces = 8
)

func (v *visit) plan() (any, error) {
	id := v.r.PathValue("plan")
	p := planPage{visit: v, Only: v.query("state")}
	var err error
	if p.Plan, err = v.api.Plan(v.r.Context(), id); err != nil {
		return nil, err
	}
	page, err := v.api.PlanItems(v.r.Context(), id, switchboard.PlanItemQuery{State: p.Only, After: v.query("after"), Limit: someItems})
	if err != nil {
		return nil, err
	}
	if p.Items = page.Items; page.Next != "" {
		p.NextURL = pageOf("plans", id) + "?" + url.Values{"state": {p.Only}, "after": {page.Next}}.Encode()
	}
	p.Services = v.shares(p.Plan, func(t switchboard.PlanTotal) string {
		if t.Service == "" {
			return v.T("plans.agents.whole")
		}
		return v.ServiceName(t.Service)
	})
	p.Places = v.shares(p.Plan, func(t switchboard.PlanTotal) string {
		return cmp.Or(strings.Trim(t.City+", "+t.State, ", "), v.T("plans.place.unknown"))
	})
	return p, nil
}

// shares adds up a plan's totals by a name, the largest first; what is small comes last, together.
func (v *visit) shares(p switchboard.Plan, name func(switchboard.PlanTotal) string) (list []share) {
	sums, most := map[string]int{}, 0
	for _, t := range p.Totals {
		sums[name(t)] += t.Items
	}
	for name, n := range sums {
		list = append(list, share{Name: name, N: n, Look: "main"})
	}
	slices.SortFunc(list, func(a, b share) int { return cmp.Or(b.N-a.N, strings.Compare(a.Name, b.Name)) })
	if rest := len(list) - somePlaces; rest > 1 {
		others := share{Name: v.T("plans.place.others", rest), Look: "edge"}
		for _, s := range list[somePlaces:] {
			others.N += s.N
		}
		list = append(list[:somePlaces], others)
	}
	for _, s := range list {
		most = max(most, s.N)
	}
	for i := range list {
		list[i].W = thousandths(list[i].N, most)
	}
	return list
}

func thousandths(n, of int) string { return strconv.Itoa(1000 * n / max(1, of)) }

// Working says that something is being done.
func (p planPage) Working() bool {
	return slices.Contains([]string{"making", "confirmed", "applying", "undoing"}, p.Plan.State) && !p.Fillable()
}

// Fillable says that a file has to come, and from this person.
func (p planPage) Fillable() bool {
	return p.Plan.State == "making" && p.Plan.FromFile && p.Plan.MadeBy == "operator:"+p.Me.Name
}

// Begun says that the plan was confirmed.
func (p planPage) Begun() bool { return !p.Plan.ConfirmedAt.IsZero() }

// Planned is how many items the plan changes.
func (p planPage) Planned() int { return planned(p.Plan) }

// Worked is how many items had their turn, of applying or of undoing, and Of of how many.
func (p planPage) Worked() int { return p.Of() - p.Plan.Counts.Left }

// Of is how many items get their turn.
func (p planPage) Of() int {
	if n := p.Plan.Counts; undoing(p.Plan) {
		return n.Done + n.Undone + n.Kept
	}
	return p.Planned()
}

// undoing says that a plan is being taken back, or was.
func undoing(p switchboard.Plan) bool {
	return slices.Contains([]string{"undoing", "undo-stopped", "undone"}, p.State)
}

// Percent is how far the work is.
func (p planPage) Percent() int { return 100 * p.Worked() / max(1, p.Of()) }

// Ready is when the work will be through, if it goes on as it did, or as its pace allows; the zero time when nobody
// knows.
func (p planPage) Ready() time.Time {
	rate := float64(p.Plan.Pace)
	if spent := p.now.Sub(p.Plan.ConfirmedAt).Seconds(); rate == 0 && p.Plan.State == "applying" && spent > 2 {
		rate = float64(p.Worked()) / spent
	}
	if rate == 0 {
		return time.Time{}
	}
	return p.now.Add(time.Duration(float64(p.Plan.Counts.Left) / rate * float64(time.Second)))
}

// Soon says that it is less than a minute until then.
func (p planPage) Soon() bool { return p.Ready().Sub(p.now) < time.Minute }

// Parts are how many items of the plan are where, one behind the other.
func (p planPage) Parts() []share { return partsOf(p.Plan) }

// Outcome is that of a plan that was confirmed.
func (plansPage) Outcome(p switchboard.Plan) []share {
	if p.ConfirmedAt.IsZero() {
		return nil
	}
	return partsOf(p)
}

func partsOf(p switchboard.Plan) (list []share) {
	n, at, left := p.Counts, 0, p.Counts.Left
	if undoing(p) {
		left = 0 // those to come are the ones that are done
	}
	for _, s := range []share{{Name: "done", Look: "good", N: n.Done}, {Name: "undone", Look: "info", N: n.Undone}, {Name: "kept", Look: "warn", N: n.Kept},
		{Name: "skipped", Look: "warn", N: n.Skipped}, {Name: "failed", Look: "bad", N: n.Failed}, {Name: "ready", Look: "edge", N: left}} {
		if s.N > 0 {
			s.At, s.W = thousandths(at, planned(p)), thousandths(s.N, planned(p))
			at += s.N
			list = append(list, s)
		}
	}
	return list
}

// Lists are the ways to look at the items: all, and those of each state there is.
func (p planPage) Lists() (list []share) {
	list = append(p.Parts(), share{Name: "refused", Look: "quiet", N: p.Plan.Counts.Refused})
	list = slices.DeleteFunc(list, func(s share) bool { return s.N == 0 })
	if len(list) < 2 && p.Only == "" {
		return nil
	}
	return append([]share{{N: p.Plan.Counts.Items}}, list...)
}

// ListURL is the address of such a list.
func (p planPage) ListURL(state string) string {
	if state == "" {
		return pageOf("plans", p.Plan.ID)
	}
	return pageOf("plans", p.Plan.ID) + "?" + url.Values{"state": {state}}.Encode()
}

// Was says how an activation was found, as "activated(1)", in words.
func (v *visit) Was(text string) string {
	state, verification, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	if state == "none" {
		return v.T("state.none")
	}
	words := v.Or("state."+strings.ToUpper(state), state)
	if more := v.Or("verification."+verification, ""); more != "" {
		words += ", " + more
	}
	return words
}
