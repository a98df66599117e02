package block_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

const (
	alice = "operator:alice"
	bob   = "operator:bob"
)

// at is a fixed moment and n hours.
func at(n int) time.Time {
	return time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour)
}

func by(actor string, n int) event.Cause {
	return event.Cause{Actor: actor, Address: "192.0.2.1", RequestID: "r1", At: at(n)}
}

// good is a block on one activation, placed at at(0), that acts from at(2) up to at(8).
func good() block.Block {
	return block.Block{ID: "b1", Target: block.Target{Agent: "20810200", Service: "45"}, Owner: block.Fraud, Reason: "too fast",
		From: at(2), Until: at(8), PlacedAt: at(0), PlacedBy: alice}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	var words []string
	for _, o := range block.Owners() {
		words = append(words, o.String())
		if got, ok := block.ParseOwner(o.String()); !ok || got != o {
			t.Errorf("%s comes back as %s, %t", o, got, ok)
		}
	}
	if got := strings.Join(words, " "); got != "operator compliance fraud partner system" {
		t.Errorf("the owners are %s", got)
	}
	for _, word := range []string{"", "Operator", "nobody", "fraud "} {
		if _, ok := block.ParseOwner(word); ok {
			t.Errorf("%q is taken for an owner", word)
		}
	}
}

// TestTargets: four combinations name something; blocks on an agent or its activations stand in the agent's chain.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target  block.Target
		kind    block.Kind
		subject string
		text    string
	}{
		{block.Target{Agent: "a"}, block.OnAgent, "agent:a", "agent a"},
		{block.Target{Agent: "a", Service: "s"}, block.OnActivation, "agent:a", "service s of agent a"},
		{block.Target{Service: "s"}, block.OnService, "service:s", "service s"},
		{block.Target{Partner: "p"}, block.OnPartner, "partner:p", "partner p"},
		{block.Target{}, "", "", ""},
		{block.Target{Agent: "a", Partner: "p"}, "", "", ""},
		{block.Target{Service: "s", Partner: "p"}, "", "", ""},
		{block.Target{Agent: "a", Service: "s", Partner: "p"}, "", "", ""},
	} {
		if c.target.Kind() != c.kind {
			t.Errorf("%+v is a %q", c.target, c.target.Kind())
		}
		if c.kind != "" && (c.target.Subject().String() != c.subject || c.target.String() != c.text) {
			t.Errorf("%+v: the subject is %s, the text %q", c.target, c.target.Subject(), c.target)
		}
	}
}

// TestActs and where it stands, to the microsecond.
func TestActs(t *testing.T) {
	t.Parallel()
	const tick = time.Microsecond
	forever, atOnce, lifted, cancelled := good(), good(), good(), good()
	forever.Until = time.Time{}
	atOnce.From = time.Time{}
	lifted.LiftedAt = at(3)
	cancelled.LiftedAt = at(1)
	for _, c := range []struct {
		name  string
		block block.Block
		at    time.Time
		want  block.State
	}{
		{"before it begins", good(), at(2).Add(-tick), block.Scheduled},
		{"as it begins", good(), at(2), block.Acting},
		{"before it ends", good(), at(8).Add(-tick), block.Acting},
		{"as it ends", good(), at(8), block.Ended},
		{"long after", good(), at(9999), block.Ended},
		{"without an end", forever, at(9999), block.Acting},
		{"at once, by a slow clock", atOnce, at(-1), block.Acting},
		{"at once", atOnce, at(0), block.Acting},
		{"at once, ended", atOnce, at(8), block.Ended},
		{"lifted", lifted, at(4), block.Lifted},
		{"lifted, asked of a time before", lifted, at(2), block.Lifted},
		{"cancelled", cancelled, at(3), block.Cancelled},
	} {
		if got := c.block.StateAt(c.at); got != c.want {
			t.Errorf("%s: it is %s, want %s", c.name, got, c.want)
		}
		if got := c.block.Acts(c.at); got != (c.want == block.Acting) {
			t.Errorf("%s: it acts: %t", c.name, got)
		}
	}
	for name, b := range map[string]block.Block{"with a beginning": good(), "at once": atOnce} {
		if want := map[bool]time.Time{true: at(0), false: at(2)}[b.From.IsZero()]; !b.Since().Equal(want) {
			t.Errorf("%s: since %s, want %s", name, b.Since(), want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(b *block.Block)
		want  string // the bad fields
	}{
		"good":              {func(*block.Block) {}, ""},
		"at once, for ever": {func(b *block.Block) { b.From, b.Until = time.Time{}, time.Time{} }, ""},
		"no target":         {func(b *block.Block) { b.Target = block.Target{} }, "target"},
		"two targets":       {func(b *block.Block) { b.Partner = "p" }, "target"},
		"no reason":         {func(b *block.Block) { b.Reason = "" }, "reason"},
		"a reason as long":  {func(b *block.Block) { b.Reason = strings.Repeat("x", 200) }, ""},
		"a reason too long": {func(b *block.Block) { b.Reason = strings.Repeat("x", 201) }, "reason"},
		"not plain":         {func(b *block.Block) { b.Reason = "line\nbreak" }, "reason"},
		"begins now":        {func(b *block.Block) { b.From = at(1) }, "from"},
		"began":             {func(b *block.Block) { b.From = at(0) }, "from"},
		"ends now":          {func(b *block.Block) { b.From, b.Until = time.Time{}, at(1) }, "until"},
		"ends in a year that has no spelling": {func(b *block.Block) {
			b.Until = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -12*60*60))
		}, "until"},
		"begins then":          {func(b *block.Block) { b.From, b.Until = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{} }, "from"},
		"ends too late":        {func(b *block.Block) { b.Until = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "until"},
		"begins too late":      {func(b *block.Block) { b.From, b.Until = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{} }, "from"},
		"ends as it begins":    {func(b *block.Block) { b.Until = at(2) }, "until"},
		"ends before it began": {func(b *block.Block) { b.From, b.Until = at(5), at(4) }, "until"},
		"all at once":          {func(b *block.Block) { *b = block.Block{From: at(0), Until: at(0)} }, "target reason from until"},
	} {
		b := good()
		c.spoil(&b)
		var bad fault.Fields
		b.Check(at(1), func(s string) bool { return !strings.Contains(s, "\n") }, &bad)
		var got []string
		for _, f := range bad {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: the bad fields are %v, want %q", name, got, c.want)
		}
	}
}

// TestPlace: what is placed is recorded in full; what a person wrote is personal.
func TestPlace(t *testing.T) {
	t.Parallel()
	b := good()
	want := event.Event{Subject: event.Subject{Kind: event.Agent, ID: "20810200"}, Kind: event.BlockPlaced, Service: "45", Cause: by(alice, 0),
		Data:    `{"block":"b1","owner":"fraud","from":"2024-03-05T12:00:00Z","until":"2024-03-05T18:00:00Z"}`,
		Private: `{"reason":"too fast"}`}
	if got := b.Place(by(alice, 0)); *got != want {
		t.Errorf("the event is\n%+v, want\n%+v", *got, want)
	}
	onService := block.Block{ID: "b2", Target: block.Target{Service: "45"}, Owner: block.System, Rule: block.Dormant}
	e := onService.Place(by("system:dormancy", 0))
	if e.Subject.String() != "service:45" || e.Service != "" || e.Data != `{"block":"b2","owner":"system","rule":"dormant"}` || e.Private != "" {
		t.Errorf("the event of a block on a service is %+v", e)
	}
}

// TestLift over who lifts, who asked before, and how many it takes.
func TestLift(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		two   bool
		asked string // by whom, before
		actor string
		when  int
		want  event.Kind // "": refused
	}{
		{"one lifts", false, "", alice, 3, event.BlockLifted},
		{"one cancels", false, "", alice, 1, event.BlockCancelled},
		{"as it begins it is lifted", false, "", alice, 2, event.BlockLifted},
		{"after it ended", false, "", alice, 9, event.BlockLifted},
		{"the shared token lifts alone", false, "", event.SharedToken, 3, event.BlockLifted},
		{"a partner lifts alone", false, "", "partner:p1", 3, event.BlockLifted},
		{"one is enough now", false, alice, alice, 3, event.BlockLifted},
		{"the first of two", true, "", alice, 3, event.BlockLiftAsked},
		{"the first of two cancels", true, "", alice, 1, event.BlockLiftAsked},
		{"the second", true, alice, bob, 3, event.BlockLifted},
		{"the second cancels", true, alice, bob, 1, event.BlockCancelled},
		{"the same again", true, alice, alice, 3, ""},
		{"the shared token first", true, "", event.SharedToken, 3, ""},
		{"the shared token second", true, alice, event.SharedToken, 3, ""},
		{"a partner second", true, alice, "partner:p1", 3, ""},
		{"nobody", true, "", "", 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := good()
			if b.LiftAskedBy = c.asked; c.asked != "" {
				b.LiftAskedAt = at(1)
			}
			got, e, err := b.Lift(c.two, "mistaken", by(c.actor, c.when))
			if c.want == "" {
				if !fault.Is(err, fault.Conflict) || e != nil || got != b {
					t.Errorf("gives %+v, %v, %v, want a conflict", got, e, err)
				}
				return
			}
			want := b
			if c.want == event.BlockLiftAsked {
				want.LiftAskedBy, want.LiftAskedAt = c.actor, at(c.when)
			} else {
				want.LiftedBy, want.LiftedAt = c.actor, at(c.when)
			}
			if err != nil || e == nil || got != want {
				t.Fatalf("gives %+v, %v, %v", got, e, err)
			}
			data := event.Data("block", "b1", "owner", "fraud", "asked_by", want.LiftAskedBy)
			if e.Kind != c.want || e.Data != data || e.Private != `{"reason":"mistaken"}` || e.Service != "45" || e.Cause != by(c.actor, c.when) || e.Version != 0 {
				t.Errorf("the event is %+v, want %s with %s", e, c.want, data)
			}
			if got.Acts(at(3)) != (c.want == event.BlockLiftAsked) {
				t.Errorf("afterwards it acts: %t", got.Acts(at(3)))
			}
		})
	}
}

// TestLiftTwice: what was lifted stays as it was lifted first.
func TestLiftTwice(t *testing.T) {
	t.Parallel()
	b := good()
	b.LiftedAt, b.LiftedBy = at(3), alice
	for _, two := range []bool{false, true} {
		if got, e, err := b.Lift(two, "again", by(bob, 4)); err != nil || e != nil || got != b {
			t.Errorf("gives %+v, %v, %v", got, e, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	b := good()
	for _, c := range []struct {
		service string
		at      int
		want    bool
	}{{"45", 2, true}, {"45", 1, false}, {"45", 8, false}, {"4", 2, false}} {
		if got := b.Refuses(c.service, at(c.at)); got != c.want {
			t.Errorf("service %s at hour %d is refused: %t", c.service, c.at, got)
		}
	}
	if b.Service = ""; !b.Refuses("4", at(2)) {
		t.Error("a block on the agent refuses no service")
	}
}

// A block changes by itself when it begins and when it ends, and never once it is lifted.
func TestTurn(t *testing.T) {
	t.Parallel()
	b := good()
	for hour, want := range map[int]time.Time{0: at(2), 1: at(2), 2: at(8), 7: at(8), 8: {}, 9: {}} {
		if got := b.Turn(at(hour)); !got.Equal(want) {
			t.Errorf("at hour %d it turns at %v, want %v", hour, got, want)
		}
	}
	if b.LiftedAt = at(1); !b.Turn(at(1)).IsZero() {
		t.Error("a lifted block turns")
	}
	if b = (block.Block{}); !b.Turn(at(1)).IsZero() {
		t.Error("a block without dates turns")
	}
}
