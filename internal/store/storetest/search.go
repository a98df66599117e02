package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func searchCases() []testCase {
	return []testCase{
		{"Terms/are found by how they begin and what they have", termsFound},
		{"Terms/are added and dropped, each once", termsOnce},
		{"Terms/look at no more than they are to", termsReach},
		{"NamedBetween/gives who may have another name", namedBetween},
		{"AgentsByCode/and MembersByID give those that there are", byCodes},
		{"AgentsWithMobile/of any partner, by number", agentsWithMobile},
		{"CallsByReference/gives those whose keys begin so", callsByReference},
		{"FindEvents/by everything, the youngest first", findEvents},
		{"Chain/follows a chain back", chain},
		{"OperatorsEvent/counts back", operatorsEvent},
		{"EventTimes/of those that there are", eventTimes},
	}
}

func agentTerm(text, id string) store.Term { return store.Term{Kind: event.Agent, Text: text, ID: id} }

// terms lists terms as "text=id".
func terms(t *testing.T, s store.Store, f store.TermFilter) (list []string) {
	t.Helper()
	for _, x := range view(t, s, func(tx store.Tx) ([]store.Term, error) { return tx.Terms(f) }) {
		if x.Kind != f.Kind {
			t.Errorf("a term is of kind %q, want %q", x.Kind, f.Kind)
		}
		list = append(list, x.Text+"="+x.ID)
	}
	return list
}

func addTerms(t *testing.T, s store.Store) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		return tx.AddTerms([]store.Term{agentTerm("ravi kumar", "2"), agentTerm("kumar ravi", "2"), agentTerm("ravi", "3"), agentTerm("ravindra rao", "1"),
			agentTerm("रवि कुमार", "4"), agentTerm("#abcde1234f", "2"), agentTerm("ravi kumar", "1"),
			{Kind: event.Member, Text: "ravi otieno", ID: msisdn}})
	})
}

func termsFound(t *testing.T, s store.Store) {
	addTerms(t, s)
	for _, c := range []struct {
		prefix, with string
		limit        int
		want         []string
	}{
		{"ravi", "", 9, []string{"ravi=3", "ravi kumar=1", "ravi kumar=2", "ravindra rao=1"}},
		{"ravi", "", 2, []string{"ravi=3", "ravi kumar=1"}},
		{"ravi ", "", 9, []string{"ravi kumar=1", "ravi kumar=2"}},
		{"ravi", "kum", 9, []string{"ravi kumar=1", "ravi kumar=2"}},
		{"rav", "rao", 9, []string{"ravindra rao=1"}},
		{"rav", "umar", 9, nil},
		{"r", "k r", 9, nil},
		{"रवि", "कुम", 9, []string{"रवि कुमार=4"}},
		{"#abc", "", 9, []string{"#abcde1234f=2"}},
		{"x", "", 9, nil},
	} {
		f := store.TermFilter{Kind: event.Agent, Prefix: c.prefix, With: strings.Fields(c.with), Reach: 100, Limit: c.limit}
		equalAll(t, fmt.Sprintf("terms that begin with %q and have %q", c.prefix, c.with), terms(t, s, f), c.want)
	}
	equalAll(t, "terms of members", terms(t, s, store.TermFilter{Kind: event.Member, Prefix: "ra", Reach: 9, Limit: 9}), []string{"ravi otieno=" + msisdn})
}

func termsOnce(t *testing.T, s store.Store) {
	addTerms(t, s)
	addTerms(t, s)
	all := store.TermFilter{Kind: event.Agent, Prefix: "", Reach: 100, Limit: 100}
	equal(t, "terms of agents", len(terms(t, s, all)), 7)
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.DropTerms([]store.Term{agentTerm("ravi kumar", "2"), agentTerm("ravi", "9"), agentTerm("#abcde1234f", "2")}),
			tx.AddTerms([]store.Term{agentTerm("late", "1"), agentTerm("late", "1")}), tx.DropTerms(nil), tx.AddTerms(nil))
	})
	equalAll(t, "terms after some were dropped", terms(t, s, all),
		[]string{"kumar ravi=2", "late=1", "ravi=3", "ravi kumar=1", "ravindra rao=1", "रवि कुमार=4"})
	refused(t, s, "a term of a partner", fault.Internal, func(tx store.Tx) error { return tx.AddTerms([]store.Term{{Kind: event.Partner, Text: "a", ID: "p1"}}) })
}

func termsReach(t *testing.T, s store.Store) {
	addTerms(t, s)
	f := store.TermFilter{Kind: event.Agent, Prefix: "ravi", With: []string{"rao"}, Reach: 3, Limit: 9}
	equalAll(t, "terms beyond the reach", terms(t, s, f), nil)
	for most, want := range map[int]int{0: 0, 2: 2, 4: 4, 100: 4} {
		n := view(t, s, func(tx store.Tx) (int, error) { return tx.CountTerms(event.Agent, "ravi", most) })
		equal(t, fmt.Sprintf("terms counted up to %d", most), n, want)
	}
}

func namedBetween(t *testing.T, s store.Store) {
	buildWorld(t, s)
	SetActivation(t, s, userCode, "43", agent.Active)
	update(t, s, writeAll)
	var want []event.Subject
	all := events(t, s)
	for _, e := range all {
		if strings.HasPrefix(string(e.Kind), "agent.") || e.Kind == event.MemberAdded || e.Kind == event.MemberErased {
			want = append(want, e.Subject)
		}
	}
	if len(want) < 5 {
		t.Fatalf("the world has only %d such events", len(want))
	}
	between := func(after, upTo uint64) []event.Subject {
		return view(t, s, func(tx store.Tx) ([]event.Subject, error) { return tx.NamedBetween(after, upTo) })
	}
	last := uint64(len(all))
	equalAll(t, "of all", between(0, 1<<62), want)
	equalAll(t, "of two parts", slices.Concat(between(0, last/2), between(last/2, last)), want)
	equalAll(t, "of none", between(last, last+5), nil)
}

func byCodes(t *testing.T, s store.Store) {
	buildWorld(t, s)
	AddAgent(t, s, partnerID, "a-1")
	AddAgent(t, s, partnerID, "a-2")
	agents := view(t, s, func(tx store.Tx) ([]agent.Agent, error) {
		return tx.AgentsByCode([]string{"a-2", "nobody", "\x00", userCode})
	})
	slices.SortFunc(agents, func(a, b agent.Agent) int { return strings.Compare(a.UserCode, b.UserCode) })
	var want []agent.Agent
	for _, code := range []string{userCode, "a-2"} {
		want = append(want, view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(code) }).Agent)
	}
	equalAll(t, "agents", agents, want)
	m := storedMember(t, s, otherMSISDN)
	members := view(t, s, func(tx store.Tx) ([]member.Member, error) { return tx.MembersByID([]string{"nobody", m.ID}) })
	equalAll(t, "members", members, []member.Member{m})
	none := view(t, s, func(tx store.Tx) ([]agent.Agent, error) { return tx.AgentsByCode(nil) })
	equalAll(t, "none", none, nil)
}

func agentsWithMobile(t *testing.T, s store.Store) {
	buildWorld(t, s)
	update(t, s, func(tx store.Tx) error {
		_, err1 := addProfile(tx, otherPartnerID, "a-1", Profile("9876543210"))
		_, err2 := addProfile(tx, partnerID, "a-2", Profile("9876500000"))
		_, err3 := addProfile(tx, partnerID, "a-3", Profile("7000000000"))
		_, err4 := addProfile(tx, partnerID, "a-4", Profile(""))
		return errors.Join(err1, err2, err3, err4)
	})
	for _, c := range []struct {
		prefix string
		limit  int
		want   []string
	}{
		{"9876", 9, []string{"a-2", userCode, "a-1"}}, {"9876543210", 9, []string{userCode, "a-1"}}, {"9", 1, []string{"a-2"}}, {"98765432101", 9, nil}, {"7", 9, []string{"a-3"}},
	} {
		got := view(t, s, func(tx store.Tx) ([]string, error) { return tx.AgentsWithMobile(c.prefix, c.limit) })
		equalAll(t, "agents with "+c.prefix, got, c.want)
	}
}

func callsByReference(t *testing.T, s store.Store) {
	buildWorld(t, s)
	key := func(name string) store.Call { return newCall(name, userCode, 1) }
	edge := newCall("", userCode, 2)
	for i := range edge.Key {
		edge.Key[i] = 0xff
	}
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.SaveCall(key("12345678b")), tx.SaveCall(key("12345678a")), tx.SaveCall(key("12345677z")), tx.SaveCall(key("12345679")), tx.SaveCall(edge))
	})
	found := func(digest string, limit int) (names []string) {
		for _, c := range view(t, s, func(tx store.Tx) ([]store.Call, error) { return tx.CallsByReference([8]byte([]byte(digest)), limit) }) {
			names = append(names, strings.TrimRight(string(c.Key[:]), "\x00"))
		}
		return names
	}
	equalAll(t, "calls", found("12345678", 9), []string{"12345678a", "12345678b"})
	equalAll(t, "one call", found("12345678", 1), []string{"12345678a"})
	equal(t, "the last call", len(found(strings.Repeat("\xff", 8), 9)), 1)
	equalAll(t, "no call", found("abcdefgh", 9), nil)
}

// variedEvents are events that differ in all that is looked for.
func variedEvents(t *testing.T, s store.Store) []event.Event {
	t.Helper()
	buildWorld(t, s)
	update(t, s, func(tx store.Tx) error {
		for i, actor := range []string{"operator:asha", "partner:p1", "operator:ravi", "operators:x", "operator:asha", "operator", "channel:ussd"} {
			e := event.Event{Subject: event.Subject{Kind: event.Service, ID: fmt.Sprint("s", i)}, Kind: event.CatalogueSet, Cause: Cause(10 + i), Data: "{}"}
			if e.Cause.Actor = actor; i%2 == 0 {
				e.Kind, e.Service, e.Subject.Kind = event.BlockPlaced, "43", event.Agent
			}
			e = event.Head{}.Next(e)
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
		}
		return nil
	})
	return events(t, s)
}

func findEvents(t *testing.T, s store.Store) {
	all := variedEvents(t, s)
	last := uint64(len(all))
	for name, c := range map[string]struct {
		filter store.EventFilter
		is     func(event.Event) bool
	}{
		"all":          {store.EventFilter{}, func(event.Event) bool { return true }},
		"a kind":       {store.EventFilter{Kind: "service.set"}, func(e event.Event) bool { return e.Kind == event.CatalogueSet }},
		"a family":     {store.EventFilter{Kind: "block.*"}, func(e event.Event) bool { return e.Kind == event.BlockPlaced }},
		"every family": {store.EventFilter{Kind: "*"}, func(event.Event) bool { return true }},
		"an operator":  {store.EventFilter{Actor: "operator:asha"}, func(e event.Event) bool { return e.Cause.Actor == "operator:asha" }},
		"operators":    {store.EventFilter{Actor: "operator"}, func(e event.Event) bool { return strings.HasPrefix(e.Cause.Actor, "operator:") }},
		"partners":     {store.EventFilter{Actor: "partner"}, func(e event.Event) bool { return strings.HasPrefix(e.Cause.Actor, "partner:") }},
		"a service":    {store.EventFilter{Service: "43"}, func(e event.Event) bool { return e.Service == "43" }},
		"a subject":    {store.EventFilter{SubjectKind: event.Member}, func(e event.Event) bool { return e.Subject.Kind == event.Member }},
		"a request":    {store.EventFilter{RequestID: "request-12"}, func(e event.Event) bool { return e.Cause.RequestID == "request-12" }},
		"a time":       {store.EventFilter{Since: At(11), Until: At(13)}, func(e event.Event) bool { return !e.Cause.At.Before(At(11)) && e.Cause.At.Before(At(13)) }},
		"a span":       {store.EventFilter{From: 3, Before: 5}, func(e event.Event) bool { return e.Seq == 3 || e.Seq == 4 }},
		"two things": {store.EventFilter{Actor: "operator:asha", Kind: "block.placed", Since: At(12)}, func(e event.Event) bool {
			return e.Cause == (event.Cause{Actor: "operator:asha", Key: "key-1", Address: "203.0.113.7", RequestID: "request-14", At: At(14)})
		}},
		"no such": {store.EventFilter{Actor: "operator:nobody", Kind: "\x00"}, func(event.Event) bool { return false }},
	} {
		f := c.filter
		if f.Limit = 100; f.Before == 0 {
			f.Before = last + 1
		}
		var want []event.Event
		for _, e := range slices.Backward(all) {
			if c.is(e) {
				want = append(want, e)
			}
		}
		equalAll(t, name, view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.FindEvents(f) }), want)
		f.Limit = 1
		equalAll(t, name+", one", view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.FindEvents(f) }), want[:min(1, len(want))])
	}
}

func chain(t *testing.T, s store.Store) {
	buildWorld(t, s)
	for _, state := range []agent.State{agent.Active, agent.ActiveWaiting, agent.Active} {
		SetActivation(t, s, userCode, "43", state)
	}
	rec := view(t, s, func(tx store.Tx) (*agent.Record, error) { return tx.Agent(userCode) })
	want := view(t, s, func(tx store.Tx) ([]event.Event, error) { return store.History(tx, rec.Head(), 0) })
	follow := func(of event.Subject, seq uint64, limit int) []event.Event {
		return view(t, s, func(tx store.Tx) ([]event.Event, error) { return tx.Chain(of, seq, limit) })
	}
	equalAll(t, "chain", follow(newSubject(userCode), want[0].Seq, 100), want)
	equalAll(t, "chain, in part", follow(newSubject(userCode), want[1].Seq, 2), want[1:3])
	equalAll(t, "chain of another", follow(newSubject("nobody"), want[0].Seq, 100), nil)
	equalAll(t, "chain of a subject of another kind", follow(event.Subject{Kind: event.Member, ID: userCode}, want[0].Seq, 100), nil)
	equalAll(t, "chain from nowhere", follow(newSubject(userCode), 1<<40, 100), nil)
}

func operatorsEvent(t *testing.T, s store.Store) {
	all := variedEvents(t, s)
	var back []uint64
	for _, e := range slices.Backward(all) {
		if strings.HasPrefix(e.Cause.Actor, "operator:") {
			back = append(back, e.Seq)
		}
	}
	at := func(before uint64, n int) uint64 {
		return view(t, s, func(tx store.Tx) (uint64, error) { return tx.OperatorsEvent(before, n) })
	}
	for n, want := range back {
		equal(t, fmt.Sprintf("operators' event %d back", n), at(1<<40, n), want)
	}
	equal(t, "beyond the first", at(1<<40, len(back)), 0)
	equal(t, "before one", at(back[0], 0), back[1])
}

func eventTimes(t *testing.T, s store.Store) {
	all := variedEvents(t, s)
	last := all[len(all)-1]
	got := view(t, s, func(tx store.Tx) (map[uint64]time.Time, error) {
		return tx.EventTimes([]uint64{2, last.Seq, last.Seq + 1, 0})
	})
	equal(t, "events found", len(got), 2)
	equal(t, "time of the last", got[last.Seq], last.Cause.At)
	equal(t, "time of the second", got[2], all[1].Cause.At)
}
