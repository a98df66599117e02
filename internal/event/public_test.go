package event_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
)

// secretive is an event of a kind with everything in it that may never be shown.
func secretive(kind event.Kind, subject event.Subject, actor string) event.Event {
	e := event.Event{Seq: 7, Subject: subject, Kind: kind, Service: "45",
		Cause: event.Cause{Actor: actor, Key: "hidden-key", Address: "192.0.2.1", RequestID: "r1", At: time.UnixMicro(1).UTC()},
		Data: event.Data("from", "none", "to", "activated(0)", "client_ref_id", "REF-1", "asked_by", "operator:asha", "developer_key", "dk-1",
			"something_new", "hidden-news")}
	return e.Seal("hidden-seal")
}

func TestPublicData(t *testing.T) {
	t.Parallel()
	agent := event.Subject{Kind: event.Agent, ID: "20810200"}
	partner := event.Subject{Kind: event.Partner, ID: "p1"}
	for name, c := range map[string]struct {
		event  event.Event
		reader string
		want   string // the particulars; "" when it is not shown
		ref    string
	}{
		"own call":           {secretive(event.ServiceActivated, agent, "partner:p1"), "p1", `{"from":"none","to":"activated(0)","client_ref_id":"REF-1"}`, "r1"},
		"the operator's":     {secretive(event.ServiceActivated, agent, "operator:asha"), "p1", `{"from":"none","to":"activated(0)"}`, ""},
		"to a switch":        {secretive(event.ServiceActivated, agent, "partner:p1"), "", `{"from":"none","to":"activated(0)"}`, ""},
		"own key":            {secretive(event.KeyAdded, partner, "operator:asha"), "p1", `{"from":"none","to":"activated(0)","developer_key":"dk-1"}`, ""},
		"another's key":      {secretive(event.KeyAdded, partner, "operator:asha"), "p2", "", ""},
		"a key, to a switch": {secretive(event.KeyAdded, partner, "operator:asha"), "", "", ""},
		"a partner":          {secretive(event.PartnerAdded, partner, "operator:asha"), "", `{"from":"none","to":"activated(0)"}`, ""},
		"block on a partner": {secretive(event.BlockPlaced, partner, "operator:asha"), "", `{"from":"none","to":"activated(0)"}`, ""},
		"another's block":    {secretive(event.BlockPlaced, partner, "operator:asha"), "p2", "", ""},
		"the first of two":   {secretive(event.BlockLiftAsked, agent, "operator:asha"), "p1", "", ""},
		"member":             {secretive(event.MemberAdded, event.Subject{Kind: event.Member, ID: "m1"}, "operator:asha"), "", "", ""},
		"operator":           {secretive(event.OperatorAdded, event.Subject{Kind: event.Operator, ID: "asha"}, "operator:asha"), "", "", ""},
		"a switch's token":   {secretive(event.TokenAdded, event.Subject{Kind: event.Switch, ID: "s1"}, "operator:asha"), "", "", ""},
		"own addresses":      {secretive(event.PartnerAddresses, partner, "operator:asha"), "p1", `{"from":"none","to":"activated(0)","developer_key":"dk-1"}`, ""},
		"another's":          {secretive(event.PartnerAddresses, partner, "operator:asha"), "p2", "", ""},
		"addresses, switch":  {secretive(event.PartnerAddresses, partner, "operator:asha"), "", "", ""},
		"who reviews":        {secretive(event.ReviewClaimed, event.Subject{Kind: event.Review, ID: "20810200/45"}, "operator:asha"), "p1", "", ""},
		"who reviews, too":   {secretive(event.ReviewReleased, event.Subject{Kind: event.Review, ID: "20810200/45"}, "operator:asha"), "", "", ""},
		"an operator's":      {secretive(event.TokenAdded, event.Subject{Kind: event.Operator, ID: "asha"}, "operator:asha"), "p1", "", ""},
	} {
		p, ok := c.event.Public(c.reader)
		if ok != (c.want != "") || p.Data != c.want || p.Request != c.ref {
			t.Errorf("%s: shown is %v, %s of request %q, want %s", name, ok, p.Data, p.Request, c.want)
		}
		if strings.Contains(p.Data, "hidden") || ok && p.By != strings.Split(c.event.Cause.Actor, ":")[0] {
			t.Errorf("%s: shown is %+v", name, p)
		}
	}
}

// TestPublicSubjects: of kinds that are not listed nothing is shown, whatever their subject.
func TestPublicSubjects(t *testing.T) {
	t.Parallel()
	for _, kind := range []event.SubjectKind{event.Agent, event.Partner, event.Service, event.Member, event.Channel, event.Ladder,
		event.Operator, event.Switch, event.Plan, event.Review} {
		for _, reader := range []string{"", "p1"} {
			e := secretive("something.new", event.Subject{Kind: kind, ID: "p1"}, "partner:p1")
			if p, ok := e.Public(reader); ok {
				t.Errorf("%s sees %+v", reader, p)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kinds   event.Kinds
		kind    event.Kind
		want    bool
		unknown string
	}{
		{nil, event.BlockPlaced, true, ""},
		{event.Kinds{"block.*"}, event.BlockPlaced, true, ""},
		{event.Kinds{"block.placed"}, event.BlockPlaced, true, ""},
		{event.Kinds{"block.placed"}, event.BlockLifted, false, ""},
		{event.Kinds{"agent.*", "block.lifted"}, event.BlockLifted, true, ""},
		{event.Kinds{"activation.*"}, event.AgentStatus, false, ""},
		{event.Kinds{"*"}, event.AgentStatus, false, "*"},
		{event.Kinds{"block.*", ""}, event.AgentStatus, false, ""},
		{event.Kinds{"agent"}, event.AgentStatus, false, "agent"},
		{event.Kinds{"member.*"}, event.AgentStatus, false, "member.*"},
		{event.Kinds{"block.lift_asked"}, event.AgentStatus, false, "block.lift_asked"},
	} {
		if got := c.kinds.Has(c.kind); got != c.want {
			t.Errorf("%q has %s: %v", c.kinds, c.kind, got)
		}
		unknown, found := c.kinds.Unknown()
		if unknown != c.unknown || found != (c.unknown != "" || slices.Contains(c.kinds, "")) {
			t.Errorf("of %q is unknown: %q (%v)", c.kinds, unknown, found)
		}
	}
}
