package sqlite

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// someTime draws a time as the store keeps it, in any year there is, or none.
func someTime(t *rapid.T, what string) time.Time {
	return store.FromMicro(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-1<<55, 1<<55)).Draw(t, what))
}

// someText draws a text, most often a short one or none; some look like numbers.
func someText(t *rapid.T, what string) string {
	return rapid.OneOf(rapid.Just(""), rapid.StringN(0, 12, 40), rapid.StringMatching(`[0-9]{1,20}`), rapid.Just(strings.Repeat("x", 200))).Draw(t, what)
}

func someActivation(t *rapid.T) agent.Activation {
	a := agent.Activation{ServiceCode: someText(t, "service"), State: rapid.SampledFrom(agent.States()[1:]).Draw(t, "state"),
		Comment: someText(t, "comment"), CreatedAt: someTime(t, "created"), UpdatedAt: someTime(t, "updated"), RequestedBy: "not in brief"}
	if rapid.Bool().Draw(t, "with extras") {
		a.LatLong = someText(t, "latlong")
		a.Dates = agent.Dates{From: someTime(t, "from"), Until: someTime(t, "until"), VerifyBy: someTime(t, "verify by")}
	}
	return a
}

func someBlock(t *rapid.T, userCode string) block.Block {
	return block.Block{ID: someText(t, "block"), Target: block.Target{Agent: userCode, Service: someText(t, "on service")},
		Owner: rapid.SampledFrom(block.Owners()).Draw(t, "owner"), Rule: block.Rule(someText(t, "rule")), Reason: "not in brief",
		From: someTime(t, "begins"), Until: someTime(t, "ends"), PlacedAt: someTime(t, "placed")}
}

// someRecord draws a whole record of an agent.
func someRecord(t *rapid.T) *agent.Record {
	r := &agent.Record{Agent: agent.Agent{
		UserCode: "20810200", PartnerID: someText(t, "partner"), Standing: agent.Standing(rapid.IntRange(0, 2).Draw(t, "standing")),
		CreatedAt: someTime(t, "onboarded"), Head: event.Head{Version: rapid.Uint64Range(0, 1<<62).Draw(t, "version"), Seq: 7},
		Profile: agent.Profile{Mobile: someText(t, "mobile"), FirstName: someText(t, "first"), MiddleName: someText(t, "middle"), LastName: someText(t, "last"),
			PAN: "not in brief", Address: agent.Address{City: someText(t, "city"), State: someText(t, "state of India")}},
	}}
	if rapid.Bool().Draw(t, "agent with extras") {
		r.Agent.StandSince, r.Agent.LatLong, r.Agent.Devices = someTime(t, "stands since"), someText(t, "place"), agent.Devices(someText(t, "devices"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "activations") {
		a := someActivation(t)
		a.UserCode = r.Agent.UserCode
		r.Activations = append(r.Activations, a)
	}
	for range rapid.IntRange(0, 3).Draw(t, "blocks") {
		r.Blocks = append(r.Blocks, someBlock(t, r.Agent.UserCode))
	}
	return r
}

// TestPackedRecordIsItsBrief: any record comes out of memory as it went in, whatever of it few agents have.
func TestPackedRecordIsItsBrief(t *testing.T) {
	t.Parallel()
	p := newPacker()
	rapid.Check(t, func(t *rapid.T) {
		want := store.Record{Record: someRecord(t).Brief()}
		before := []byte("what was there before")
		b := packRecord(p, before, &want)
		got := unpackRecord(p, want.Agent.UserCode, b[len(before):])
		if !reflect.DeepEqual(got.Record, want.Record) {
			t.Fatalf("it comes back as\n%+v, want\n%+v", got.Record, want.Record)
		}
	})
}

// TestPackedRecordIsSmall: one byte tells that an agent has none of what few have.
func TestPackedRecordIsSmall(t *testing.T) {
	t.Parallel()
	p := newPacker()
	plain := &store.Record{Record: agent.Record{Agent: agent.Agent{UserCode: "20810200"}}}
	if b := packExtras(nil, plain); len(b) != 1 {
		t.Errorf("an agent without extras takes %d bytes for them", len(b))
	}
	with := &store.Record{Record: agent.Record{Agent: agent.Agent{UserCode: "20810200"}}}
	for i := range 20 {
		with.Blocks = append(with.Blocks, block.Block{ID: fmt.Sprintf("c%019d", i), Target: block.Target{Agent: "20810200"}})
	}
	if b := packRecord(p, nil, with); len(b) > 1000 {
		t.Errorf("an agent with 20 blocks takes %d bytes", len(b))
	}
}
