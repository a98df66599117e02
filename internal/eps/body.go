package eps

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/body"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxBody is the longest body we read, in bytes.
const maxBody = 64 << 10

// drained is how much of a body that is too large is read and dropped, in bytes.
const drained = 2 << 20

const (
	mediaJSON = body.JSON
	mediaForm = "application/x-www-form-urlencoded"
)

// readBody reads the body of a PUT or POST. That of a GET is not looked at.
func (c *call) readBody() (err error) {
	if c.route.method == http.MethodGet {
		return nil
	}
	if c.mediaType() == "" {
		return fault.New(fault.UnsupportedMedia, "The content type must be %s (or %s).", mediaJSON, mediaForm)
	}
	c.body, err = body.Limit{Longest: maxBody, Drained: drained}.Read(c.r, nil)
	return err
}

// mediaType gives which of the two it is, "" for any other.
func (c *call) mediaType() string {
	if media := body.Media(c.r.Header); media == mediaJSON || media == mediaForm {
		return media
	}
	return ""
}

// fields are what a request says, by name, and what is wrong with it.
type fields struct {
	plain string                     // of a query in which nothing is escaped
	text  url.Values                 // of a form or another query; of several values the first counts
	json  map[string]json.RawMessage // of a JSON body
	bad   fault.Fields
}

// bodyFields decodes the body.
func (c *call) bodyFields() (*fields, error) {
	if c.mediaType() == mediaForm {
		return formFields(string(c.body), "The body is not a form: a name or value is badly escaped.")
	}
	f := &fields{}
	if err := json.Unmarshal(c.body, &f.json); err != nil || f.json == nil {
		return nil, &fault.Error{Code: fault.Invalid, Message: "The body is not a JSON object.", Err: err}
	}
	return f, nil
}

// queryFields decodes the query string.
func (c *call) queryFields() (*fields, error) {
	if q := c.r.URL.RawQuery; !strings.ContainsAny(q, "%+;") {
		return &fields{plain: q}, nil
	}
	return formFields(c.r.URL.RawQuery, "The query string is badly escaped.")
}

func formFields(text, problem string) (*fields, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, &fault.Error{Code: fault.Invalid, Message: problem, Err: err}
	}
	return &fields{text: values}, nil
}

// raw gives a value of the JSON body; nil when it is absent or null.
func (f *fields) raw(name string) json.RawMessage {
	if v := f.json[name]; string(v) != "null" {
		return v
	}
	return nil
}

// get gives a field as text, trimmed. A number counts as its digits; null and absent as "".
func (f *fields) get(name string) string {
	if f.json == nil {
		return strings.TrimSpace(f.first(name))
	}
	s, ok := scalar(f.raw(name))
	if !ok {
		f.bad.Add(name, "must be text or a number")
	}
	return strings.TrimSpace(s)
}

// first gives the first value of a field of a form or a query.
func (f *fields) first(name string) string {
	if f.plain == "" {
		return f.text.Get(name)
	}
	for rest := f.plain; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}

// scalar reads a JSON string or number as text; ok is false for anything else that is there.
func scalar(v json.RawMessage) (s string, ok bool) {
	switch {
	case len(v) == 0 || string(v) == "null":
		return "", true
	case v[0] == '"':
		return s, json.Unmarshal(v, &s) == nil
	case v[0] == '-' || v[0] >= '0' && v[0] <= '9':
		return string(v), true
	}
	return "", false
}

// need gives a field that must be there.
func (f *fields) need(name string) string {
	n := len(f.bad)
	s := f.get(name)
	if s == "" && len(f.bad) == n {
		f.bad.Add(name, "is required")
	}
	return s
}

// initiator gives initiator_id, which must be a mobile number.
func (f *fields) initiator() string {
	s := f.need("initiator_id")
	if s != "" && !agent.ValidMobile(s) {
		f.bad.Add("initiator_id", "must be ten digits")
	}
	return s
}

// maxReference is the longest client_ref_id, in bytes.
const maxReference = 150

// reference gives client_ref_id, which may be absent or empty.
func (f *fields) reference() string {
	s := f.get("client_ref_id")
	if len(s) > maxReference || !agent.ValidText(s) {
		f.bad.Add("client_ref_id", "must be plain text of at most %d bytes", maxReference)
	}
	return s
}

// latLong gives latlong, where it is said.
func (f *fields) latLong(required bool) string {
	s := f.get("latlong")
	if required && s == "" {
		f.bad.Add("latlong", "is required: latitude,longitude in decimal degrees, like 28.6139,77.2090")
	} else if s != "" && !agent.ValidLatLong(s) {
		f.bad.Add("latlong", "must be latitude,longitude in decimal degrees, like 28.6139,77.2090")
	}
	return s
}

// check gives every bad field at once, or else that the initiator is not the key's partner.
func (c *call) check(f *fields, initiator string) error {
	if len(f.bad) > 0 {
		return firstOfEach(f.bad).Err()
	}
	if initiator != c.key.Partner.InitiatorID {
		return fault.New(fault.WrongInitiator, "Invalid initiator_id: it is not the registered mobile number of this API user.")
	}
	return nil
}

// firstOfEach leaves one problem a field: a value of the wrong JSON type is also missing.
func firstOfEach(bad fault.Fields) (out fault.Fields) {
	if len(bad) < 2 {
		return bad
	}
	seen := map[string]bool{}
	for _, f := range bad {
		if !seen[f.Name] {
			seen[f.Name] = true
			out = append(out, f)
		}
	}
	return out
}
