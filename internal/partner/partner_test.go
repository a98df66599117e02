package partner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/partner"
)

func noon() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

func TestKeyLive(t *testing.T) {
	t.Parallel()
	before, after := noon().Add(-time.Nanosecond), noon().Add(time.Nanosecond)
	for _, c := range []struct {
		name             string
		expires, revoked time.Time
		at               time.Time
		want             bool
	}{
		{"for ever", time.Time{}, time.Time{}, noon(), true},
		{"before its end", noon(), time.Time{}, before, true},
		{"at its end", noon(), time.Time{}, noon(), false},
		{"after its end", noon(), time.Time{}, after, false},
		{"revoked", time.Time{}, noon(), after, false},
		{"revoked just now", time.Time{}, noon(), noon(), false},
		{"revoked, as seen by a clock behind", time.Time{}, noon(), before, false},
		{"revoked before its end", after, before, noon(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := (partner.Key{ExpiresAt: c.expires, RevokedAt: c.revoked}).Live(c.at); got != c.want {
				t.Errorf("live: %t, want %t", got, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, initiator, want string }{
		{"Acme", "9962981729", ""},
		{"Acme & Söhne", "0000000000", ""},
		{"", "", "name initiator_id"},
		{"", "9962981729", "name"},
		{"a\nb", "9962981729", "name"},
		{strings.Repeat("x", 201), "9962981729", "name"},
		{"Acme", "996298172", "initiator_id"},
		{"Acme", "+919962981729", "initiator_id"},
	} {
		var bad fault.Fields
		partner.Partner{Name: c.name, InitiatorID: c.initiator}.Check(&bad)
		var names []string
		for _, f := range bad {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%.20q %q: the bad fields are %q, want %q", c.name, c.initiator, got, c.want)
		}
	}
}

func TestReplayWords(t *testing.T) {
	t.Parallel()
	for word, level := range map[string]partner.Replay{"observe": partner.Observe, "same-source": partner.SameSource, "strict": partner.Strict} {
		if got, ok := partner.ParseReplay(word); !ok || got != level || level.String() != word {
			t.Errorf("%q is %v, %t; it is spelled %q", word, got, ok, level)
		}
	}
	for _, word := range []string{"", "Strict", "same source", "off"} {
		if _, ok := partner.ParseReplay(word); ok {
			t.Errorf("%q is taken for a level", word)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	p := partner.Partner{ID: "p1"}
	c := event.Cause{Actor: "operator:x", At: noon()}
	first := p.Record(event.PartnerAdded, c, "initiator_id", "9962981729")
	first.Seq = 4
	p.Head = first.Head()
	second := p.Record(event.KeyAdded, c, "developer_key", "k")
	if err := event.Verify(event.Head{}, []event.Event{first, second}); err != nil {
		t.Error(err)
	}
	if second.Subject.String() != "partner:p1" || second.Prev != 4 || second.Kind != event.KeyAdded || second.Cause != c || second.Data != `{"developer_key":"k"}` {
		t.Errorf("the event is %+v", second)
	}
}
