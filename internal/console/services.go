package console

import (
	"slices"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) servicesRoutes() {
	c.page("GET /services", "services", (*visit).servicesPage)
	c.page("GET /services/{service}", "service", (*visit).servicePage)
	c.act("PUT /services/{service}", (*visit).setService)
	c.act("DELETE /services/{service}", (*visit).removeService)
}

// servicesPage is the catalogue.
type servicesPage struct {
	*visit
	Services []switchboard.Service
	Waiting  map[string]switchboard.ReviewsWaiting // by service code
	Removed  bool                                  // those taken out are shown, too
	New      switchboard.Service
}

func (v *visit) servicesPage() (any, error) {
	p := servicesPage{visit: v, Removed: v.query("removed") != "", Waiting: map[string]switchboard.ReviewsWaiting{}, New: switchboard.Service{Review: "none"}}
	all, err := v.allServices()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if !s.Removed || p.Removed {
			p.Services = append(p.Services, s)
		}
	}
	sum, err := v.api.ReviewSummary(v.r.Context())
	for _, w := range sum.ByService {
		p.Waiting[w.Service] = w
	}
	return p, err
}

// servicePage is one entry of the catalogue.
type servicePage struct {
	*visit
	Service switchboard.Service
	Blocks  []switchboard.Block
	Asked   []Particular // what the first of two wants changed, while the second is waited for
	AskedBy string
	Past    past
}

// someBlocks is how many blocks the page of a service shows.
const someBlocks = 20

func (v *visit) servicePage() (any, error) {
	p, code := servicePage{visit: v}, v.r.PathValue("service")
	var err error
	if p.Service, err = v.findService(code); err != nil {
		return nil, err
	}
	blocks, err := v.api.Blocks(v.r.Context(), switchboard.BlockQuery{Open: true, Service: code, Limit: someBlocks})
	if err != nil {
		return nil, err
	}
	for _, b := range blocks.Items {
		if b.Agent == "" {
			p.Blocks = append(p.Blocks, b)
		}
	}
	p.Past, err = v.pastOf("service:" + code)
	if m := p.Past.Moments; len(m) > 0 && m[0].Kind == "service.set_asked" {
		p.Asked, p.AskedBy = m[0].Changes, m[0].Who
	}
	return p, err
}

// findService gives an entry of the catalogue by its code.
func (v *visit) findService(code string) (switchboard.Service, error) {
	all, err := v.allServices()
	return pick(all, err, func(s switchboard.Service) bool { return s.Code == code }, v.missing("unknown_service", "services.unknown", code))
}

// setService changes an entry of the catalogue, or makes one.
func (v *visit) setService() (done, error) {
	if err := v.needs("name", "fence_country", "fence_distance", "fence_tolerance", "dormant_days", "verify_days"); err != nil {
		return done{}, err
	}
	code, seen, err := v.serviceSeen()
	if err != nil {
		return done{}, err
	}
	s := switchboard.Service{Code: code, IfVersion: &seen, Restore: v.form("restore") != "", Name: v.form("name"), Provider: v.form("provider"), Review: v.form("review"), NeedsLatLong: v.form("needs_latlong") != "",
		FenceCountry: strings.ToUpper(v.form("fence_country"))}
	for _, takes := range confirmable() {
		if v.form("confirm_"+takes) != "" {
			s.Confirm = append(s.Confirm, takes)
		}
	}
	for name, n := range map[string]*int{"fence_distance": &s.FenceDistance, "fence_tolerance": &s.FenceTolerance, "dormant_days": &s.DormantDays, "verify_days": &s.VerifyDays} {
		if *n, err = v.formNumber(name); err != nil {
			return done{}, err
		}
	}
	c, err := v.api.SetService(v.r.Context(), s)
	if seen == 0 && codeOf(err) == "conflict" {
		err = badField("code", v.T("services.code.problem"))
	}
	if err != nil {
		return done{}, err
	}
	to := pageOf("services", s.Code)
	switch {
	case c.Asked:
		return done{to: to, said: flash{Key: "services.asked"}}, nil
	case !c.Changed:
		return done{to: to, said: flash{Key: "changed.not"}}, nil
	}
	return done{to: to, said: flash{"services.set", []string{s.Code}}}, nil
}

// serviceSeen reads which service a form is about, and as what it was shown. A new one, of which the form says the code,
// was none: version 0.
func (v *visit) serviceSeen() (code string, seen uint64, err error) {
	if v.r.PathValue("service") == newService && v.r.PostForm.Has("code") {
		return v.form("code"), 0, nil
	}
	seen, err = v.seen()
	return v.r.PathValue("service"), seen, err
}

// newService stands in the address of the form for an entry that has no code yet. It may be the code of one that there
// is: whose form has no field for it.
const newService = "new"

// confirmable is what may take two people.
func confirmable() []string { return []string{"activation", "approval", "lifting"} }

// Confirmable is that.
func (v *visit) Confirmable() []string { return confirmable() }

// Confirms says what takes two people.
func (v *visit) Confirms(takes []string) string {
	if len(takes) == 0 {
		return v.T("services.confirm.none")
	}
	words := make([]string, len(takes))
	for i, t := range takes {
		words[i] = v.Or("services.confirm."+t, t)
	}
	return strings.Join(words, ", ")
}

// formNumber reads a field of a whole number; 0 when it is empty.
func (v *visit) formNumber(name string) (int, error) {
	text := v.form(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, badField(name, v.T("field.number.problem"))
	}
	return n, nil
}

// Number writes a number for a field; "" for 0.
func (v *visit) Number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Takes says whether something takes two people.
func (v *visit) Takes(s switchboard.Service, what string) bool {
	return slices.Contains(s.Confirm, what)
}

func (v *visit) removeService() (done, error) {
	code := v.r.PathValue("service")
	if err := v.typed(code); err != nil {
		return done{}, err
	}
	c, err := v.api.RemoveService(v.r.Context(), code)
	return sayChanged(c, "services.removed", code), err
}
