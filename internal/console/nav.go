package console

import "strings"

// navItem is one place that the navigation leads to.
type navItem struct {
	Path, Icon, Text string
	Key              string // with g before it: goes there
	Rule             bool   // a line before it
	Here             bool
}

// navigation is where one can go, in the order of how often one does.
func navigation() []navItem {
	return []navItem{
		{Path: "/", Icon: "house", Text: "nav.home", Key: "h"},
		{Path: "/reviews", Icon: "clipboard-check", Text: "nav.reviews", Key: "r"},
		{Path: "/agents", Icon: "store", Text: "nav.agents", Key: "a"},
		{Path: "/members", Icon: "smartphone", Text: "nav.members", Key: "m"},
		{Path: "/map", Icon: "map", Text: "nav.map", Key: "p"},
		{Path: "/blocks", Icon: "ban", Text: "nav.blocks", Key: "b"},
		{Path: "/plans", Icon: "list-checks", Text: "nav.plans", Key: "k"},
		{Path: "/partners", Icon: "building-2", Text: "nav.partners", Rule: true},
		{Path: "/channels", Icon: "radio", Text: "nav.channels"},
		{Path: "/services", Icon: "book-open", Text: "nav.services", Key: "c"},
		{Path: "/ladders", Icon: "layers", Text: "nav.ladders"},
		{Path: "/webhooks", Icon: "webhook", Text: "nav.webhooks", Key: "w"},
		{Path: "/audit", Icon: "scroll-text", Text: "nav.audit", Key: "u", Rule: true},
		{Path: "/operators", Icon: "users", Text: "nav.operators", Key: "o"},
		{Path: "/switches", Icon: "server", Text: "nav.switches"},
	}
}

// Nav is the navigation as this person sees it.
func (v *visit) Nav() []navItem {
	list := navigation()
	for i, n := range list {
		list[i].Here = n.Path == v.r.URL.Path || n.Path != "/" && strings.HasPrefix(v.r.URL.Path, n.Path+"/")
	}
	return list
}

// Languages are those there are texts in.
func (v *visit) Languages() (list []Option) {
	for i, tag := range v.c.texts.tags {
		list = append(list, Option{Value: tag.String(), Text: v.c.texts.names[i], Chosen: tag == v.tongue.tag})
	}
	return list
}
