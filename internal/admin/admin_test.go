package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// token is the operator's token of a running app.
func token(t *testing.T, a *apptest.App) string {
	t.Helper()
	b, err := os.ReadFile(app.TokenPath(a.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// overTCP is a client of the operator's listener.
func overTCP(t *testing.T, a *apptest.App) *switchboard.Operator {
	t.Helper()
	return switchboard.NewOperator("http://"+a.At.Operator, token(t, a))
}

// bothWays runs a test through the socket and through TCP, each with an app of its own.
func bothWays(t *testing.T, test func(t *testing.T, a *apptest.App, op *switchboard.Operator)) {
	t.Run("socket", func(t *testing.T) {
		t.Parallel()
		a := apptest.New(t, apptest.Options{})
		test(t, a, a.Operator)
	})
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		a := apptest.New(t, apptest.Options{})
		test(t, a, overTCP(t, a))
	})
}

// answer is an answer as it came over the wire.
type answer struct {
	*http.Response
	body string
}

func (a answer) fault(t *testing.T) switchboard.OperatorFault {
	t.Helper()
	var v struct {
		Error *switchboard.OperatorFault `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || v.Error == nil {
		t.Fatalf("%s: no error in %q: %v", a.Status, a.body, err)
	}
	return *v.Error
}

// socketTransport carries requests over an app's socket.
func socketTransport(t *testing.T, a *apptest.App) *http.Transport {
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return socket.Dial(ctx, a.At.Socket) }}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// send sends a request over the socket; path begins behind the API's.
func send(t *testing.T, a *apptest.App, method, path, body string) answer {
	t.Helper()
	return roundTrip(t, socketTransport(t, a), method, "http://switchboard"+switchboard.OperatorPath+path, body, nil)
}

func roundTrip(t *testing.T, tr http.RoundTripper, method, url, body string, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(b)}
}

// must gives a value, or ends the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantFault checks that err is a fault with a code.
func wantFault(t *testing.T, err error, code string) {
	t.Helper()
	var f *switchboard.OperatorFault
	if !errors.As(err, &f) || f.Code != code {
		t.Errorf("got %v, want a fault %q", err, code)
	}
}

// addAgent makes an agent of the sandbox's partner.
func addAgent(t *testing.T, op *switchboard.Operator, code string) switchboard.Agent {
	t.Helper()
	return must(op.AddAgent(t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code}))(t)
}
