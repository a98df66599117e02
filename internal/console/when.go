package console

import (
	"html/template"
	"path"
	"sync"
	"time"
)

// How times are written: the same in every language, so that nobody mistakes a day for a month.
const (
	minuteLayout = "2006-01-02 15:04"
	secondLayout = "2006-01-02 15:04:05"
)

// zones are those that browsers said, each read once.
type zones struct {
	mu   sync.RWMutex
	read map[string]*time.Location
}

// What is kept of what strangers say: all zones there are fit in, and each under one name alone, though a file has many.
const (
	longestZone = 64 // of a name, in bytes
	mostZones   = 1000
)

// find gives a zone by its name, and another where there is no such one.
func (z *zones) find(name string, otherwise *time.Location) *time.Location {
	if name == "" || len(name) > longestZone || path.Clean(name) != name {
		return otherwise
	}
	z.mu.RLock()
	zone := z.read[name]
	z.mu.RUnlock()
	if zone != nil {
		return zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return otherwise
	}
	z.keep(name, zone)
	return zone
}

func (z *zones) keep(name string, zone *time.Location) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.read == nil {
		z.read = map[string]*time.Location{}
	}
	if len(z.read) < mostZones {
		z.read[name] = zone
	}
}

// Time shows a time to the minute in this person's zone, and the exact one to who points at it.
func (v *visit) Time(t time.Time) template.HTML {
	return v.timeTag(t, t.In(v.zone).Format(minuteLayout), "")
}

// Exact shows a time to the second.
func (v *visit) Exact(t time.Time) template.HTML {
	return v.timeTag(t, t.In(v.zone).Format(secondLayout), "")
}

// Day shows the day of a time.
func (v *visit) Day(t time.Time) template.HTML {
	return v.timeTag(t, t.In(v.zone).Format(time.DateOnly), "")
}

// Ago shows how long ago a time was, or how far off it is; a script keeps it true while the page is open.
func (v *visit) Ago(t time.Time) template.HTML { return v.timeTag(t, v.ago(t), ` data-ago`) }

func (v *visit) timeTag(t time.Time, text, attr string) template.HTML {
	if t.IsZero() {
		return template.HTML("–")
	}
	at := template.HTMLEscapeString(t.UTC().Format(time.RFC3339))
	exact := template.HTMLEscapeString(t.In(v.zone).Format(secondLayout + " MST"))
	return template.HTML(`<time datetime="` + at + `" title="` + exact + `"` + attr + `>` + template.HTMLEscapeString(text) + `</time>`)
}

// ago says how far a time is from now in the largest unit that fits.
func (v *visit) ago(t time.Time) string {
	d := v.now.Sub(t)
	way := "ago"
	if d < 0 {
		d, way = -d, "in"
	}
	switch {
	case d < time.Minute:
		return v.T("time.now")
	case d < time.Hour:
		return v.T("time."+way+".minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return v.T("time."+way+".hours", int(d/time.Hour))
	default:
		return v.T("time."+way+".days", int(d/(24*time.Hour)))
	}
}

// Past says whether a time has come; a zero one never does.
func (v *visit) Past(t time.Time) bool { return !t.IsZero() && !v.now.Before(t) }

// Input writes a time as a field of a form takes it, in this person's zone; "" for the zero time.
func (v *visit) Input(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format("2006-01-02T15:04")
}
