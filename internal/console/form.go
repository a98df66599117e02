package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// The fields that each form has besides its own.
const pageField = "page" // where it stood: there it leads back to, and there it stands again when it failed

// failure is a form that was refused: it is shown again as it was filled in, with what is wrong.
type failure struct {
	path   string // it was sent to; what stands behind a "?" tells forms of one path apart
	values url.Values
	err    error
	fields map[string]string // what is wrong, by field
	told   bool              // the form is on the page, and says so
}

// untold says that a form was refused which its page does not have: whoever sent it may not, or no longer can.
func (f *failure) untold() bool { return f != nil && f.path != "" && !f.told }

type failedKey struct{}

// done is what became of a form: what the next page says, and which it is if not the one the form stood on. What is
// told once and never again stands in a page of its own, which is the answer itself.
type done struct {
	to    string // "": where the form stood
	said  flash
	shown string // the template of that page; "" for none
	data  any
}

// say is a form's outcome that needs nothing but a word.
func say(key string, args ...string) done { return done{said: flash{key, args}} }

// act takes the forms that lead to a route of the API. A form is sent to the route's own address, with a word more where
// the route takes something away: a browser's form knows no DELETE.
func (c *Console) act(pattern string, fn func(*visit) (done, error)) {
	c.take(pattern, func(v *visit) {
		d, err := fn(v)
		c.end(v, d, err)
	})
}

// take takes the forms that lead to a route of the API, as a whole, and hands over those of whoever may use it.
func (c *Console) take(pattern string, fn func(*visit)) {
	c.actions = append(c.actions, pattern)
	c.mux.HandleFunc("POST "+formPath(pattern), func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		broken := parse(r)
		v, err := c.enter(w, r)
		if err == nil {
			err = v.whole(broken)
		}
		switch {
		case err != nil:
			c.fail(v, err)
		case !v.May(pattern):
			c.again(v, forbidden(v))
		default:
			fn(v)
		}
	})
}

// parse reads a form as a whole. What cannot be read must not be taken for fields that were left empty.
func parse(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data":
		return http.ErrNotSupported
	case kind == "multipart/form-data":
		err = r.ParseMultipartForm(maxForm)
	}
	return cmp.Or(r.ParseForm(), err)
}

// whole says what was wrong with a form as it came.
func (v *visit) whole(broken error) error {
	if broken == nil {
		return nil
	}
	if tooLong := (*http.MaxBytesError)(nil); errors.As(broken, &tooLong) {
		return &switchboard.OperatorFault{Code: "too_large", Message: v.T("form.too_large", tooLong.Limit>>10)}
	}
	return &switchboard.OperatorFault{Code: "invalid", Message: v.T("form.broken")}
}

// formPath is the address of the forms for a route.
func formPath(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	if method == http.MethodDelete {
		return path + "/remove"
	}
	return path
}

// maxForm is the longest form, in bytes; see upload for those with a file.
const maxForm = 1 << 20

// forbidden is what who may not do something is told, before the API would.
func forbidden(v *visit) *switchboard.OperatorFault {
	return &switchboard.OperatorFault{Code: "forbidden", Message: v.T("fault.forbidden.detail")}
}

// end answers a form: with the page where it stood if it failed, and else with the way to the next one.
func (c *Console) end(v *visit, d done, err error) {
	switch {
	case err != nil:
		c.again(v, err)
	case d.shown != "":
		c.show(v, d.shown, d.data)
	default:
		if d.said.Key != "" {
			c.leaveFlash(v.w, v.r, d.said)
		}
		to := d.to
		if to == "" {
			to = local(v.form(pageField))
		}
		http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	}
}

// again shows the page that a form stood on, with the form as it was filled in.
func (c *Console) again(v *visit, err error) {
	if codeOf(err) == "" {
		c.fail(v, err)
		return
	}
	f := &failure{path: v.r.URL.RequestURI(), values: v.r.PostForm, err: err, fields: problems(err)}
	to, _ := url.Parse(local(v.form(pageField)))
	r := v.r.Clone(context.WithValue(v.r.Context(), failedKey{}, f))
	r.Method, r.URL, r.Body, r.PostForm, r.Form = http.MethodGet, to, http.NoBody, nil, nil
	c.mux.ServeHTTP(v.w, r)
}

// problems are what is wrong with a form's fields.
func problems(err error) map[string]string {
	m := map[string]string{}
	if f := (*switchboard.OperatorFault)(nil); errors.As(err, &f) {
		for _, x := range f.Fields {
			m[x.Field] = x.Problem
		}
	}
	return m
}

// needs refuses a form without some of its fields: where one that is empty means "any", one that is missing must not.
func (v *visit) needs(names ...string) error {
	for _, name := range names {
		if !v.r.PostForm.Has(name) {
			return badField(name, v.T("form.missing", name))
		}
	}
	return nil
}

// formList reads a field of a list that opens what it closes when it is empty: that takes a tick of its own.
func (v *visit) formList(name string, split func(string) []string) ([]string, error) {
	list := split(v.form(name))
	if err := v.needs(name); err != nil {
		return nil, err
	}
	if len(list) == 0 && v.form(anyField) == "" {
		return nil, badField(name, v.T("form.empty"))
	}
	return append([]string{}, list...), nil
}

// anyField is the tick with which a list may be empty.
const anyField = "any"

// form reads a field, without spaces around it.
func (v *visit) form(name string) string { return strings.TrimSpace(v.r.PostFormValue(name)) }

// formTime reads a field of a date and a time in this person's zone; the zero time when it is empty.
func (v *visit) formTime(name string) (time.Time, error) {
	text := v.form(name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, v.zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badField(name, v.T("field.time.problem"))
}

// badField is a fault of the console's own, about one field.
func badField(name, problem string) error {
	return &switchboard.OperatorFault{Code: "invalid", Message: problem, Fields: []switchboard.FieldFault{{Field: name, Problem: problem}}}
}

// Failed says whether a form was refused, by the address it is sent to.
func (v *visit) Failed(to string) bool { return v.failed != nil && v.failed.path == to }

// SignInAgain says whether a form was refused because its sender signed in too long ago.
func (v *visit) SignInAgain() bool { return v.failed != nil && codeOf(v.failed.err) == "sign_in_again" }

// Fault is what is said above a form that was refused, "" for nothing.
func (v *visit) Fault(to string) string {
	if !v.Failed(to) {
		return ""
	}
	v.failed.told = true
	return v.explain(v.failed.err)
}

// Lost is what became of a form that is not on the page any more, "" for nothing: the page says it at its top.
func (v *visit) Lost() string {
	if !v.lost {
		return ""
	}
	return v.explain(v.failed.err)
}

// explain is a fault in this person's words, if there are some, and in the API's.
func (v *visit) explain(err error) string {
	head := v.Or("fault."+codeOf(err), "")
	if head == "" {
		return err.Error()
	}
	return head + " " + err.Error()
}

// Field is one field of a form, for the template "field".
type Field struct {
	ID, Name, Label, Value, Problem, Hint, Type string
	Required, Checked                           bool
	Options                                     []Option
	Attr                                        map[string]string
}

// Option is one choice of a Field.
type Option struct {
	Value, Text string
	Chosen      bool
}

// Field describes a field of the form that is sent to an address: its name, the key of its label, and what else there
// is to say, as "required", "type=…", "value=…", "hint=KEY", "max=N", "autofocus", "autocomplete=…", "pattern=…",
// "inputmode=…", or "options=a b c" with texts under the label's key and a dot; "-" is the choice of nothing. A list of Options is what there is to
// choose from.
func (v *visit) Field(to, name, label string, about ...any) Field {
	f := Field{ID: fieldID(to, name), Name: name, Label: v.T(label), Type: "text", Attr: map[string]string{}}
	for _, a := range about {
		if list, ok := a.([]Option); ok {
			f.Type, f.Options = "select", list
			continue
		}
		word, value, _ := strings.Cut(fmt.Sprint(a), "=")
		v.describe(&f, label, word, value)
	}
	if v.Failed(to) && f.Type != "password" {
		f.Value, f.Checked = v.failed.values.Get(name), v.failed.values.Get(name) != ""
	}
	if v.Failed(to) {
		f.Problem = v.failed.fields[name]
	}
	for i := range f.Options {
		f.Options[i].Chosen = f.Options[i].Value == f.Value
	}
	return f
}

func (v *visit) describe(f *Field, label, word, value string) {
	switch word {
	case "required":
		f.Required = true
	case "checked":
		f.Checked = value != "false"
	case "type":
		f.Type = value
	case "value":
		f.Value = value
	case "hint":
		f.Hint = v.T(value)
	case "max":
		f.Attr["maxlength"] = value
	case "options":
		f.Type = "select"
		for _, o := range strings.Fields(value) {
			f.Options = append(f.Options, Option{Value: strings.TrimPrefix(o, "-"), Text: v.T(label + "." + o)})
		}
	default:
		f.Attr[word] = value
	}
}

// fieldID ties a label to its field: unique on a page, where forms of a kind may stand many times.
func fieldID(to, name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.TrimPrefix(to, "/")+"-"+name)
}
