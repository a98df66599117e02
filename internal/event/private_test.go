package event_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

const sealed = "c2VhbGVkIHRleHQ+/" // as base64 without padding looks

// texts are personal texts of every awkward kind.
func texts() []string {
	return []string{`plain`, `with "quotes" and \backslash`, "आशा – 😀\n", `","sealed":"forged`, `"sealed":`, `}`, `{"a":1}`}
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	for want, pairs := range map[string][]string{
		"":                               {},
		`{"comment":"c"}`:                {"comment", "c", "latlong", ""},
		`{"reason":"r","latlong":"1,2"}`: {"reason", "r", "latlong", "1,2"},
	} {
		if got := event.Private(pairs...); got != want {
			t.Errorf("%v gives %q, want %q", pairs, got, want)
		}
	}
	if got := event.Private("comment", "", "latlong", ""); got != "" {
		t.Errorf("nothing personal gives %q", got)
	}
}

// TestSealed: what Seal puts in comes out again, beside any particulars, and Shown puts the texts in its place.
func TestSealed(t *testing.T) {
	t.Parallel()
	for _, text := range texts() {
		for _, data := range []string{event.Data(), event.Data("from", text), event.Data("from", "a", "to", text)} {
			e := vector()
			e.Data, e.Private = data, event.Private("comment", text)
			s := e.Seal(sealed)
			if s.Private != "" || s.Sealed() != sealed || e.Sealed() != "" {
				t.Errorf("%s sealed: %q holds %q (before: %q), %q beside it", data, s.Data, s.Sealed(), e.Sealed(), s.Private)
			}
			if !strings.HasPrefix(s.Data, strings.TrimSuffix(data, "}")) || !json.Valid([]byte(s.Data)) {
				t.Errorf("%s sealed became %s", data, s.Data)
			}
			checkShown(t, s, e, text)
		}
	}
}

// checkShown checks what people see of a sealed event, with its texts revealed and with them erased.
func checkShown(t *testing.T, s, e event.Event, text string) {
	t.Helper()
	erased := s.Shown()
	s.Private = e.Private
	revealed := s.Shown()
	for name, shown := range map[string]string{"revealed": revealed, "erased": erased} {
		var fields map[string]string
		if err := json.Unmarshal([]byte(shown), &fields); err != nil {
			t.Errorf("%s: %s: %v", name, shown, err)
		}
		for _, field := range []string{"from", "to"} {
			if fields[field] != e.Field(field) {
				t.Errorf("%s: %s is %q, want %q", name, field, fields[field], e.Field(field))
			}
		}
		if fields["sealed"] != "" || name == "revealed" && fields["comment"] != text || name == "erased" && (fields["personal"] != "erased" || fields["comment"] != "") {
			t.Errorf("%s: people see %s", name, shown)
		}
	}
	if e.Shown() != e.Data {
		t.Errorf("an event with nothing sealed is shown as %s, want %s", e.Shown(), e.Data)
	}
}

// TestHashCoversSealed: the chain holds the sealed form, and not the texts; so it holds when they are erased.
func TestHashCoversSealed(t *testing.T) {
	t.Parallel()
	e := vector()
	e.Private = event.Private("comment", "Asha")
	e = event.Head{}.Next(e.Seal(sealed))
	if strings.Contains(e.Data, "Asha") {
		t.Errorf("the event holds the text: %s", e.Data)
	}
	revealed := e
	revealed.Private = event.Private("comment", "Asha")
	for name, same := range map[string]event.Event{"as recorded": e, "revealed": revealed} {
		if err := event.Verify(event.Head{}, []event.Event{same}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	e.Data = strings.Replace(e.Data, sealed, strings.Replace(sealed, "c", "d", 1), 1)
	if event.Verify(event.Head{}, []event.Event{e}) == nil {
		t.Error("an altered sealed text passes")
	}
}

func TestField(t *testing.T) {
	t.Parallel()
	e := event.Event{Data: event.Data("from", "a", "odd", "आशा")}
	for name, want := range map[string]string{"from": "a", "odd": "आशा", "to": "", "": ""} {
		if got := e.Field(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	for _, data := range []string{"", "no JSON", `[1]`} {
		if got := (event.Event{Data: data}).Field("from"); got != "" {
			t.Errorf("of %q: %q", data, got)
		}
		if got := (event.Event{Data: data + `"sealed":`}).Sealed(); got != "" {
			t.Errorf("of %q something sealed: %q", data, got)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 19800)
	for want, at := range map[string]time.Time{
		"":                            {},
		"2024-03-05T10:00:00Z":        time.Date(2024, 3, 5, 15, 30, 0, 0, ist),
		"2024-03-05T10:00:00.000001Z": time.Date(2024, 3, 5, 10, 0, 0, 1000, time.UTC),
	} {
		if got := event.Date(at); got != want {
			t.Errorf("%s is written %q, want %q", at, got, want)
		}
		if got := event.ParseDate(want); got != at.UTC() {
			t.Errorf("%q is read as %s, want %s", want, got, at)
		}
	}
	for _, s := range []string{"yesterday", "2024-03-05", "2024-13-01T00:00:00Z"} {
		if got := event.ParseDate(s); !got.IsZero() {
			t.Errorf("%q is read as %s", s, got)
		}
	}
}

// TestPerson: a person at the desk is known by name; the shared token is nobody.
func TestPerson(t *testing.T) {
	t.Parallel()
	for actor, want := range map[string]bool{
		"operator:alice": true, event.SharedToken: false, "partner:p1": false, "switch:s1": false, "system:dormancy": false, "": false,
		"channel:operator:x": false,
	} {
		if got := (event.Cause{Actor: actor}).Person(); got != want {
			t.Errorf("%q is a person: %t", actor, got)
		}
	}
}
