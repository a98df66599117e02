package app_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// desk is a client of an application's operator listener.
func desk(a *apptest.App, token string) *switchboard.Operator {
	return switchboard.NewOperator("http://"+a.At.Operator, token)
}

// deskFault gives the code of what the operator's API said, "" for nothing.
func deskFault(err error) string {
	var f *switchboard.OperatorFault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// A session that one node opened is good at another, and what ends it at one ends it at the other, at once. Wrong
// passwords count wherever they are tried.
func TestSessionsElsewhere(t *testing.T) {
	t.Parallel()
	url := secret.NewText(pgtest.New(t).Database(t))
	one := apptest.New(t, apptest.Options{DatabaseURL: url})
	two := apptest.New(t, apptest.Options{DatabaseURL: url, Config: func(c *config.Config) { c.MasterKeyFile = one.Config.MasterKeyPath() }})
	ctx := t.Context()
	public := switchboard.SignIn{Name: sandbox.ReviewerName, Password: sandbox.OperatorPassword}
	for _, end := range []func(s *switchboard.Operator) error{
		func(s *switchboard.Operator) error { _, err := s.SignOut(ctx); return err },
		func(*switchboard.Operator) error {
			_, err := one.Operator.IssuePassword(ctx, sandbox.ReviewerName)
			return err
		},
	} {
		in, err := desk(one, "").SignIn(ctx, public)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := desk(two, in.Session).Me(ctx); err != nil {
			t.Errorf("at the other node: %v", err)
		}
		if err := end(desk(one, in.Session)); err != nil {
			t.Fatal(err)
		}
		if _, err := desk(two, in.Session).Me(ctx); deskFault(err) != "unauthenticated" {
			t.Errorf("ended at one node, the other says %v", err)
		}
	}
	for n, want := range []string{"unauthenticated", "unauthenticated", "unauthenticated", "unauthenticated", "unauthenticated", "too_many", "too_many"} {
		if _, err := desk([]*apptest.App{one, two}[n%2], "").SignIn(ctx, public); deskFault(err) != want {
			t.Errorf("wrong password %d: %v, want %s", n+1, err, want)
		}
	}
}

// The canaries: passwords, wrong ones, and one that is refused for what it is.
const (
	chosenPassword  = "canary-password-Wq81"
	wrongPassword   = "canary-mistaken-Jx47"
	refusedPassword = "canary"

	mistypedPassword = "canary-mistyped-kv63"
)

// Passwords and the tokens of sessions stand in no log, no answer but the one, and no file.
func TestPasswordsStayNowhere(t *testing.T) {
	t.Parallel()
	apptest.Embedded(t) // its files are what is searched
	log, bodies := &buffer{}, &buffer{}
	a := apptest.New(t, apptest.Options{Mode: app.Production, Log: log, Config: func(c *config.Config) { c.LogLevel = slog.LevelDebug }})
	ctx := t.Context()
	added, err := a.Operator.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"administrator"}, Password: true, NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	in, err := desk(a, "").SignIn(ctx, switchboard.SignIn{Name: "asha", Password: added.Password})
	if err != nil {
		t.Fatal(err)
	}
	own := desk(a, in.Session)
	var changed switchboard.PasswordChanged
	for _, fresh := range []string{refusedPassword, chosenPassword} {
		if changed, err = own.ChangePassword(ctx, switchboard.NewPassword{Old: added.Password, New: fresh}); (err == nil) != (fresh == chosenPassword) {
			t.Fatal(fresh, err)
		}
	}
	own = desk(a, changed.Session)
	secrets := map[string][]byte{"the first password": []byte(added.Password), "the chosen one": []byte(chosenPassword), "a wrong one": []byte(wrongPassword),
		"the session's token": []byte(in.Session), "the end of it": []byte(in.Session[len("sbd_"):]), "the token it went on under": []byte(changed.Session),
		"a password typed as a name": []byte(mistypedPassword)}
	guessAndLook(ctx, t, a, bodies, changed.Session)
	places := deskPlaces(ctx, t, a)
	if _, err := own.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	a.Stop(t)
	places["the log"], places["an answer"] = log.bytes(), bodies.bytes()
	if where := found(secrets, places); len(where) > 0 {
		t.Errorf("found:\n%s", strings.Join(where, "\n"))
	}
	for place, text := range map[string]string{"the database-wal": "argon2id", "the record": "operator.locked_out", "the log": "sign-in refused", "an answer": "too_many"} {
		if !strings.Contains(string(places[place])+string(places["the database"]), text) {
			t.Errorf("%q is not in %s: what is searched is not what is written", text, place)
		}
	}
}

// guessAndLook sends wrong passwords until nothing more is compared, and keeps what is answered to that and to a session.
func guessAndLook(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, session string) {
	t.Helper()
	operators := "http://" + a.At.Operator + switchboard.OperatorPath
	send := func(method, path, body string) {
		r, err := http.NewRequestWithContext(ctx, method, operators+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+session)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(bodies, resp.Body)
	}
	for range 6 {
		send("POST", "/session", `{"name":"asha","password":"`+wrongPassword+`"}`)
		send("POST", "/session", `{"name":"`+mistypedPassword+`","password":"x"}`)
	}
	send("POST", "/session", `{"name":"asha","password":"`+wrongPassword+`","password":1}`)
	send("POST", "/me/password", `{"old":"`+wrongPassword+`","new":"`+chosenPassword+`"}`)
	for _, path := range []string{"/me", "/operators", "/events", "/session/ways"} {
		send("GET", path, "")
	}
}

// deskPlaces gives all that is written where it can be read.
func deskPlaces(ctx context.Context, t *testing.T, a *apptest.App) map[string][]byte {
	t.Helper()
	copied, _, err := a.Operator.Backup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	places := map[string][]byte{}
	if places["the backup"], err = io.ReadAll(copied); err != nil {
		t.Fatal(err)
	}
	export, err := a.Operator.Export(ctx, switchboard.ExportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	if places["the record"], err = io.ReadAll(export); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal"} {
		places["the database"+end] = []byte(read(t, app.DatabasePath(a.Config.Data)+end))
	}
	return places
}
