package console

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

//go:embed templates
var templateFiles embed.FS

// readPages parses each page with the layout and the parts that pages share.
func (c *Console) readPages() (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(functions()).ParseFS(templateFiles, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		t, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if t, err = t.ParseFS(templateFiles, name); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return pages, nil
}

// functions are what templates can do besides asking the visit.
func functions() template.FuncMap {
	return template.FuncMap{
		"lower": strings.ToLower,
		"join":  strings.Join,
		"list":  func(items ...string) []string { return items },
		"with2": func(a, b any) []any { return []any{a, b} },       // two values for a part that needs both
		"list3": func(a, b, c any) []any { return []any{a, b, c} }, // three
		"list4": func(a, b, c, d any) []any { return []any{a, b, c, d} },
		"json": func(x any) (string, error) {
			b, err := json.Marshal(x)
			return string(b), err
		},
	}
}

// page shows a page to who is signed in.
func (c *Console) page(pattern, name string, fn func(*visit) (any, error)) {
	_, path, _ := strings.Cut(pattern, " ")
	c.paths = append(c.paths, path)
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := c.enter(w, r)
		if err != nil {
			c.fail(v, err)
			return
		}
		v.Page = name
		data, err := fn(v)
		if err != nil {
			c.fail(v, err)
			return
		}
		v.said = c.takeFlash(w, r)
		c.show(v, name, data)
	})
}

// show answers with a page. It is made as a whole first: half a page would look like a whole one.
func (c *Console) show(v *visit, name string, data any) {
	var b bytes.Buffer
	err := c.pages[name].ExecuteTemplate(&b, "layout", data)
	if v.lost = err == nil && v.failed.untold(); v.lost {
		b.Reset()
		err = c.pages[name].ExecuteTemplate(&b, "layout", data)
	}
	if err != nil {
		if v.report(err) {
			http.Error(v.w, v.T("fault.internal"), http.StatusInternalServerError)
		}
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.failed != nil {
		v.w.WriteHeader(statusOf(v.failed.err))
	}
	_, _ = v.w.Write(b.Bytes()) // whoever left needs no page
}

// problemPage says why there is no page.
type problemPage struct {
	*visit
	Status  int
	Message string
	ID      string // of the request
}

// fail answers with a page that says what went wrong.
func (c *Console) fail(v *visit, err error) {
	if errors.Is(err, errRedirected) {
		return
	}
	p := problemPage{visit: v, Status: statusOf(err), Message: v.T("fault.internal")}
	if f := (*switchboard.OperatorFault)(nil); errors.As(err, &f) {
		p.Message, p.ID = v.explain(f), f.RequestID
	} else if !v.report(err) {
		return
	}
	v.Page, v.failed = "problem", &failure{err: err}
	c.show(v, "problem", p)
}

// report logs what went wrong on our side, and says whether anybody is still there to be told. An address may name people
// and what was looked for: neither it nor an error with it stands in the log.
func (v *visit) report(err error) bool {
	if v.r.Context().Err() != nil {
		return false // whoever asked has left, and that is why
	}
	for u := (*url.Error)(nil); errors.As(err, &u); {
		err = u.Err
	}
	v.c.cfg.Log.Error("a page failed", "page", v.r.Pattern, "error", err)
	return true
}

// refuse answers a script with what went wrong.
func (v *visit) refuse(err error) {
	f, text := (*switchboard.OperatorFault)(nil), v.T("fault.internal")
	if errors.As(err, &f) {
		text = v.explain(f)
	} else if !v.report(err) {
		return
	}
	http.Error(v.w, text, statusOf(err))
}

// statusOf is the HTTP status of a page about a fault.
func statusOf(err error) int { return answer.Status(fault.Code(codeOf(err))) }

// missing is for addresses where nothing is.
func (c *Console) missing(w http.ResponseWriter, r *http.Request) {
	v, err := c.enter(w, r)
	if err == nil {
		err = &switchboard.OperatorFault{Code: "no_route", Message: v.T("fault.no_page")}
	}
	c.fail(v, err)
}
