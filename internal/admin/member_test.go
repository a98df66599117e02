package admin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// mobile is a client of the mobile banking API with the sandbox's channel.
func mobile(a *apptest.App) *switchboard.MobileClient {
	return switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)
}

func byApp(id string) switchboard.Device { return switchboard.Device{Type: "APP_ID", ID: id} }

func bySIM(id string) switchboard.Device { return switchboard.Device{Type: "IMSI", ID: id} }

// login says how a login ended.
func login(t *testing.T, a *apptest.App, msisdn, pin string, d switchboard.Device) switchboard.MobileStatus {
	t.Helper()
	r := must(mobile(a).Login(t.Context(), switchboard.LoginRequest{MSISDN: msisdn, PIN: switchboard.Secret(pin), Device: d}))(t)
	return r.Status
}

func kinds(m switchboard.Member) (list []string) {
	for _, e := range m.Events {
		list = append(list, strings.TrimPrefix(e.Kind, "member."))
	}
	return list
}

func TestMember(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		const msisdn, card = "254700000001", "639020000000077"
		n := switchboard.NewMember{MSISDN: msisdn, MemberNumber: "077", FullName: "Amina Otieno",
			IdentityType: "PASSPORT_NO", Identity: "AK 0077", IMSI: card}
		m := must(op.AddMember(ctx, n))(t)
		if m.MSISDN != msisdn || m.MemberNumber != "077" || m.FullName != n.FullName || m.IdentityType != "PASSPORT_NO" || m.Identity != n.Identity ||
			m.IMSI != card || m.AppID != "" || m.Standing != "open" || m.PIN != "none" || m.CreatedAt.IsZero() || m.Password.State != "free" {
			t.Errorf("the member is %+v", m)
		}

		first := must(op.IssuePIN(ctx, msisdn, switchboard.Because{Reason: "new member"}))(t)
		second := must(op.IssuePIN(ctx, msisdn, switchboard.Because{Reason: "letter lost"}))(t)
		if first.MSISDN != msisdn || len(first.PIN) < 4 || first.PIN == second.PIN && first.PIN == must(op.IssuePIN(ctx, msisdn, switchboard.Because{Reason: "r"}))(t).PIN {
			t.Errorf("the PINs issued are of %s, %d digits, or the same", first.MSISDN, len(first.PIN))
		}
		if m = must(op.Member(ctx, msisdn, 0))(t); m.PIN != "issued" || m.PINSetAt.IsZero() || len(m.Events) != 0 {
			t.Errorf("the member is %+v", m)
		}

		change := func(c switchboard.Changed, err error) func(bool) {
			return func(want bool) {
				t.Helper()
				if err != nil || c.Changed != want {
					t.Errorf("changed: %t, %v, want %t", c.Changed, err, want)
				}
			}
		}
		for _, want := range []bool{true, false} {
			change(op.BindDevice(ctx, msisdn, switchboard.NewBinding{Type: "APP_ID", ID: "app-77", Reason: "desk"}))(want)
		}
		for _, want := range []bool{true, false} {
			change(op.UnbindDevices(ctx, msisdn, switchboard.Unbinding{Reason: "stolen"}))(want)
		}
		if m = must(op.Member(ctx, msisdn, 0))(t); m.AppID != "" || m.IMSI != card {
			t.Errorf("the app alone was to go: %+v", m)
		}
		change(op.UnbindDevices(ctx, msisdn, switchboard.Unbinding{Devices: []string{"IMSI", "APP_ID"}, Reason: "stolen too"}))(true)
		change(op.UnlockMember(ctx, msisdn, switchboard.Because{Reason: "nothing there"}))(false)
		for _, want := range []bool{true, false} {
			change(op.SetMemberStanding(ctx, msisdn, switchboard.MemberStanding{Standing: "closed", Reason: "left"}))(want)
		}
		m = must(op.Member(ctx, msisdn, 100))(t)
		want := []string{"status_changed", "device_unbound", "device_unbound", "device_bound", "pin_issued", "pin_issued", "added"}
		if got := slices.Compact(kinds(m)); m.Standing != "closed" || m.IMSI != "" || !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("the member is %+v with %v", m, got)
		}
		if one := must(op.Member(ctx, msisdn, 1))(t); len(one.Events) != 1 || one.Events[0].Kind != "member.status_changed" {
			t.Errorf("the last event is %+v", one.Events)
		}
	})
}

// What an operator sees of a member never holds the PIN or its hash; what is kept for ever holds nothing
// personal.
func TestMemberShowsNoSecret(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	must(a.Operator.BindDevice(t.Context(), sandbox.MSISDN, switchboard.NewBinding{Type: "IMSI", ID: "639020000000099", Reason: "new SIM"}))(t)
	for _, path := range []string{"/members/" + sandbox.MSISDN + "?events=100", "/members"} {
		if body := send(t, a, "GET", path, "").body; strings.Contains(body, `"`+sandbox.PIN+`"`) || strings.Contains(body, "hash\":\"$") || strings.Contains(body, "argon") {
			t.Errorf("%s shows %s", path, body)
		}
	}
	m := must(a.Operator.Member(t.Context(), sandbox.MSISDN, 100))(t)
	events, _ := json.Marshal(m.Events)
	for _, personal := range []string{sandbox.MSISDN, sandbox.FullName, sandbox.NationalID, sandbox.MemberNumber, sandbox.AppID, sandbox.IMSI, "639020000000099"} {
		if bytes.Contains(events, []byte(personal)) {
			t.Errorf("the events hold %s: %s", personal, events)
		}
	}
}

// The tallies say what they mean now, and the desk can lift what they led to.
func TestTallies(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	a := apptest.New(t, apptest.Options{Now: now})
	op, ctx := a.Operator, t.Context()
	states := func(want string) {
		t.Helper()
		m := must(op.Member(ctx, sandbox.MSISDN, 0))(t)
		got := fmt.Sprintf("%s %d, %s %d, %s %d", m.Password.State, m.Password.Attempts, m.Foreign.State, m.Foreign.Attempts, m.OTP.State, m.OTP.Attempts)
		if got != want {
			t.Errorf("the tallies are %s, want %s", got, want)
		}
		if s := m.Password; (s.State == "suspended") != (s.Until.After(now())) || s.Action == "SUSPEND" && s.Flag == "" {
			t.Errorf("the tally is %+v at %v", s, now())
		}
	}
	wrong := func(n int, d switchboard.Device) {
		t.Helper()
		for range n {
			if got := login(t, a, sandbox.MSISDN, "9999", d); got == switchboard.MobileSuccess {
				t.Fatal("a wrong PIN logs in")
			}
		}
	}
	states("free 0, free 0, free 0")
	wrong(1, byApp(sandbox.AppID))
	states("free 1, free 0, free 0")
	wrong(1, bySIM(sandbox.IMSI))
	states("warned 2, free 0, free 0")
	wrong(2, byApp(sandbox.AppID))
	states("suspended 4, free 0, free 0")
	ahead.Store(int64(61 * time.Minute))
	states("free 4, free 0, free 0")
	wrong(2, byApp(sandbox.AppID))
	states("suspended 6, free 0, free 0")

	for _, want := range []bool{true, false} {
		if got := must(op.UnlockMember(ctx, sandbox.MSISDN, switchboard.Because{Reason: "seen at the desk"}))(t); got.Changed != want {
			t.Errorf("the unlocking changed: %t", got.Changed)
		}
	}
	states("free 0, free 0, free 0")
	if got := login(t, a, sandbox.MSISDN, sandbox.PIN, byApp(sandbox.AppID)); got != switchboard.MobileSuccess {
		t.Errorf("an unlocked member's login is %s", got)
	}

	lock := switchboard.Ladder{Security: "PASSWORD", Steps: []switchboard.LadderStep{{Attempts: 1, Flag: "FIRST", Action: "LOCK"}}}
	must(op.SetLadder(ctx, lock, false))(t)
	wrong(1, byApp(sandbox.AppID))
	states("locked 1, free 0, free 0")
	pin := must(op.IssuePIN(ctx, sandbox.MSISDN, switchboard.Because{Reason: "forgotten"}))(t)
	states("free 0, free 0, free 0")
	if got := login(t, a, sandbox.MSISDN, pin.PIN, byApp(sandbox.AppID)); got != switchboard.MobileSetPIN {
		t.Errorf("a login with an issued PIN is %s", got)
	}
}

// A wrong identity that came with the right PIN is counted where the operator sees it.
func TestWrongIdentities(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	r, err := mobile(a).SetPIN(t.Context(), switchboard.SetPINRequest{MSISDN: sandbox.NewMSISDN, PIN: sandbox.NewPIN, Device: bySIM(sandbox.NewIMSI),
		NewPIN: "4826", Identity: switchboard.Identity{Type: "NATIONAL_ID", Value: "11111111"}})
	m := must(a.Operator.Member(t.Context(), sandbox.NewMSISDN, 1))(t)
	if err == nil || m.WrongIdentities != 1 || m.PIN != "issued" || m.Events[0].Kind != "member.identity_refused" {
		t.Errorf("%s, %v leaves %+v", r.Status, err, m)
	}
}

// What the desk does holds for the very next call of a channel.
func TestTheDeskHasTheLastWord(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	op, ctx := a.Operator, t.Context()
	for _, step := range []struct {
		name string
		do   func() error
		want switchboard.MobileStatus
	}{
		{"unbind", func() error {
			_, err := op.UnbindDevices(ctx, sandbox.MSISDN, switchboard.Unbinding{Reason: "stolen"})
			return err
		}, switchboard.MobileAppInactive},
		{"bind", func() error {
			_, err := op.BindDevice(ctx, sandbox.MSISDN, switchboard.NewBinding{Type: "APP_ID", ID: sandbox.AppID, Reason: "found"})
			return err
		}, switchboard.MobileSuccess},
		{"close", func() error {
			_, err := op.SetMemberStanding(ctx, sandbox.MSISDN, switchboard.MemberStanding{Standing: "closed", Reason: "left"})
			return err
		}, switchboard.MobileIncorrectPIN},
		{"open", func() error {
			_, err := op.SetMemberStanding(ctx, sandbox.MSISDN, switchboard.MemberStanding{Standing: "open", Reason: "back"})
			return err
		}, switchboard.MobileSuccess},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := login(t, a, sandbox.MSISDN, sandbox.PIN, byApp(sandbox.AppID)); got != step.want {
			t.Errorf("after %s a login is %s, want %s", step.name, got, step.want)
		}
	}
}

func TestMemberPages(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	want := []string{sandbox.MSISDN, sandbox.NewMSISDN}
	for i := range 5 {
		msisdn := fmt.Sprintf("25480000000%d", i)
		want = append(want, must(a.Operator.AddMember(t.Context(), switchboard.NewMember{MSISDN: msisdn, FullName: "A"}))(t).MSISDN)
	}
	for limit, pages := range map[int]int{1: 7, 2: 4, 6: 2, 7: 1, 8: 1, 0: 1} {
		var got []string
		q, n := switchboard.MemberQuery{Limit: limit}, 0
		for more := true; more; n++ {
			p := must(a.Operator.Members(t.Context(), q))(t)
			for _, m := range p.Items {
				got = append(got, m.MSISDN)
			}
			q.After, more = p.Next, p.Next != ""
		}
		if !slices.Equal(got, want) || n != pages {
			t.Errorf("limit %d: %v in %d pages, want %v in %d", limit, got, n, want, pages)
		}
	}
}

// A phone number is a person's, and a PIN is nobody's business: neither stands in the log.
func TestTheLogHoldsNoMember(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := apptest.New(t, apptest.Options{Log: &log, Config: func(c *config.Config) { c.LogLevel = slog.LevelDebug }})
	pin := must(a.Operator.IssuePIN(t.Context(), sandbox.MSISDN, switchboard.Because{Reason: "forgotten"}))(t)
	must(a.Operator.Member(t.Context(), sandbox.MSISDN, 5))(t)
	a.Stop(t)
	text := log.String()
	if !strings.Contains(text, "/members/{msisdn}/pin") || strings.Contains(text, sandbox.MSISDN) || strings.Contains(text, `"`+pin.PIN+`"`) {
		t.Errorf("the log is\n%s", text)
	}
}
