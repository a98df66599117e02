package console_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
)

// sight is what a program sees of a page.
type sight struct {
	links  []string // to other pages, without what stands behind a "#"
	forms  []*form  // that change something
	inline []string // scripts and styles that stand in the page itself, and other faults
}

// form is a form that changes something, as it is when nobody has typed anything.
type form struct {
	action string
	fields url.Values
	owners []string // of blocks, to choose from
}

// reader reads the tags of a page one after the other.
type reader struct {
	sight
	at     *url.URL
	form   *form  // the tag is in
	choice string // the name of the field whose options come
}

// read reads a page as far as its tags say anything. What is no page has none.
func read(t *testing.T, address, page string) sight {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := reader{at: at}
	if !strings.HasPrefix(page, "<!doctype html>") {
		return r.sight
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.Entity = false, xml.HTMLEntity
	for {
		token, err := d.RawToken()
		if token == nil {
			if d.InputOffset() != int64(len(page)) {
				t.Errorf("%s is no HTML: %v", address, err)
			}
			return r.sight
		}
		r.take(token)
	}
}

func (r *reader) take(token xml.Token) {
	switch x := token.(type) {
	case xml.StartElement:
		attr := map[string]string{}
		for _, a := range x.Attr {
			attr[a.Name.Local] = a.Value
		}
		r.check(x.Name.Local, attr)
		r.begin(x.Name.Local, attr)
	case xml.EndElement:
		switch x.Name.Local {
		case "form":
			r.form = nil
		case "select":
			r.choice = ""
		}
	}
}

// check finds what a browser would refuse to run, and what would be no form to it.
func (r *reader) check(tag string, attr map[string]string) {
	for name, value := range attr {
		if name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:") {
			r.inline = append(r.inline, "a "+tag+" with "+name+"="+value)
		}
	}
	_, file := attr["src"]
	switch {
	case tag == "style":
		r.inline = append(r.inline, "a style of its own")
	case tag == "script" && !file && attr["type"] != "application/json":
		r.inline = append(r.inline, "a script of its own")
	case tag == "form" && r.form != nil:
		r.inline = append(r.inline, "a form to "+attr["action"]+" in the form to "+r.form.action)
	}
}

// begin notes where the page leads to, and its forms.
func (r *reader) begin(tag string, attr map[string]string) {
	switch tag {
	case "a":
		if to, err := r.at.Parse(attr["href"]); err == nil && to.Host == "" {
			r.links = append(r.links, to.RequestURI())
		}
	case "form":
		r.form = &form{action: attr["action"], fields: url.Values{}}
		if attr["method"] == "post" {
			r.forms = append(r.forms, r.form)
		}
	case "select":
		r.choice = attr["name"]
	case "input", "textarea":
		if r.form != nil && attr["name"] != "" {
			r.form.fields.Set(attr["name"], attr["value"])
		}
	case "option":
		if r.form != nil && r.choice == "owner" {
			r.form.owners = append(r.form.owners, attr["value"])
		}
	}
}
