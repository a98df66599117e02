package event_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// vector is the first event of the golden chain, without version and hash.
func vector() event.Event {
	return event.Event{
		Subject: event.Subject{Kind: event.Agent, ID: "20810200"}, Kind: event.ServiceActivated, Service: "45",
		Cause: event.Cause{Actor: "partner:p1", Key: "k1", Address: "192.0.2.1", RequestID: "r1", At: time.UnixMicro(1_700_000_000_123_456).UTC()},
		Data:  event.Data("from", "none", "to", "activated(0)", "client_ref_id", "REQ-1 – आशा"),
	}
}

// chain gives events that follow each other, as a store keeps them.
func chain(n int) (events []event.Event) {
	head := event.Head{}
	for i := range n {
		e := vector()
		e.Cause.At = e.Cause.At.Add(time.Duration(i) * time.Second)
		e = head.Next(e)
		e.Seq = uint64(100 + 3*i)
		events = append(events, e)
		head = e.Head()
	}
	return events
}

// TestGoldenHashes: a hash that changes makes every log that was ever written look altered.
func TestGoldenHashes(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/chain.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, e := range chain(3) {
		got.WriteString(e.Hash.String() + "\n")
	}
	if got.String() != string(want) {
		t.Errorf("the hashes are\n%s, want\n%s", got.String(), want)
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	events := chain(3)
	for i, e := range events {
		prev := uint64(0)
		if i > 0 {
			prev = events[i-1].Seq
		}
		if e.Version != uint64(i+1) || e.Prev != prev || e.Hash == (event.Hash{}) {
			t.Errorf("event %d has version %d after %d, hash %s", i, e.Version, e.Prev, e.Hash)
		}
		if e.Head() != (event.Head{Version: e.Version, Seq: e.Seq, Hash: e.Hash}) {
			t.Errorf("the head after event %d is %+v", i, e.Head())
		}
	}
}

func TestVerifyAcceptsWhole(t *testing.T) {
	t.Parallel()
	events := chain(5)
	for i := range events {
		head := event.Head{}
		if i > 0 {
			head = events[i-1].Head()
		}
		if err := event.Verify(head, events[i:]); err != nil {
			t.Errorf("from event %d: %v", i, err)
		}
	}
	if err := event.Verify(event.Head{}, nil); err != nil {
		t.Errorf("no events: %v", err)
	}
}

// TestVerifyFindsAlteration of any single field of any event.
func TestVerifyFindsAlteration(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*event.Event){
		"subject kind":   func(e *event.Event) { e.Subject.Kind = event.Partner },
		"subject":        func(e *event.Event) { e.Subject.ID = "20810201" },
		"version":        func(e *event.Event) { e.Version++ },
		"kind":           func(e *event.Event) { e.Kind = event.ServiceDeactivated },
		"service":        func(e *event.Event) { e.Service = "4" },
		"actor":          func(e *event.Event) { e.Cause.Actor += "x" },
		"key":            func(e *event.Event) { e.Cause.Key = "" },
		"address":        func(e *event.Event) { e.Cause.Address = "192.0.2.2" },
		"request id":     func(e *event.Event) { e.Cause.RequestID = "r2" },
		"time":           func(e *event.Event) { e.Cause.At = e.Cause.At.Add(time.Microsecond) },
		"data":           func(e *event.Event) { e.Data = strings.Replace(e.Data, "activated", "Activated", 1) },
		"hash":           func(e *event.Event) { e.Hash[31] ^= 1 },
		"moved boundary": func(e *event.Event) { e.Service, e.Cause.Actor = e.Service+"p", e.Cause.Actor[1:] },
	} {
		for i := range chain(3) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				events := chain(3)
				alter(&events[i])
				if err := event.Verify(event.Head{}, events); err == nil {
					t.Errorf("event %d was altered and passes", i)
				}
			})
		}
	}
}

// TestVerifyFindsForgery: an alteration with a hash of its own breaks the next event.
func TestVerifyFindsForgery(t *testing.T) {
	t.Parallel()
	events := chain(3)
	forged := events[1]
	forged.Service = "4"
	forged = events[0].Head().Next(forged)
	events[1] = forged
	if err := event.Verify(event.Head{}, events[:2]); err != nil {
		t.Fatalf("the forgery is clumsy: %v", err)
	}
	if err := event.Verify(event.Head{}, events); err == nil {
		t.Error("a forged event passes in the middle of its chain")
	}
}

// TestVerifyFindsDeletionAndReorder at any place but the end, which only the head can tell.
func TestVerifyFindsDeletionAndReorder(t *testing.T) {
	t.Parallel()
	const n = 5
	for i := range n {
		events := chain(n)
		without := append(events[:i:i], events[i+1:]...)
		if err := event.Verify(event.Head{}, without); (err == nil) != (i == n-1) {
			t.Errorf("without event %d: %v", i, err)
		}
		for j := range i {
			swapped := chain(n)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if err := event.Verify(event.Head{}, swapped); err == nil {
				t.Errorf("events %d and %d changed places and pass", j, i)
			}
		}
		doubled := append(events[:i+1:i+1], events[i:]...)
		if err := event.Verify(event.Head{}, doubled); err == nil {
			t.Errorf("event %d stands twice and passes", i)
		}
	}
}

func TestVerifyFindsForeignEvents(t *testing.T) {
	t.Parallel()
	other := vector()
	other.Subject.ID = "20810201"
	foreign := chain(1)[0].Head().Next(other)
	if err := event.Verify(event.Head{}, append(chain(1), foreign)); err == nil {
		t.Error("another agent's event passes")
	}
}

// TestStoreNumbersAreNotHashed: the store gives them, and may give others after a restore.
func TestStoreNumbersAreNotHashed(t *testing.T) {
	t.Parallel()
	events := chain(3)
	for i := range events {
		events[i].Seq, events[i].Prev = uint64(i+1), uint64(i)
	}
	if err := event.Verify(event.Head{}, events); err != nil {
		t.Error(err)
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	for want, pairs := range map[string][]string{
		`{}`:                         nil,
		`{"a":"1"}`:                  {"a", "1"},
		`{"b":"1","a":"2"}`:          {"b", "1", "a", "2"},
		`{"a":"1","c":"3"}`:          {"a", "1", "b", "", "c", "3"},
		`{"c":"3"}`:                  {"a", "", "c", "3"},
		`{"a":"x\"y\\z\n\u0000"}`:    {"a", "x\"y\\z\n\x00"},
		`{"a":"आशा"}`:                {"a", "आशा"},
		`{"a":"\ufffd"}`:             {"a", "\xff"},
		`{"a<b":"\u003cé\u003e \""}`: {"a<b", "<é> \""},
	} {
		if got := event.Data(pairs...); !sameJSON(got, want) {
			t.Errorf("%q gives %s, want %s", pairs, got, want)
		}
	}
}

// sameJSON compares what is said, not how it is escaped.
func sameJSON(a, b string) bool {
	var x, y map[string]string
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && maps.Equal(x, y)
}

// TestDataKeepsItsOrder, because the text is hashed.
func TestDataKeepsItsOrder(t *testing.T) {
	t.Parallel()
	if got := event.Data("to", "a", "from", "b", "none", "", "at", "c"); got != `{"to":"a","from":"b","at":"c"}` {
		t.Errorf("the data is %s", got)
	}
}

func TestDataOfOddArguments(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a name without a value passes")
		}
	}()
	event.Data("a", "1", "b")
}

// FuzzData: whatever the strings are, the data is valid JSON and says them back.
func FuzzData(f *testing.F) {
	f.Add("from", "none", "to", "activated(0)")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		text := event.Data(name1, value1, name2, value2)
		var got map[string]string
		if err := json.Unmarshal([]byte(text), &got); err != nil || !utf8.ValidString(text) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, pair := range [][2]string{{name1, value1}, {name2, value2}} {
			name, value := strings.ToValidUTF8(pair[0], "?"), pair[1]
			if name != pair[0] || !utf8.ValidString(value) || value == "" || name1 == name2 {
				continue
			}
			if got[name] != value {
				t.Errorf("%q says %q of %q, want %q", text, got[name], name, value)
			}
		}
	})
}
