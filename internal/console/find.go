package console

import (
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) findRoutes() {
	c.page("GET /find", "find", (*visit).find)
}

// findPage is what was found.
type findPage struct {
	*visit
	Text  string
	Found []switchboard.Found
	List  bool // only the list, for the box at the top
}

// How much is found: on the page, and while one types.
const (
	findMany = 50
	findSome = 8
)

func (v *visit) find() (any, error) {
	p := findPage{visit: v, Text: v.query("q"), List: v.query("part") == "list"}
	if p.Text == "" {
		return p, nil
	}
	limit := findMany
	if p.List {
		limit = findSome
	}
	page, err := v.api.Find(v.r.Context(), p.Text, limit)
	p.Found = page.Items
	return p, err
}

// Path is the page of what was found.
func (p findPage) Path(f switchboard.Found) string {
	switch f.Kind {
	case "agent", "call":
		return pageOf("agents", f.ID)
	case "event":
		return "/audit/events/" + strconv.FormatUint(f.Seq, 10)
	case "request":
		return pageOf("partners", f.Partner, "requests")
	case "key":
		return pageOf("partners", f.Partner)
	case "partner":
		return pageOf("partners", f.ID)
	case "operator":
		return "/operators"
	case "member", "service", "channel", "block", "plan", "webhook":
		return pageOf(f.Kind+"s", f.ID)
	}
	return "/"
}

// Icon is the picture of a kind of thing.
func (findPage) Icon(kind string) string {
	icons := map[string]string{"agent": "store", "call": "phone", "event": "scroll-text", "request": "file-search", "key": "key-round", "partner": "building-2", "operator": "user",
		"member": "smartphone", "service": "book-open", "channel": "radio", "block": "ban", "plan": "list-checks", "webhook": "webhook"}
	if icon := icons[kind]; icon != "" {
		return icon
	}
	return "search"
}
