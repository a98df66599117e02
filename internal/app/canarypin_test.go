package app_test

import (
	"bytes"
	"context"
	"encoding/json"
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

// The canaries: PINs so long that they stand nowhere by chance.
const (
	canaryMSISDN = "254711000111"
	canaryApp    = "canary-app-000001"
	chosenCanary = "739204618520"
	secondCanary = "918273645502"
	wrongCanary  = "wrong-canary-pin-Zq83kx"
)

// TestPINsStayNowhere seeds PINs and searches everything the process wrote and answered.
func TestPINsStayNowhere(t *testing.T) {
	t.Parallel()
	log, bodies := &buffer{}, &buffer{}
	a := apptest.New(t, apptest.Options{Mode: app.Production, Log: log, Config: func(c *config.Config) {
		c.LogLevel = slog.LevelDebug
		c.PINMinDigits, c.PINMaxDigits = 12, 12 // issued ones are as long as the canaries
	}})
	ctx := t.Context()
	channel, err := a.Operator.AddChannel(ctx, switchboard.NewChannel{ID: "ussd"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Operator.AddMember(ctx, switchboard.NewMember{MSISDN: canaryMSISDN, FullName: "Canary Bird",
		IdentityType: "NATIONAL_ID", Identity: "55667788"}); err != nil {
		t.Fatal(err)
	}
	issued, err := a.Operator.IssuePIN(ctx, canaryMSISDN, switchboard.Because{Reason: "new member"})
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{"the issued PIN": []byte(issued.PIN), "the chosen PIN": []byte(chosenCanary), "the second PIN": []byte(secondCanary),
		"a wrong PIN": []byte(wrongCanary), "the channel's secret": []byte(channel.Secret)}
	usePINs(ctx, t, a, bodies, channel, switchboard.Secret(issued.PIN))
	misusePINs(ctx, t, a, bodies, channel)

	places := map[string][]byte{"the log": log.bytes(), "an answer": bodies.bytes(), "the member's history": memberHistory(ctx, t, a.Operator)}
	_, metrics := get(t, nil, "http://"+a.At.Operator+"/metrics")
	places["the metrics"] = []byte(metrics)
	copied, _, err := a.Operator.Backup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if places["the backup"], err = io.ReadAll(copied); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		places["the database"+end] = []byte(read(t, app.DatabasePath(a.Config.Data)+end))
	}
	a.Stop(t)
	places["the database at rest"] = []byte(read(t, app.DatabasePath(a.Config.Data)))
	places["the log"] = log.bytes()
	for place, text := range places {
		if len(text) == 0 {
			t.Errorf("there is nothing in %s", place)
		}
	}
	if where := found(secrets, places); len(where) > 0 {
		t.Errorf("found:\n%s", strings.Join(where, "\n"))
	}
	public := map[string][]byte{"the app": []byte(canaryApp)}
	for _, place := range []string{"the backup", "the database-wal", "the database at rest"} {
		if len(found(public, map[string][]byte{place: places[place]})) == 0 {
			t.Errorf("the app's id is not in %s: what is searched is not what is written", place)
		}
	}
	if !bytes.Contains(places["the log"], []byte(`"level":"DEBUG"`)) || !bytes.Contains(places["the member's history"], []byte("member.pin_refused")) {
		t.Error("the log has no line at debug level, or the history no wrong PIN")
	}
}

// usePINs does what a member does with PINs, and repeats each call.
func usePINs(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, channel switchboard.IssuedSecret, issued switchboard.Secret) {
	t.Helper()
	c := mobileClient(a, bodies, channel.Channel, switchboard.Secret(channel.Secret))
	phone := switchboard.Device{Type: switchboard.DeviceAppID, ID: canaryApp}
	var statuses []switchboard.MobileStatus
	status := func(s switchboard.MobileStatus, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, s)
	}
	for range 2 {
		r, err := c.ActivateMobileApp(ctx, switchboard.ActivateMobileAppRequest{APIRequestID: "a", MSISDN: canaryMSISDN, PIN: issued, AppID: canaryApp})
		status(r.Status, err)
		r, err = c.SetPIN(ctx, switchboard.SetPINRequest{APIRequestID: "b", MSISDN: canaryMSISDN, PIN: issued, NewPIN: chosenCanary, Device: phone,
			Identity: switchboard.Identity{Type: "NATIONAL_ID", Value: "55667788"}})
		status(r.Status, err)
		l, err := c.Login(ctx, switchboard.LoginRequest{APIRequestID: "c", MSISDN: canaryMSISDN, PIN: wrongCanary, Device: phone})
		status(l.Status, err)
	}
	r, err := c.ChangePIN(ctx, switchboard.ChangePINRequest{MSISDN: canaryMSISDN, PIN: chosenCanary, NewPIN: "111111111111", Device: phone})
	status(r.Status, err)
	r, err = c.ChangePIN(ctx, switchboard.ChangePINRequest{MSISDN: canaryMSISDN, PIN: chosenCanary, NewPIN: secondCanary, Device: phone})
	status(r.Status, err)
	l, err := c.Login(ctx, switchboard.LoginRequest{MSISDN: canaryMSISDN, PIN: secondCanary, Device: phone})
	status(l.Status, err)
	want := "[SUCCESS SUCCESS INCORRECT_PIN SUCCESS SUCCESS INCORRECT_PIN INVALID_NEW_PIN SUCCESS SUCCESS]"
	if got := joined(statuses); got != want {
		t.Errorf("the calls were answered %s, want %s", got, want)
	}
}

func joined(list []switchboard.MobileStatus) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return "[" + strings.Join(texts, " ") + "]"
}

// misusePINs makes every mistake with PINs that has an explanation somewhere.
func misusePINs(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, channel switchboard.IssuedSecret) {
	t.Helper()
	c := mobileClient(a, bodies, channel.Channel, switchboard.Secret(channel.Secret))
	phone := switchboard.Device{Type: switchboard.DeviceAppID, ID: canaryApp}
	for name, r := range map[string]switchboard.LoginRequest{
		"another PIN under an id": {APIRequestID: "c", MSISDN: canaryMSISDN, PIN: chosenCanary, Device: phone},
		"a PIN that is too long":  {MSISDN: canaryMSISDN, PIN: chosenCanary + switchboard.Secret(strings.Repeat(wrongCanary, 3)), Device: phone},
		"no device":               {MSISDN: canaryMSISDN, PIN: chosenCanary},
		"a PIN for a device":      {MSISDN: "", PIN: chosenCanary, Device: switchboard.Device{Type: wrongCanary, ID: "x"}},
	} {
		if _, err := c.Login(ctx, r); err == nil {
			t.Errorf("%s is no error", name)
		} else if strings.Contains(err.Error(), chosenCanary) {
			t.Errorf("%s: the error holds the PIN", name)
		}
	}
	for _, body := range []string{
		`{"action":"LOGIN","payload":{"pin":"` + chosenCanary + `","pin":"` + wrongCanary + `"}}`,
		`{"action":"LOGIN","payload":{"pin":{"a":"` + chosenCanary + `"}}}`,
		`{"action":"LOGIN","payload":{"pin":"` + chosenCanary,
		`{"action":"` + wrongCanary + `","payload":{}}`,
	} {
		req, err := http.NewRequestWithContext(ctx, "POST", a.URL+a.Config.MobilePath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(channel.Channel, channel.Secret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := answers{http.DefaultTransport, bodies}.RoundTrip(req)
		if err != nil || resp.StatusCode != 400 {
			t.Errorf("%v %v", resp, err)
		}
	}
	wrong := mobileClient(a, bodies, channel.Channel, switchboard.Secret(channel.Secret+"x"))
	if _, err := wrong.MOCheckUser(ctx, switchboard.MOCheckUserRequest{MSISDN: canaryMSISDN}); err == nil {
		t.Error("a wrong secret is let in")
	}
}

// mobileClient speaks for a channel and keeps the answers.
func mobileClient(a *apptest.App, bodies *buffer, id string, secret switchboard.Secret) *switchboard.MobileClient {
	return switchboard.NewMobileClient(a.URL, id, secret, switchboard.WithHTTPClient(&http.Client{Transport: answers{http.DefaultTransport, bodies}}))
}

func memberHistory(ctx context.Context, t *testing.T, op *switchboard.Operator) []byte {
	t.Helper()
	m, err := op.Member(ctx, canaryMSISDN, 100)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
