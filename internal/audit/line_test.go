package audit

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

func anEvent() event.Event {
	e := event.Head{Version: 2, Seq: 9, Hash: event.Hash{1, 2}}.Next(event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: "20810200"}, Kind: event.ServiceActivated, Service: "45",
		Cause: event.Cause{Actor: "partner:p1", Key: "k1", Address: "192.0.2.1", RequestID: "r1", At: time.UnixMicro(1_700_000_000_123_456).UTC()},
		Data:  event.Data("from", "none", "client_ref_id", "REQ-1 – आशा <&>"),
	})
	e.Seq = 17
	return e
}

// TestLine: a line stays as it was first written, or old exports can no longer be verified.
func TestLine(t *testing.T) {
	t.Parallel()
	e := anEvent()
	raw := e.Raw()
	want := `{"seq":17,"prev":9,"subject":"agent:20810200","version":3,"kind":"activation.activated","service":"45","actor":"partner:p1",` +
		`"key":"k1","address":"192.0.2.1","request_id":"r1","at":"2023-11-14T22:13:20.123456Z",` +
		`"prev_hash":"0102000000000000000000000000000000000000000000000000000000000000","hash":"` + e.Hash.String() + `",` +
		`"data":` + e.Data + `}`
	line := AppendEvent(nil, &raw, event.Hash{1, 2})
	if string(line) != want || !json.Valid(line) {
		t.Errorf("the line is\n%s\nwant\n%s", line, want)
	}
	var l Line
	if !l.Parse(line) || l.Event.Event() != e || l.Prev != (event.Hash{1, 2}) || !l.sound() {
		t.Errorf("it is read as %+v", l.Event.Event())
	}
}

// TestLineAltered: a line with any bit changed is another event, or none.
func TestLineAltered(t *testing.T) {
	t.Parallel()
	e := anEvent()
	raw := e.Raw()
	line := AppendEvent(nil, &raw, event.Hash{1, 2})
	var l Line
	for i := range line {
		for bit := range 8 {
			b := bytes.Clone(line)
			b[i] ^= 1 << bit
			if l.Parse(b) && l.sound() && l.Event.Seq == e.Seq && l.Event.Prev == e.Prev {
				t.Errorf("bit %d of byte %d is changed and passes:\n%s", bit, i, b)
			}
		}
	}
}

// FuzzLine: whatever is in an event comes back from its line, and a line that is read is written so again.
func FuzzLine(f *testing.F) {
	e := anEvent()
	raw := e.Raw()
	f.Add(AppendEvent(nil, &raw, event.Hash{}), "id", "actor", int64(1))
	f.Add([]byte("{"), "i\"\\\n\x00:d", "", int64(-62135596800000000))
	f.Fuzz(func(t *testing.T, line []byte, id, actor string, at int64) {
		var l Line
		if l.Parse(line) && !bytes.Equal(AppendEvent(nil, &l.Event, l.Prev), line) {
			t.Errorf("%q is read and written otherwise", line)
		}
		r := event.Raw{SubjectKind: []byte("agent"), SubjectID: []byte(id), Actor: []byte(actor), Data: []byte("{}"), At: at}
		year := time.UnixMicro(at).UTC().Year()
		if Exportable(&r) != nil || year < 0 || year > 9999 {
			return
		}
		b := AppendEvent(nil, &r, event.Hash{})
		if !json.Valid(b) || !l.Parse(b) || string(l.Event.SubjectID) != id || string(l.Event.Actor) != actor || l.Event.At != at {
			t.Errorf("%q comes back as %+v", b, l.Event)
		}
	})
}
