package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestToken(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	good := token(t, a)
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"right":         {"Bearer " + good, 200},
		"none":          {"", 401},
		"empty":         {"Bearer ", 401},
		"wrong":         {"Bearer " + strings.Repeat("x", len(good)), 401},
		"shorter":       {"Bearer " + good[:len(good)-1], 401},
		"longer":        {"Bearer " + good + "x", 401},
		"another case":  {"Bearer " + strings.ToUpper(good), 401},
		"basic":         {"Basic " + good, 401},
		"without words": {good, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if c.header != "" {
				h.Set("Authorization", c.header)
			}
			tr := &http.Transport{}
			defer tr.CloseIdleConnections()
			got := roundTrip(t, tr, "GET", "http://"+a.At.Operator+switchboard.OperatorPath+"/status", "", h)
			if got.StatusCode != c.status {
				t.Fatalf("%s: %s", got.Status, got.body)
			}
			if c.status == 200 {
				return
			}
			if f := got.fault(t); f.Code != "unauthenticated" || f.RequestID == "" || strings.Contains(got.body, good) {
				t.Errorf("the fault is %+v", f)
			}
			if got.Header.Get("WWW-Authenticate") == "" {
				t.Error("the answer does not say how to authenticate")
			}
		})
	}
}

// Every address of the API asks for the token before it does anything else.
func TestTokenIsAskedEverywhere(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	stranger := switchboard.NewOperator("http://"+a.At.Operator, "no-such-token")
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"status":    func() error { _, err := stranger.Status(ctx); return err },
		"check":     func() error { _, err := stranger.Check(ctx); return err },
		"partners":  func() error { _, err := stranger.Partners(ctx); return err },
		"partner":   func() error { _, err := stranger.AddPartner(ctx, switchboard.NewPartner{}); return err },
		"rotate":    func() error { _, err := stranger.RotateKey(ctx, "p1", switchboard.NewKey{}); return err },
		"revoke":    func() error { _, err := stranger.RevokeKey(ctx, "k"); return err },
		"replay":    func() error { _, err := stranger.SetReplay(ctx, "k", "strict"); return err },
		"services":  func() error { _, err := stranger.Services(ctx); return err },
		"service":   func() error { _, err := stranger.SetService(ctx, switchboard.Service{Code: "45"}); return err },
		"remove":    func() error { _, err := stranger.RemoveService(ctx, "45"); return err },
		"agents":    func() error { _, err := stranger.Agents(ctx, switchboard.AgentQuery{}); return err },
		"agent":     func() error { _, err := stranger.Agent(ctx, "20810200", 1); return err },
		"add agent": func() error { _, err := stranger.AddAgent(ctx, switchboard.NewAgent{}); return err },
		"standing": func() error {
			_, err := stranger.SetStanding(ctx, "20810200", switchboard.NewStanding{})
			return err
		},
		"change": func() error {
			_, err := stranger.ChangeService(ctx, "20810200", "45", "activate", switchboard.ServiceCommand{})
			return err
		},
		"activations": func() error { _, err := stranger.Activations(ctx, switchboard.ActivationQuery{}); return err },
		"import": func() error {
			_, err := stranger.Import(ctx, strings.NewReader("user_code\n1\n"), switchboard.ImportOptions{Format: "csv"}, func(switchboard.ImportLine) {})
			return err
		},
		"backup": func() error { _, _, err := stranger.Backup(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, call(), "unauthenticated")
		})
	}
}

// What partners' doors refuse says nothing of who is at the desk, from the same address or not.
func TestPartnersRefusalsStayTheirs(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.RefusedRate, c.RefusedBurst = 1, 2 }})
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	for _, want := range []int{401, 401, 429} {
		if got := roundTrip(t, tr, "GET", a.URL+"/v1/requests", "", http.Header{"Authorization": {"Bearer wrong"}}); got.StatusCode != want {
			t.Errorf("a partner's wrong token is answered %s, want %d", got.Status, want)
		}
	}
	_, err := as(a, "wrong").Status(t.Context())
	wantFault(t, err, "unauthenticated")
}

func TestRefusedTokensAreLimited(t *testing.T) {
	t.Parallel()
	const burst = 3
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.RefusedRate, c.RefusedBurst = 1, burst }})
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	ask := func(token string) answer {
		return roundTrip(t, tr, "GET", "http://"+a.At.Operator+switchboard.OperatorPath+"/status", "",
			http.Header{"Authorization": {"Bearer " + token}})
	}
	for range burst {
		if got := ask("wrong"); got.StatusCode != 401 {
			t.Fatalf("got %s, want 401", got.Status)
		}
	}
	for _, tok := range []string{"wrong", "sbd_wrong", "sbo_wrong"} {
		got := ask(tok)
		if got.StatusCode != 429 || got.fault(t).Code != "too_many" {
			t.Fatalf("got %s: %s", got.Status, got.body)
		}
		if s, err := strconv.Atoi(got.Header.Get("Retry-After")); err != nil || s < 1 {
			t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
		}
	}
	for way, op := range map[string]*switchboard.Operator{"the socket": a.Operator, "the right token": overTCP(t, a), "a sign-in": signIn(t, a, sandbox.OperatorName, sandbox.OperatorPassword)} {
		if _, err := op.Status(t.Context()); err != nil {
			t.Errorf("%s is limited too: %v", way, err)
		}
	}
}
