package partnerapi_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// TestFeedOfPartner: its agents' events and its own, those of services, and nobody else's.
func TestFeedOfPartner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.partner(t, "One", "9000000001"), w.partner(t, "Two", "9000000002")
	from := get[switchboard.FeedPage](t, one, "/v1/events?after=latest").Next
	a, b := one.onboard(t), two.onboard(t)
	one.activate(t, a, "45")
	two.activate(t, b, "45")
	if _, err := w.Operator.SetStanding(t.Context(), b, switchboard.NewStanding{Standing: "suspended", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Operator.ChangeService(t.Context(), a, "45", "deactivate", switchboard.ServiceCommand{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Operator.RemoveService(t.Context(), "4"); err != nil {
		t.Fatal(err)
	}
	bearer := one.bearer(t)
	for name, c := range map[string]*caller{"signature": one, "token": bearer} {
		page := get[switchboard.FeedPage](t, c, "/v1/events?after="+strconv.FormatUint(from, 10))
		got := kinds(page.Events)
		want := []string{"agent.onboarded " + a, "activation.activated " + a + " 45", "activation.deactivated " + a + " 45", "service.removed 4", "token.added " + one.id}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: the events are\n%q, want\n%q", name, got, want)
		}
		if page.Next != page.Events[len(page.Events)-1].Seq {
			t.Errorf("by %s: next is %d", name, page.Next)
		}
		mine, others := page.Events[1], page.Events[2]
		if mine.RequestID == "" || mine.By != "partner" || others.RequestID != "" || others.By != "operator" {
			t.Errorf("by %s: the partner's own event is %+v, the operator's %+v", name, mine, others)
		}
		if got := string(mine.Data); got != `{"from":"none","to":"activated(0)"}` {
			t.Errorf("the particulars are %s", got)
		}
	}
}

// TestFeedOfSwitch: agents, services and partners, and nothing of keys, members and channels.
func TestFeedOfSwitch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.partner(t, "One", "9000000001")
	agent := one.onboard(t)
	page := get[switchboard.FeedPage](t, w.sandboxSwitch(), "/v1/events?limit=1000")
	families := map[string]bool{}
	for _, e := range page.Events {
		family, _, _ := strings.Cut(e.Kind, ".")
		families[family] = true
		if family == "partner" && e.Kind != "partner.added" {
			t.Errorf("a switch sees %+v", e)
		}
		if e.RequestID != "" {
			t.Errorf("a switch sees the request id of %+v", e)
		}
	}
	if want := map[string]bool{"agent": true, "partner": true, "service": true}; fmt.Sprint(families) != fmt.Sprint(want) {
		t.Errorf("a switch sees %v, want %v", families, want)
	}
	if last := page.Events[len(page.Events)-1]; last.Agent != agent || string(last.Data) != `{"partner":"`+one.id+`"}` {
		t.Errorf("the last event is %+v", last)
	}
}

// TestFeedHidesPeople: no operator's name, address, key or reason leaves by the feed.
func TestFeedHidesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	agent := one.onboard(t)
	for _, standing := range []string{"suspended", "open"} {
		if _, err := w.Operator.SetStanding(t.Context(), agent, switchboard.NewStanding{Standing: standing, Reason: "canary reason"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*caller{one, w.sandboxSwitch()} {
		a := c.call(t, "GET", "/v1/events?kinds=agent.status_changed", "")
		if page := read[switchboard.FeedPage](t, a); len(page.Events) != 2 {
			t.Fatalf("%d events", len(page.Events))
		}
		for _, word := range []string{"canary", "sealed", "operator:", "127.0.0.1", "actor", "hash"} {
			if strings.Contains(string(a.body), word) {
				t.Errorf("the feed has %q: %s", word, a.body)
			}
		}
	}
}

func TestFeedPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	agent := one.onboard(t)
	for range 5 {
		one.activate(t, agent, "45")
		if _, err := one.client.DeactivateService(t.Context(), agent, "45", ""); err != nil {
			t.Fatal(err)
		}
	}
	var all []switchboard.FeedEvent
	after := uint64(0)
	for {
		page := get[switchboard.FeedPage](t, one, fmt.Sprintf("/v1/events?limit=3&kinds=activation.*&after=%d", after))
		if all = append(all, page.Events...); len(page.Events) == 0 {
			break
		}
		after = page.Next
	}
	if len(all) != 10 {
		t.Errorf("%d events in pages of three", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq {
			t.Errorf("event %d follows %d", all[i].Seq, all[i-1].Seq)
		}
	}
	if end := get[switchboard.FeedPage](t, one, "/v1/events?after=latest").Next; after != end {
		t.Errorf("the last page leads to %d, the record ends at %d", after, end)
	}
}

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, field := range map[string]string{
		"after=-1": "after", "after=x": "after", "after=18446744073709551615": "after", "limit=0": "limit", "limit=1001": "limit",
		"wait=61s": "wait", "wait=-1s": "wait", "wait=5": "wait", "kinds=member.added": "kinds", "kinds=*": "kinds", "kinds=agent.onboarded,": "kinds",
		"Limit=5": "Limit",
	} {
		w.sandbox().call(t, "GET", "/v1/events?"+query, "").fails(t, http.StatusBadRequest, "invalid", field)
	}
	w.sandbox().call(t, "GET", "/v1/events?after=1000000", "").fails(t, http.StatusConflict, "conflict", "")
}

// TestPoll waits for an event that comes meanwhile, and passes over those that are not for the reader.
func TestPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.sandbox(), w.partner(t, "Two", "9000000002")
	agent := one.onboard(t)
	after := get[switchboard.FeedPage](t, one, "/v1/events?after=latest").Next
	got := make(chan answer)
	go func() {
		got <- one.call(t, "GET", fmt.Sprintf("/v1/events?after=%d&wait=30s&kinds=activation.*", after), "")
	}()
	for range 3 {
		two.onboard(t)
	}
	one.activate(t, agent, "45")
	page := read[switchboard.FeedPage](t, <-got)
	if len(page.Events) != 1 || page.Events[0].Agent != agent {
		t.Errorf("the page is %+v", page)
	}
	if empty := get[switchboard.FeedPage](t, one, "/v1/events?after=latest&wait=1ms"); len(empty.Events) != 0 || empty.Next == 0 {
		t.Errorf("nothing came and the page is %+v", empty)
	}
}

// TestStream follows the record, is cut off and resumes where it was.
func TestStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox()
	agent := one.onboard(t)
	stream, cancel := one.stream(t, "/v1/events?after=latest", "")
	one.activate(t, agent, "45")
	m := next(t, stream)
	if m.event != "activation.activated" || m.data.Agent != agent || m.id != strconv.FormatUint(m.data.Seq, 10) {
		t.Errorf("the message is %+v", m)
	}
	cancel()
	for _, service := range []string{"4", "39"} {
		one.activate(t, agent, service)
	}
	again, cancel := one.stream(t, "/v1/events?after=latest", m.id)
	defer cancel()
	for _, service := range []string{"4", "39"} {
		if m := next(t, again); m.data.Service != service {
			t.Errorf("the message is %+v, want one of service %s", m, service)
		}
	}
}

// TestStreamEndsWithToken: a stream does not outlive the credentials it was opened with.
func TestStreamEndsWithToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sandbox().bearer(t)
	stream, cancel := one.stream(t, "/v1/events?after=latest", "")
	defer cancel()
	tokens, err := w.Operator.PartnerTokens(t.Context(), one.id)
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	if _, err := w.Operator.RevokeToken(t.Context(), tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	for m := range stream {
		if m.event != "" {
			t.Errorf("after the end of its token the stream tells %+v", m)
		}
	}
	one.call(t, "GET", "/v1/events", "").fails(t, http.StatusUnauthorized, "unauthenticated", "")
}

// TestWaitEndsWithServer: a server that stops does not wait for its readers, and cuts none off.
func TestWaitEndsWithServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stream, cancel := w.sandboxSwitch().stream(t, "/v1/events?after=latest", "")
	defer cancel()
	one := w.sandbox().bearer(t)
	polls := make(chan error, maxReaders)
	for range maxReaders {
		go func() { polls <- one.poll(t) }()
	}
	// One more than may wait is refused, once all others do.
	for one.call(t, "GET", "/v1/events?after=latest&wait=1ms", "").status != http.StatusTooManyRequests {
		time.Sleep(time.Millisecond)
	}
	for range stream { // the first message shows where the stream begins
		break
	}
	w.Stop(t)
	for range stream {
		t.Error("a message came after the stop")
	}
	for range maxReaders {
		if err := <-polls; err != nil {
			t.Errorf("a poll was cut off: %v", err)
		}
	}
}

// poll waits for events until it is let wait and answered.
func (c *caller) poll(t *testing.T) error {
	for {
		resp, err := http.DefaultClient.Do(c.request(t.Context(), t, "GET", "/v1/events?after=latest&wait=60s", ""))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusTooManyRequests {
			return err
		}
	}
}

// maxReaders is how many requests of one caller may wait at a time.
const maxReaders = 16
