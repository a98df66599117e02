package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/passkey/passkeytest"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// TestADatabaseIsCopiedWhole copies a database in which every table has rows, compares each of them, and goes on with
// the copy as if nothing had happened.
func TestADatabaseIsCopiedWhole(t *testing.T) {
	t.Parallel()
	apptest.Embedded(t)
	server := pgtest.New(t)
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.WebhookAllowHTTP, c.WebhookAllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.ConsoleURL, c.OpenIDIssuer, c.OpenIDClientID = deskURL, "https://id.example.com", "switchboard"
	}})
	first := fillEverything(t, a)
	fillDesk(t, a)
	_, err := app.CopyDatabase(t.Context(), a.Config, app.Copy{To: secret.NewText(server.Database(t))})
	if !app.InUse(err) {
		t.Errorf("with a server on the source: %v", err)
	}
	a.Stop(t)
	url := server.Database(t)
	var stages []string
	req := app.Copy{From: "sqlite:" + a.Config.Data, To: secret.NewText(url), Verify: true, Tell: func(p app.CopyProgress) {
		if s := string(p.Stage); !slices.Contains(stages, s) {
			stages = append(stages, s)
		}
	}}
	done, err := app.CopyDatabase(t.Context(), config.Default(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !done.Verified || done.MasterKey != "fits" || done.Mode != app.Sandbox || done.Already || len(stages) < 3 {
		t.Errorf("done: %+v, stages %v", done, stages)
	}
	for name, rows := range done.Tables {
		if rows == 0 {
			t.Errorf("table %s has no row: what is not filled is not tested", name)
		}
	}
	sameRows(t, app.DatabasePath(a.Config.Data), url)
	if done, err = app.CopyDatabase(t.Context(), config.Default(), req); err != nil || !done.Already {
		t.Errorf("copied once more: %+v, %v", done, err)
	}
	b := apptest.New(t, apptest.Options{Data: a.Config.Data, DatabaseURL: secret.NewText(url)})
	goOn(t, b, first)
	b.Stop(t)
	if _, err = app.CopyDatabase(t.Context(), config.Default(), req); !fault.Is(err, fault.Exists) {
		t.Errorf("copied over a database in use: %v", err)
	}
}

// fillEverything puts rows into every table, by the ways that lead there, and gives the answer to a named call.
func fillEverything(t *testing.T, a *apptest.App) switchboard.Result {
	t.Helper()
	ctx, op := t.Context(), a.Operator
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(receiver.Close)
	hook, err := op.Webhooks().Add(ctx, switchboard.NewWebhook{Partner: sandbox.PartnerID, URL: receiver.URL})
	must(hook, err)
	for i := range 130 { // so that blocks of the log are whole
		must(op.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: fmt.Sprintf("shop-%03d", i),
			Profile: switchboard.Profile{FirstName: "Åsa", Mobile: fmt.Sprint(9000000000 + i), Address: switchboard.Address{City: "Pune"}}}))
	}
	p, err := op.MakePlan(ctx, switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: "45", City: "Pune"}})
	must(p, err)
	must(op.CommandPlan(ctx, p.ID, "confirm"))
	planWhen(t, a, p.ID, func(p switchboard.Plan) bool { return p.State == "applied" })
	first, err := a.Sandbox().ActivateService(ctx, "shop-000", "43", switchboard.ActivateOptions{Reference: "R-1", LatLong: "18.5,73.8"})
	must(first, err)
	must(switchboard.NewSwitch(a.URL, sandbox.SwitchToken).Decide(ctx, switchboard.DecisionRequest{Agent: "shop-000", Service: "43"}))
	must(op.PlaceBlock(ctx, switchboard.NewBlock{Agent: "shop-001", Reason: "looked into"}))
	must(op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"reviewer"}}))
	must(desk(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword}))
	if _, err := desk(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.ReviewerName, Password: "a wrong password"}); err == nil {
		t.Error("a wrong password lets in")
	}
	must(op.SetLadder(ctx, switchboard.Ladder{Security: "OTP", Steps: []switchboard.LadderStep{{Attempts: 2, Flag: "LAST", Action: "SUSPEND", Duration: "90m"}}}, false))
	for i, pin := range []string{"9999", sandbox.PIN} {
		_, err := switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret).Login(ctx, switchboard.LoginRequest{
			APIRequestID: fmt.Sprint("login-", i), MSISDN: sandbox.MSISDN, PIN: switchboard.Secret(pin), Device: switchboard.Device{Type: switchboard.DeviceAppID, ID: sandbox.AppID}})
		must(nil, err)
	}
	d, err := op.Webhooks().Test(ctx, hook.Webhook.ID)
	for until := time.Now().Add(20 * time.Second); err == nil && d.State != "failed" && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		d, err = op.Webhooks().Delivery(ctx, hook.Webhook.ID, d.Number)
	}
	must(d, err)
	return first
}

// deskURL is where browsers see the desk whose database is copied.
const deskURL = "https://desk.example.com"

// fillDesk puts rows into what people at the desk need: a passkey that has been used, a link with an OpenID provider,
// and a review that somebody has claimed.
func fillDesk(t *testing.T, a *apptest.App) {
	t.Helper()
	ctx, device := t.Context(), passkeytest.New(deskURL)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in, err := desk(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.ReviewerName, Password: sandbox.OperatorPassword})
	must(err)
	reviewer := desk(a, in.Session)
	begun, err := reviewer.NewPasskey(ctx)
	must(err)
	_, err = reviewer.AddPasskey(ctx, switchboard.PasskeyAnswer{Pending: begun.Pending, Credential: device.Create(t, begun.Options), Label: "Laptop", Password: sandbox.OperatorPassword})
	must(err)
	_, err = a.Operator.LinkOperator(ctx, "asha", "248289761001")
	must(err)
	_, err = a.Sandbox().ActivateService(ctx, "shop-003", "43", switchboard.ActivateOptions{LatLong: "18.5,73.8"})
	must(err)
	_, err = reviewer.ClaimReview(ctx, "shop-003", "43")
	must(err)
}

// goOn uses what was copied: a call that was answered, keys, a PIN, the record; and adds to it.
func goOn(t *testing.T, a *apptest.App, first switchboard.Result) {
	t.Helper()
	ctx := t.Context()
	again, err := a.Sandbox().ActivateService(ctx, "shop-000", "43", switchboard.ActivateOptions{Reference: "R-1", LatLong: "18.5,73.8"})
	first.RequestID, again.RequestID = "", ""
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("the named call gives %+v (%v), and gave %+v before", again, err, first)
	}
	if r, err := a.Operator.Audit(ctx, switchboard.AuditRequest{Replay: true}, func(switchboard.AuditProgress) {}); err != nil || !r.OK {
		t.Errorf("audit verify: %+v, %v", r.Problems, err)
	}
	if _, err := desk(a, "").SignIn(ctx, switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword}); err != nil {
		t.Errorf("a sign-in gives %v", err)
	}
	// New rows take their places behind the old ones.
	if _, err := a.Sandbox().ActivateService(ctx, "shop-002", "43", switchboard.ActivateOptions{Reference: "R-2", LatLong: "18.5,73.8"}); err != nil {
		t.Error(err)
	}
	r, err := switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret).Login(ctx, switchboard.LoginRequest{
		MSISDN: sandbox.MSISDN, PIN: sandbox.PIN, Device: switchboard.Device{Type: switchboard.DeviceAppID, ID: sandbox.AppID}})
	if err != nil || r.Status != "SUCCESS" {
		t.Errorf("a login gives %+v, %v", r, err)
	}
	if _, err := a.Operator.AddAgent(ctx, switchboard.NewAgent{Partner: sandbox.PartnerID}); err != nil {
		t.Error(err)
	}
}

// sameRows compares every row of every table of two databases, but for those that one of them alone has.
func sameRows(t *testing.T, file, url string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	f, err := sqlite.OpenConn(file, sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const columns = `SELECT table_name::text, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name NOT IN ('directory_version', 'last_event', 'leases', 'schema_version', 'sessions', 'signature_uses') GROUP BY 1`
	var table, list string
	tables := map[string]string{}
	rows, _ := c.Query(t.Context(), columns)
	if _, err := pgx.ForEachRow(rows, []any{&table, &list}, func() error { tables[table] = list; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 25 {
		t.Fatalf("only %d tables were found", len(tables))
	}
	for name, list := range tables {
		sql := "SELECT " + list + " FROM " + name
		if have, want := sharedRows(t, c, sql), embeddedRows(t, f, sql); !slices.Equal(have, want) {
			t.Errorf("table %s has %d rows, want %d:\n%s\nwant\n%s", name, len(have), len(want), strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
	}
}

func sharedRows(t *testing.T, c *pgx.Conn, sql string) (list []string) {
	t.Helper()
	rows, _ := c.Query(t.Context(), sql)
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		var text string
		for _, v := range values {
			switch v := v.(type) {
			case string, []byte:
				text += fmt.Sprintf("%q ", v)
			default:
				text += fmt.Sprint(v) + " "
			}
		}
		list = append(list, text)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	slices.Sort(list)
	return list
}

func embeddedRows(t *testing.T, c *sqlite.Conn, sql string) (list []string) {
	t.Helper()
	err := sqlitex.Execute(c, sql, &sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
		var text string
		for i := range s.ColumnCount() {
			switch s.ColumnType(i) {
			case sqlite.TypeInteger:
				text += fmt.Sprint(s.ColumnInt64(i)) + " "
			case sqlite.TypeFloat:
				text += fmt.Sprint(s.ColumnFloat(i)) + " "
			default:
				b := make([]byte, s.ColumnLen(i))
				s.ColumnBytes(i, b)
				text += fmt.Sprintf("%q ", b)
			}
		}
		list = append(list, text)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// TestACopyThatCannotBeIsRefused: wrong places, other kinds, other keys. Nothing is copied.
func TestACopyThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	cfg := config.Default()
	cfg.Data = filepath.Join(t.TempDir(), "data")
	if err := app.Init(t.Context(), cfg, app.Production); err != nil {
		t.Fatal(err)
	}
	other := config.Default()
	other.Data = filepath.Join(t.TempDir(), "other")
	used := server.Database(t)
	other.DatabaseURL = secret.NewText(used)
	if err := app.Init(t.Context(), other, app.Production); err != nil {
		t.Fatal(err)
	}
	empty := server.Database(t)
	for name, row := range map[string]struct {
		from, to, keyFile string
		want              fault.Code
		says              string
	}{
		"no target":            {"", "", "", fault.Invalid, "--to"},
		"a file as the target": {"", "sqlite:" + t.TempDir(), "", fault.Invalid, "--to"},
		"PostgreSQL as source": {empty, empty, "", fault.Invalid, "pg_dump"},
		"no such source":       {"sqlite:" + filepath.Join(t.TempDir(), "none.db"), empty, "", fault.NotFound, "none.db"},
		"no database":          {"sqlite:" + cfg.MasterKeyPath(), empty, "", fault.Invalid, "not a sound"},
		"a target in use":      {"", used, "", fault.Exists, "data of its own"},
		"another's master key": {"", empty, other.MasterKeyPath(), fault.Conflict, "master key"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg
			cfg.MasterKeyFile = row.keyFile
			_, err := app.CopyDatabase(t.Context(), cfg, app.Copy{From: row.from, To: secret.NewText(row.to)})
			if !fault.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %s with %q", err, row.want, row.says)
			}
		})
	}
	if _, err := app.CopyDatabase(t.Context(), cfg, app.Copy{To: secret.NewText(empty)}); err != nil {
		t.Errorf("what was refused is in the way of what is not: %v", err)
	}
}
