package switchboard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// TestDecide asks as a partner by signature, as a partner by token, as a switch and as an operator.
func TestDecide(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	client, ctx := app.Sandbox(), t.Context()
	if _, err := client.ActivateService(ctx, sandbox.UserCode, "45", switchboard.ActivateOptions{}); err != nil {
		t.Fatal(err)
	}
	token, err := app.Operator.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{})
	if err != nil {
		t.Fatal(err)
	}
	type decider interface {
		Decide(ctx context.Context, q switchboard.DecisionRequest) (switchboard.Decision, error)
		CheckReceipt(ctx context.Context, receipt string) (switchboard.ReceiptCheck, error)
	}
	own := switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "45", Place: "28.6139,77.2090", Device: "POS-1", At: time.Now().Add(time.Hour)}
	for name, d := range map[string]decider{
		"signature": client, "token": app.Sandbox(switchboard.WithToken(switchboard.Secret(token.Token))),
		"switch": switchboard.NewSwitch(app.URL, sandbox.SwitchToken), "operator": app.Operator,
	} {
		yes, err := d.Decide(ctx, own)
		if err != nil || !yes.Allowed || yes.Receipt == "" {
			t.Fatalf("%s: %+v, %v", name, yes, err)
		}
		check, err := d.CheckReceipt(ctx, yes.Receipt)
		if err != nil || !check.Genuine || check.Device != "POS-1" || !check.At.Equal(own.At.UTC().Truncate(time.Microsecond)) {
			t.Errorf("%s: %+v, %v", name, check, err)
		}
		no, err := d.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "86"})
		if err != nil || no.Allowed || len(no.Reasons) != 1 || no.Reasons[0].Code != "not_activated" {
			t.Errorf("%s: %+v, %v", name, no, err)
		}
		_, err = d.Decide(ctx, switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "86", Place: "here"})
		if err == nil || !strings.Contains(err.Error(), "place") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecideBatch: the answers are in order.
func TestDecideBatch(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	sw := switchboard.NewSwitch(app.URL, sandbox.SwitchToken)
	questions := []switchboard.DecisionRequest{{Agent: "nobody", Service: "45"}, {Agent: sandbox.UserCode, Service: "45"}}
	list, err := sw.DecideBatch(t.Context(), questions)
	if err != nil || len(list) != 2 || list[0].Reasons[0].Code != "unknown_agent" || list[1].Reasons[0].Code != "not_activated" {
		t.Errorf("%+v, %v", list, err)
	}
	questions[1].Agent = ""
	var e *switchboard.APIError
	if _, err = sw.DecideBatch(t.Context(), questions); !errors.As(err, &e) || e.HTTPStatus != 400 || e.Code != "invalid" || e.Fields[0].Field != "decisions[1].agent" || e.RequestID == "" {
		t.Errorf("%#v", err)
	}
}

// TestDecideRefused: a wrong token is an error and no answer, and no client prints its token.
func TestDecideRefused(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	sw := switchboard.NewSwitch(app.URL, "canary-token")
	d, err := sw.Decide(t.Context(), switchboard.DecisionRequest{Agent: sandbox.UserCode, Service: "45"})
	var e *switchboard.APIError
	if !errors.As(err, &e) || e.HTTPStatus != http.StatusUnauthorized || d.Allowed {
		t.Errorf("%+v, %v", d, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, sw) + fmt.Sprintf(verb, *sw) + fmt.Sprintf(verb, err); strings.Contains(text, "canary") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

// TestDecideAgain: a question that found the server busy is asked again, one that was refused is not; a
// token follows no redirect, and whatever is no answer is no yes.
func TestDecideAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []int
		body    string
		tries   int
		ok      bool
	}{
		"busy once":    {[]int{503, 200}, `{"allowed":true,"reasons":[],"receipt":"x"}`, 2, true},
		"always busy":  {[]int{503, 503, 503, 503}, `{"error":{"code":"unavailable","message":"later"}}`, 3, false},
		"refused":      {[]int{401}, `{"error":{"code":"unauthenticated","message":"no"}}`, 1, false},
		"not our body": {[]int{400}, `<html>`, 1, false},
		"redirect":     {[]int{307}, ``, 1, false},
		"no JSON":      {[]int{200}, `yes`, 1, false},
	} {
		tries := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://elsewhere.invalid/")
			w.WriteHeader(c.answers[tries])
			tries++
			_, _ = w.Write([]byte(c.body))
		}))
		d, err := switchboard.NewSwitch(srv.URL, "token").Decide(t.Context(), switchboard.DecisionRequest{Agent: "1", Service: "2"})
		srv.Close()
		if tries != c.tries || (err == nil) != c.ok || d.Allowed != c.ok {
			t.Errorf("%s: %d tries, %+v, %v", name, tries, d, err)
		}
	}
}

// TestBesideTheAgentAPI: the JSON API is found beside every path of the agent service API.
func TestBesideTheAgentAPI(t *testing.T) {
	t.Parallel()
	var path string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_, _ = w.Write([]byte(`{"allowed":true}`))
	}))
	defer srv.Close()
	for base, want := range map[string]string{
		"": "/v1/decisions", "/": "/v1/decisions", "/ekoapi/v1": "/v1/decisions", "/gate/ekoicici/v2/": "/gate/v1/decisions", "/other": "/other/v1/decisions",
	} {
		_, err := switchboard.NewClient(srv.URL+base, switchboard.Credentials{}).Decide(t.Context(), switchboard.DecisionRequest{})
		if err != nil || path != want {
			t.Errorf("%s: %s, %v", base, path, err)
		}
	}
}
