package postgres_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
)

// hotDatabase gives a database whose server counts the statements that are run in it.
func hotDatabase(t *testing.T) string {
	t.Helper()
	if citus.Named() {
		return citus.Cluster(t).Database(t)
	}
	server, err := pgtest.Start("shared_preload_libraries=pg_stat_statements")
	if err != nil {
		t.Skip(err) // the module is in a package of its own
	}
	t.Cleanup(server.Stop)
	address := server.Database(t)
	pgtest.Exec(t, address, `CREATE EXTENSION pg_stat_statements`)
	return address
}

// rounds is how often the hot paths are run. What runs beside them, such as sweeps, comes to less.
const rounds = 25

// hot gives the statements that were run in every round.
func hot(t *testing.T, address string) (list []string) {
	t.Helper()
	for _, sql := range texts(t, address, `SELECT query FROM pg_stat_statements
 WHERE toplevel AND calls >= $1 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`, rounds) {
		switch verb, _, _ := strings.Cut(sql, " "); verb {
		case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
			list = append(list, sql)
		}
	}
	return list
}

// onboard adds an agent for each round.
func onboard(t *testing.T, c *switchboard.Client) (codes []string) {
	t.Helper()
	for i := range rounds {
		o, err := c.OnboardAgent(t.Context(), switchboard.Profile{
			FirstName: "Asha", LastName: "Rao", Mobile: fmt.Sprint(9800000000 + i), PAN: "ABCDE1234F", Email: "asha@example.com",
			DOB: "1990-01-31", ShopName: "Rao", Address: switchboard.Address{Line: "1", City: "Pune", State: "Maharashtra", Pincode: "411001"},
		}, "")
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, o.UserCode)
	}
	return codes
}

// useHot does what agents, switches and members do all day.
func useHot(t *testing.T, a *apptest.App, agents []string) {
	t.Helper()
	client, ctx := a.Sandbox(), t.Context()
	phone := switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)
	sim := switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.IMSI}
	for i, code := range agents {
		_, err1 := client.ActivateService(ctx, code, "45", switchboard.ActivateOptions{Reference: fmt.Sprint("on-", i)})
		_, err2 := client.Services(ctx, code)
		_, err3 := client.Decide(ctx, switchboard.DecisionRequest{Agent: code, Service: "45"})
		_, err4 := client.DeactivateService(ctx, code, "45", fmt.Sprint("off-", i))
		_, err5 := phone.CheckUser(ctx, switchboard.CheckUserRequest{MSISDN: sandbox.MSISDN, Device: sim})
		_, err6 := phone.Login(ctx, switchboard.LoginRequest{MSISDN: sandbox.MSISDN, PIN: sandbox.PIN, Device: sim})
		if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHotPathsGoToOnePlace records the statements of enquiries, decisions, changes and members' calls: none of them
// is about more than one part of a table that is cut into parts.
func TestHotPathsGoToOnePlace(t *testing.T) {
	t.Parallel()
	address := hotDatabase(t)
	a := apptest.New(t, apptest.Options{DatabaseURL: secret.NewText(address)})
	agents := onboard(t, a.Sandbox())
	pgtest.Exec(t, address, `SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)`)
	useHot(t, a, agents)
	statements := hot(t, address)
	for _, table := range []string{"agents", "activations", "events", "calls", "members", "member_calls"} {
		if !slices.ContainsFunc(statements, func(sql string) bool { return names(sql, table) }) {
			t.Errorf("no statement about %s was recorded", table)
		}
	}
	for i, sql := range statements {
		if problem := elsewhere(sql); problem != "" {
			t.Errorf("%s: %s", problem, sql)
		}
		if citus.Named() {
			onePlace(t, address, fmt.Sprint("hot_", i), sql)
		}
	}
}

// names says whether a statement is about a table.
func names(sql, table string) bool {
	return regexp.MustCompile(`(?i)\b(from|join|into|update)\s+` + table + `\b`).MatchString(sql)
}

// elsewhere says which table a statement is about without naming the column that says where its rows are.
func elsewhere(sql string) string {
	for table, column := range postgres.DistributedBy() {
		if !names(sql, table) {
			continue
		}
		list := strings.HasPrefix(sql, "INSERT")
		inserted := regexp.MustCompile(`\([^)]*\b` + column + `\b`).MatchString(sql)
		compared := regexp.MustCompile(`\b` + column + `\s*=\s*(\$|ANY|given\.p|[a-z]+\.` + column + `)`).MatchString(sql)
		if list && !inserted || !list && !compared {
			return "it does not say which " + column + " of " + table
		}
	}
	return ""
}

// onePlace asks the cluster how many parts it would send a statement to.
func onePlace(t *testing.T, address, name, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	prepared, err := c.Prepare(t.Context(), name, sql)
	if err != nil {
		t.Errorf("%v: %s", err, sql)
		return
	}
	explain := "EXPLAIN EXECUTE " + name
	if n := len(prepared.ParamOIDs); n > 0 {
		explain += "('1'" + strings.Repeat(", '1'", n-1) + ")"
	}
	rows, _ := c.Query(t.Context(), explain, pgx.QueryExecModeSimpleProtocol)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Errorf("%v: %s", err, sql)
	}
	plan := strings.Join(lines, "\n")
	if strings.Contains(plan, "Citus") && (!strings.Contains(plan, "Task Count: 1\n") || strings.Contains(plan, "Distributed Subplan")) {
		t.Errorf("it goes to several places: %s\n%s", sql, plan)
	}
}
