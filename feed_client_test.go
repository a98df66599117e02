package switchboard_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// movable is a transport to wherever the server is now.
type movable struct{ at atomic.Pointer[string] }

func (m *movable) client() switchboard.Option {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, *m.at.Load())
	}
	return switchboard.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: dial}})
}

func (m *movable) move(a *apptest.App) { m.at.Store(&a.At.Partners) }

// TestFollow gives every event once and in order, over a server that stops and starts again.
func TestFollow(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	var way movable
	way.move(a)
	s := switchboard.NewSwitch("http://switchboard.example", sandbox.SwitchToken, way.client())
	after, err := s.LatestEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	services := []string{"45", "4", "39", "58", "59", "63"}
	activate := func(code string) {
		if _, err := a.Sandbox().ActivateService(t.Context(), sandbox.UserCode, code, switchboard.ActivateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	activate(services[0])
	seen := 0
	for e, err := range s.Follow(t.Context(), switchboard.FeedQuery{After: after, Kinds: []string{"activation.*"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Service != services[seen] || e.Agent != sandbox.UserCode || e.Seq <= after {
			t.Fatalf("event %d is %+v, want one of service %s", seen, e, services[seen])
		}
		if after, seen = e.Seq, seen+1; seen == len(services) {
			break
		}
		if seen == 3 { // the stream breaks, and what comes meanwhile is not lost
			a.Stop(t)
			a = apptest.New(t, apptest.Options{Data: a.Config.Data})
			activate(services[seen])
			way.move(a)
			continue
		}
		activate(services[seen])
	}
}

// TestFollowEnds with what does not pass: credentials that ended, a record that is another's.
func TestFollowEnds(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	k, err := a.Operator.AddPartnerToken(t.Context(), sandbox.PartnerID, switchboard.NewBearerToken{})
	if err != nil {
		t.Fatal(err)
	}
	c := a.Sandbox(switchboard.WithToken(switchboard.Secret(k.Token)))
	var last error
	for e, err := range c.Follow(t.Context(), switchboard.FeedQuery{}) {
		if last = err; e.Kind == "token.added" {
			if _, err := a.Operator.RevokeToken(t.Context(), k.TokenID); err != nil {
				t.Fatal(err)
			}
		}
	}
	var refused *switchboard.APIError
	if !errors.As(last, &refused) || refused.Code != "unauthenticated" {
		t.Errorf("the feed of a revoked token ended with %v", last)
	}
	for _, err := range a.Sandbox().Follow(t.Context(), switchboard.FeedQuery{After: 1 << 40}) {
		last = err
	}
	if !errors.As(last, &refused) || refused.Code != "conflict" {
		t.Errorf("the feed of another record ended with %v", last)
	}
}

// TestFollowStops when its context does.
func TestFollowStops(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for e, err := range a.Sandbox().Follow(ctx, switchboard.FeedQuery{}) {
		if last = err; e.Kind == "agent.onboarded" {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("it ended with %v", last)
	}
}

// TestPages of events and requests.
func TestPages(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	c := a.Sandbox()
	page, err := c.Events(t.Context(), switchboard.FeedQuery{Kinds: []string{"agent.onboarded"}, Limit: 1})
	if err != nil || len(page.Events) != 1 || page.Events[0].Agent != sandbox.UserCode || page.Next < page.Events[0].Seq {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := c.ActivateService(t.Context(), sandbox.UserCode, "nope", switchboard.ActivateOptions{}); err == nil {
		t.Error("an unknown service was activated")
	}
	list, err := c.Requests(t.Context(), switchboard.RequestQuery{Failed: true, Limit: 1})
	if err != nil || len(list.Items) != 1 || list.Items[0].Outcome != "unknown_service" {
		t.Errorf("%+v, %v", list, err)
	}
	record, err := a.Operator.Events(t.Context(), page.Events[0].Seq-1, 1, 0)
	if err != nil || len(record.Events) != 1 || record.Events[0].Subject != "agent:"+sandbox.UserCode || record.Next != page.Events[0].Seq {
		t.Errorf("%+v, %v", record, err)
	}
}
