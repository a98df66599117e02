package registry_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// world is a sandbox's registry over a real store, with a clock of its own.
type world struct {
	*registry.Registry
	t     *testing.T
	store store.Store
	pins  *secret.PINs
	clock atomic.Int64 // microseconds
	ids   atomic.Int64
}

// open makes a world; change may change its settings before it begins.
func open(t *testing.T, change func(*registry.Config, *secret.PINConfig)) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "switchboard.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	keys := secrettest.New(t)
	w := &world{t: t, store: s}
	w.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	cfg := registry.Config{Store: s, Sealer: keys.Sealer, Sandbox: true, Now: func() time.Time { return time.UnixMicro(w.clock.Load()).UTC() }}
	pins := secret.PINConfig{MemoryKiB: 64, Passes: 1, Queue: 20000}
	if change != nil {
		change(&cfg, &pins)
	}
	w.pins = keys.PINs(t, pins)
	cfg.PINs = w.pins
	w.Registry = registry.New(cfg)
	if err := w.Found(t.Context(), w.operator(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) pass(d time.Duration) { w.clock.Add(d.Microseconds()) }

func (w *world) operator() registry.Caller {
	return registry.Caller{Cause: event.Cause{Actor: "operator:test", At: time.UnixMicro(w.clock.Load()).UTC()}}
}

func (w *world) channel() registry.Caller {
	return registry.Caller{ChannelID: sandbox.ChannelID, Cause: event.Cause{
		Actor: "channel:" + sandbox.ChannelID, Key: sandbox.ChannelID + "-1", At: time.UnixMicro(w.clock.Load()).UTC()}}
}

// ask is a call of the sandbox's member from the bound app with the right PIN, unless changed.
func (w *world) ask(c member.Command, change ...func(*registry.MemberCall)) registry.MemberCall {
	call := registry.MemberCall{
		RequestID: "r" + strconv.FormatInt(w.ids.Add(1), 10), MSISDN: sandbox.MSISDN, PIN: secret.NewText(sandbox.PIN),
		Ask: member.Ask{Command: c, Device: member.Device{Type: member.AppID, ID: sandbox.AppID}},
		Answer: func(out registry.MemberOutcome) []byte {
			return []byte(fmt.Sprintf("%s %d %t %s", out.Refusal, out.Attempts, out.Changed, out.Problem))
		},
	}
	for _, f := range change {
		f(&call)
	}
	return call
}

func pin(s string) func(*registry.MemberCall) {
	return func(c *registry.MemberCall) { c.PIN = secret.NewText(s) }
}

func newPIN(s string) func(*registry.MemberCall) {
	return func(c *registry.MemberCall) { c.NewPIN = secret.NewText(s) }
}

func id(s string) func(*registry.MemberCall) {
	return func(c *registry.MemberCall) { c.RequestID = s }
}

func from(t member.DeviceType, device string) func(*registry.MemberCall) {
	return func(c *registry.MemberCall) { c.Ask.Device = member.Device{Type: t, ID: device} }
}

func of(msisdn string) func(*registry.MemberCall) {
	return func(c *registry.MemberCall) { c.MSISDN = msisdn }
}

// do makes a call that must not fail, and gives its outcome.
func (w *world) do(call registry.MemberCall) registry.MemberOutcome {
	w.t.Helper()
	out, err := w.CallMember(context.Background(), w.channel(), call)
	if err != nil {
		w.t.Fatalf("%s: %v", call.Ask.Command, err)
	}
	return out
}

// want makes a call and checks how it is refused, or that it is not.
func (w *world) want(want member.Refusal, call registry.MemberCall) registry.MemberOutcome {
	w.t.Helper()
	out := w.do(call)
	if out.Refusal != want || out.Repeated {
		w.t.Fatalf("%s is answered %s (repeated: %t), want %s", call.Ask.Command, out.Refusal, out.Repeated, want)
	}
	return out
}

// member reads a member as it is stored.
func (w *world) member(msisdn string) *member.Member {
	w.t.Helper()
	m, _, err := w.MemberHistory(context.Background(), msisdn, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// kinds gives the kinds of a member's events, oldest first.
func (w *world) kinds(msisdn string) (kinds []event.Kind) {
	w.t.Helper()
	m, events, err := w.MemberHistory(context.Background(), msisdn, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		kinds = append(kinds, events[i].Kind)
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	if err := event.Verify(event.Head{}, events); err != nil || len(events) > 0 && events[len(events)-1].Head() != m.Head {
		w.t.Errorf("the chain of %s does not hold: %v", msisdn, err)
	}
	return kinds
}

// budgets are small ones that hardly fill again.
func budgets(n int) *limit.Budgets { return limit.NewBudgets(0.0001, n) }
