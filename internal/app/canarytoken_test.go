package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// Bearer tokens are told once: they stand in no log, no later answer and no file.
func TestTokensStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	log, bodies := &buffer{}, &buffer{}
	a := apptest.New(t, apptest.Options{Mode: app.Production, Log: log, Config: func(c *config.Config) { c.LogLevel = slog.LevelDebug }})
	ctx := t.Context()
	tokens := issueTokens(ctx, t, a)
	secrets := map[string][]byte{}
	for _, k := range tokens {
		secrets["the token "+k.TokenID] = []byte(k.Token)
		secrets["the end of "+k.TokenID] = []byte(k.Token[len("sbo_"):])
		useToken(ctx, t, a, bodies, k.Token)
	}
	for _, k := range tokens {
		if _, err := a.Operator.RevokeToken(ctx, k.TokenID); err != nil {
			t.Fatal(err)
		}
		useToken(ctx, t, a, bodies, k.Token)
	}

	copied, _, err := a.Operator.Backup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	places := map[string][]byte{}
	if places["the backup"], err = io.ReadAll(copied); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal"} {
		places["the database"+end] = []byte(read(t, app.DatabasePath(a.Config.Data)+end))
	}
	a.Stop(t)
	places["the log"], places["an answer"] = log.bytes(), bodies.bytes()
	if where := found(secrets, places); len(where) > 0 {
		t.Errorf("found:\n%s", strings.Join(where, "\n"))
	}
	ids := map[string][]byte{"the id of a token": []byte(tokens[0].TokenID)}
	for _, place := range []string{"the backup", "an answer"} {
		if len(found(ids, map[string][]byte{place: places[place]})) == 0 {
			t.Errorf("the id of a token is not in %s: what is searched is not what is written", place)
		}
	}
}

// issueTokens makes an operator, a switch and a partner, each with two tokens.
func issueTokens(ctx context.Context, t *testing.T, a *apptest.App) (list []switchboard.IssuedToken) {
	t.Helper()
	op := a.Operator
	acme, err := op.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"})
	if err != nil {
		t.Fatal(err)
	}
	for _, issue := range []func() (switchboard.IssuedToken, error){
		func() (switchboard.IssuedToken, error) {
			added, err := op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"viewer"}})
			return added.IssuedToken, err
		},
		func() (switchboard.IssuedToken, error) {
			return op.AddSwitch(ctx, switchboard.NewTransactionSwitch{ID: "core"})
		},
		func() (switchboard.IssuedToken, error) {
			return op.AddPartnerToken(ctx, acme.Partner, switchboard.NewBearerToken{})
		},
		func() (switchboard.IssuedToken, error) {
			return op.AddOperatorToken(ctx, "asha", switchboard.NewBearerToken{Keep: true})
		},
	} {
		k, err := issue()
		if err != nil || len(k.Token) < 40 {
			t.Fatal(k.TokenID, err)
		}
		list = append(list, k)
	}
	return list
}

// useToken sends a token to everything that may take or refuse it, also where it does not belong.
func useToken(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, token string) {
	t.Helper()
	operators := "http://" + a.At.Operator + switchboard.OperatorPath
	for _, url := range []string{
		operators + "/status", operators + "/operators", operators + "/switches", operators + "/partners/p1/tokens",
		a.URL + "/v1/decisions", a.URL + "/v1/events", a.URL + "/access/v1/evaluation",
		a.URL + "/ekoapi/v3/user/account/services?initiator_id=1&user_code=2",
	} {
		for _, h := range []http.Header{
			{"Authorization": {"Bearer " + token}}, {"Authorization": {"Bearer " + token + "x"}}, {"Authorization": {"Basic " + token}},
			{"developer_key": {token}, "secret-key": {token}, "secret-key-timestamp": {token}},
		} {
			sendToken(ctx, t, url, h, bodies)
		}
	}
}

func sendToken(ctx context.Context, t *testing.T, url string, h http.Header, bodies *buffer) {
	t.Helper()
	if status := statusOf(ctx, t, url, h, bodies); status >= 500 {
		t.Errorf("%s was answered %d", url, status)
	}
}
