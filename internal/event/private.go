package event

import (
	"encoding/json"
	"strings"
	"time"
)

// sealedField is the particular that holds an event's sealed personal texts, in base64.
const sealedField = "sealed"

// Seal puts the sealed form of e.Private among the particulars. It is done before the event gets its hash.
func (e Event) Seal(sealed string) Event {
	last := strings.TrimSuffix(e.Data, "}")
	if last != "{" {
		last += ","
	}
	e.Data, e.Private = last+`"`+sealedField+`":"`+sealed+`"}`, ""
	return e
}

// Sealed gives the sealed personal texts of a recorded event, "" when it has none.
func (e Event) Sealed() string {
	if !strings.Contains(e.Data, `"`+sealedField+`":`) {
		return ""
	}
	var data struct {
		Sealed string `json:"sealed"`
	}
	_ = json.Unmarshal([]byte(e.Data), &data) // what is no JSON has no sealed texts
	return data.Sealed
}

// Shown gives the particulars for people: the personal texts in the place of their sealed form, once they
// are revealed (see Private), or the word that they were erased.
func (e Event) Shown() string {
	sealed := e.Sealed()
	if sealed == "" {
		return e.Data
	}
	shown := strings.TrimSuffix(e.Data, `"`+sealedField+`":"`+sealed+`"}`)
	if e.Private == "" {
		return shown + `"personal":"erased"}`
	}
	return shown + strings.TrimPrefix(e.Private, "{")
}

// Private makes the JSON object of an event's personal texts from pairs of name and value; "" when
// all values are empty.
func Private(pairs ...string) string {
	if d := Data(pairs...); d != "{}" {
		return d
	}
	return ""
}

// Field gives one particular of an event, "" when it has none.
func (e Event) Field(name string) string {
	var data map[string]string
	_ = json.Unmarshal([]byte(e.Data), &data)
	return data[name]
}

// Date is a time as events have it, "" for none.
func Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// DateProblem says what is wrong with a time that is no ValidDate.
const DateProblem = "must be between the years 1971 and 9999 in UTC"

// ValidDate says whether a time can be kept and spelt everywhere, or is none: later years have no spelling in
// JSON, and 1970-01-01T00:00:00Z is how the store keeps none.
func ValidDate(t time.Time) bool {
	year := t.UTC().Year()
	return t.IsZero() || year > 1970 && year <= 9999
}

// ParseDate reads what Date wrote; what is neither is none.
func ParseDate(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}
