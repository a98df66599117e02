package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// TestKillMembers kills servers while members show PINs: an attempt that was answered stays counted,
// one that was not is counted once at most however often its call is repeated, and a binding is what was
// answered.
func TestKillMembers(t *testing.T) {
	rounds, seed := number(t, roundsEnv, 200)/8, uint64(number(t, seedEnv, int(time.Now().UnixNano()&0xffffffff)))
	if testing.Short() {
		rounds = 5
	}
	t.Logf("seed %d: %s=%d draws the same again", seed, seedEnv, seed)
	t.Parallel()
	rng := rand.New(rand.NewPCG(seed, 77))
	w := &memberWorld{place: newPlace(t, apptest.Build(t)), rng: rng}
	if err := w.found(t.Context()); err != nil {
		t.Fatal(err)
	}
	for round := range max(rounds, 2) {
		if err := errors.Join(w.live(t.Context()), w.check(t.Context())); err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
	}
	calls, again := 0, 0
	for _, m := range w.members {
		calls, again = calls+m.calls, again+m.again
	}
	t.Logf("%d rounds, %d calls, %d of them sent again after a kill", rounds, calls, again)
}

// memberWorld is a place with the members that call.
type memberWorld struct {
	place
	rng     *rand.Rand
	members []*caller
}

// callers is how many members call at the same time.
const callers = 6

// cheap makes hashing as cheap as the settings allow, and lifts what would stop guesses.
func cheap() []string {
	return []string{"--pin-memory", "7168", "--pin-passes", "1", "--device-guess-rate", "0", "--channel-guess-rate", "0", "--log-level", "error"}
}

// caller is one member, who calls one thing after the other, and what the answers say of them.
type caller struct {
	msisdn   string
	pin      switchboard.Secret
	rng      *rand.Rand
	attempts int
	app      string
	flight   *memberStep
	calls    int
	again    int
}

// memberStep is a call and what it leads to.
type memberStep struct {
	kind     int // wrongLogin …
	id       string
	app      string
	attempts int // after it
}

const (
	wrongLogin = iota
	rightLogin
	activate
	deactivate
)

// found starts a sandbox for the first time and adds members to it, each with a SIM and a chosen PIN.
func (w *memberWorld) found(ctx context.Context) error {
	s, err := w.start(cheap()...)
	if err != nil {
		return err
	}
	if err := s.Kill(); err != nil {
		return err
	}
	st, reg, err := w.registry(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	by := registry.Caller{Cause: event.Cause{Actor: "operator:test", At: store.Cut(time.Now())}}
	for i := range callers {
		c := &caller{msisdn: fmt.Sprintf("2547000000%02d", i), rng: rand.New(rand.NewPCG(w.rng.Uint64(), uint64(i)))}
		if _, err := reg.AddMember(ctx, by, member.Member{MSISDN: c.msisdn, FullName: "Test", IMSI: c.sim()}); err != nil {
			return err
		}
		pin, err := reg.IssuePIN(ctx, by, c.msisdn, "test")
		if err != nil {
			return err
		}
		c.pin = switchboard.Secret(pin.Reveal())
		w.members = append(w.members, c)
	}
	return nil
}

// registry opens the database that no server has open, with the use cases over it.
func (w *memberWorld) registry(ctx context.Context) (store.Store, *registry.Registry, error) {
	key, err := secret.LoadMasterKey(filepath.Join(w.data, "master.key"))
	if err != nil {
		return nil, nil, err
	}
	pins, err := secret.NewPINs(key, secret.PINConfig{MemoryKiB: 7168, Passes: 1})
	if err != nil {
		return nil, nil, err
	}
	s, err := w.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s, registry.New(registry.Config{Store: s, PINs: pins, Sandbox: true}), nil
}

// live starts the server, lets the members call and kills it.
func (w *memberWorld) live(ctx context.Context) error {
	s, err := w.start(cheap()...)
	if err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: callers}
	defer transport.CloseIdleConnections()
	errs := make([]error, callers)
	var g sync.WaitGroup
	for i, c := range w.members {
		client := switchboard.NewMobileClient("http://"+s.At.Partners, sandbox.ChannelID, sandbox.ChannelSecret,
			switchboard.WithHTTPClient(&http.Client{Transport: transport}))
		g.Go(func() { errs[i] = c.run(ctx, w.place, s, client) })
	}
	time.Sleep(moment(w.rng, 20, 400))
	err = s.Kill()
	g.Wait()
	return errors.Join(err, errors.Join(errs...))
}

func (c *caller) sim() string { return "63902" + c.msisdn[2:] }

// run calls until the server is gone.
func (c *caller) run(ctx context.Context, w place, s *apptest.Process, client *switchboard.MobileClient) error {
	for {
		if c.flight == nil {
			c.flight = c.draw()
			c.calls++
		} else {
			c.again++
		}
		err := c.send(ctx, client, c.flight)
		var answer *switchboard.MobileError
		switch {
		case err == nil:
			c.attempts, c.app, c.flight = c.flight.attempts, c.flight.app, nil
		case errors.As(err, &answer) && answer.HTTPStatus == 0 && s.Killed():
			return nil
		case w.database != "" && answer != nil && answer.HTTPStatus == http.StatusServiceUnavailable:
			time.Sleep(underWay) // another node might be at it yet
		default:
			return fmt.Errorf("member %s: %w", c.msisdn, err)
		}
	}
}

// underWay is how long a member waits before a call is sent again that was said to be under way.
const underWay = 50 * time.Millisecond

// draw makes the next call. The third wrong PIN is the last: the fourth would suspend.
func (c *caller) draw() *memberStep {
	step := &memberStep{kind: c.rng.IntN(4), id: fmt.Sprintf("crash-%s-%d", c.msisdn, c.calls), app: c.app}
	switch {
	case step.kind == wrongLogin && c.attempts < 3:
		step.attempts = c.attempts + 1
	case step.kind == wrongLogin:
		step.kind = rightLogin
	case step.kind == activate:
		step.app = fmt.Sprintf("app-of-%s-%d", c.msisdn, c.calls)
	case step.kind == deactivate:
		step.app = ""
	}
	return step
}

// send makes a call and checks its answer.
func (c *caller) send(ctx context.Context, client *switchboard.MobileClient, step *memberStep) error {
	sim := switchboard.Device{Type: switchboard.DeviceIMSI, ID: c.sim()}
	var got, want switchboard.MobileStatus
	var err error
	switch step.kind {
	case activate:
		var r switchboard.MobileResult
		r, err = client.ActivateMobileApp(ctx, switchboard.ActivateMobileAppRequest{APIRequestID: step.id, MSISDN: c.msisdn, PIN: c.pin, AppID: step.app})
		got, want = r.Status, switchboard.MobileSuccess
	case deactivate:
		var r switchboard.MobileResult
		r, err = client.DeactivateMobileApp(ctx, switchboard.DeactivateMobileAppRequest{APIRequestID: step.id, MSISDN: c.msisdn, PIN: c.pin, Device: sim})
		got, want = r.Status, switchboard.MobileSuccess
	default:
		pin := c.pin
		if want = switchboard.MobileSetPIN; step.kind == wrongLogin {
			pin, want = "wrong", switchboard.MobileIncorrectPIN
		}
		var r switchboard.LoginResult
		r, err = client.Login(ctx, switchboard.LoginRequest{APIRequestID: step.id, MSISDN: c.msisdn, PIN: pin, Device: sim})
		if got = r.Status; err == nil && r.Attempts != step.attempts {
			return fmt.Errorf("%w: call %s says %d attempts, want %d", errWrong, step.id, r.Attempts, step.attempts)
		}
	}
	if err == nil && got != want {
		return fmt.Errorf("%w: call %s is answered %s, want %s", errWrong, step.id, got, want)
	}
	return err
}

// check compares the members with what was answered; a call in flight may have been counted, and done.
func (w *memberWorld) check(ctx context.Context) error {
	s, reg, err := w.registry(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, c := range w.members {
		m, events, err := reg.MemberHistory(ctx, c.msisdn, 0)
		if err != nil {
			return err
		}
		slices.Reverse(events)
		if err := event.Verify(event.Head{}, events); err != nil || events[len(events)-1].Head() != m.Head {
			return fmt.Errorf("the chain of %s does not hold: %w", c.msisdn, err)
		}
		if err := c.compare(m); err != nil {
			return fmt.Errorf("member %s: %w", c.msisdn, err)
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	return w.verify(ctx)
}

func (c *caller) compare(m *member.Member) error {
	attempts, apps := []int{c.attempts}, []string{c.app}
	if c.flight != nil { // counted and not done, or done
		attempts = append(attempts, c.attempts+1, c.flight.attempts)
		if c.flight.kind == rightLogin { // done, which clears, and sent again: what only reads is compared anew, and counted
			attempts = append(attempts, c.flight.attempts+1)
		}
		apps = append(apps, c.flight.app)
	}
	if !slices.Contains(attempts, m.Password.Attempts) || !slices.Contains(apps, m.AppID) {
		return fmt.Errorf("%d attempts and app %q; answered were %d and %q, in flight is %+v", m.Password.Attempts, m.AppID, c.attempts, c.app, c.flight)
	}
	return nil
}
