package switchboard_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// TestMobileClient goes through every action of a real server, with the members of the sandbox.
func TestMobileClient(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	w := &mobileWorld{T: t, c: switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)}
	// One after the other: each goes on from where the one before has left the members.
	w.checksUsers()
	w.movesToANewPhone()
	w.countsWrongPINs()
	w.deactivates()
	w.choosesAPIN()
	w.changesThePIN()
	w.reportsOTPs()
	w.showsDetails()
	w.refuses(a.URL)
}

// mobileWorld is a server with a client of it.
type mobileWorld struct {
	*testing.T
	c *switchboard.MobileClient
}

// want compares the status of a result that came without an error.
func (w *mobileWorld) want(status switchboard.MobileStatus) func(switchboard.MobileResult, error) {
	w.Helper()
	return func(r switchboard.MobileResult, err error) {
		w.Helper()
		if err != nil || r.Status != status || r.OK() != status.OK() || r.APIRequestID == "" || r.RequestID == "" {
			w.Fatalf("gives %+v, %v, want %s", r, err, status)
		}
	}
}

// refused compares the HTTP status of a call without a result.
func (w *mobileWorld) refused(httpStatus int) func(switchboard.MobileResult, error) {
	w.Helper()
	return func(r switchboard.MobileResult, err error) {
		w.Helper()
		var e *switchboard.MobileError
		if !errors.As(err, &e) || e.HTTPStatus != httpStatus || e.Status != switchboard.MobileFailed || e.Description == "" || e.RequestID == "" {
			w.Fatalf("gives %+v, %v, want HTTP %d", r, err, httpStatus)
		}
	}
}

func boundSIM() switchboard.Device {
	return switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.IMSI}
}

func oldApp() switchboard.Device {
	return switchboard.Device{Type: switchboard.DeviceAppID, ID: sandbox.AppID}
}

func newApp() switchboard.Device {
	return switchboard.Device{Type: switchboard.DeviceAppID, ID: "app-on-a-new-phone"}
}

func (w *mobileWorld) check(d switchboard.Device) (switchboard.MobileResult, error) {
	r, err := w.c.CheckUser(w.Context(), switchboard.CheckUserRequest{MSISDN: sandbox.MSISDN, Device: d})
	return r.MobileResult, err
}

func (w *mobileWorld) login(pin switchboard.Secret, d switchboard.Device) (switchboard.MobileResult, error) {
	r, err := w.c.Login(w.Context(), switchboard.LoginRequest{MSISDN: sandbox.MSISDN, PIN: pin, Device: d})
	return r.MobileResult, err
}

func (w *mobileWorld) checksUsers() {
	w.want(switchboard.MobileActive)(w.check(boundSIM()))
	w.want(switchboard.MobileInvalidDevice)(w.check(newApp()))
	for msisdn, status := range map[string]switchboard.MobileStatus{
		sandbox.MSISDN: switchboard.MobileFound, sandbox.NewMSISDN: switchboard.MobileFound, "254700000000": switchboard.MobileNotFound,
	} {
		w.want(status)(w.c.MOCheckUser(w.Context(), switchboard.MOCheckUserRequest{MSISDN: msisdn}))
	}
	r, err := w.c.CheckUser(w.Context(), switchboard.CheckUserRequest{MSISDN: "254700000000", Device: boundSIM()})
	w.want(switchboard.MobileNotFound)(r.MobileResult, err)
}

func (w *mobileWorld) movesToANewPhone() {
	q := switchboard.ActivateMobileAppRequest{MSISDN: sandbox.MSISDN, PIN: sandbox.PIN, AppID: newApp().ID,
		Identity: switchboard.Identity{Type: switchboard.IdentityNationalID, Value: "1"}}
	w.refused(200)(w.c.ActivateMobileApp(w.Context(), q))
	q.Identity.Value = sandbox.NationalID
	w.want(switchboard.MobileSuccess)(w.c.ActivateMobileApp(w.Context(), q))
	w.want(switchboard.MobileInvalidDevice)(w.login(sandbox.PIN, oldApp()))
	w.want(switchboard.MobileSuccess)(w.login(sandbox.PIN, newApp()))
	q.MSISDN = "254700000000"
	w.want(switchboard.MobileInvalidAccount)(w.c.ActivateMobileApp(w.Context(), q))
}

// countsWrongPINs: one call is counted once, however often it is made.
func (w *mobileWorld) countsWrongPINs() {
	q := switchboard.LoginRequest{MSISDN: sandbox.MSISDN, PIN: "9999", Device: newApp()}
	for range 3 {
		r, err := w.c.Login(w.Context(), q)
		w.want(switchboard.MobileIncorrectPIN)(r.MobileResult, err)
		if r.Attempts != 1 {
			w.Fatalf("%d attempts are counted", r.Attempts)
		}
		q.APIRequestID = r.APIRequestID
	}
	w.want(switchboard.MobileSuccess)(w.login(sandbox.PIN, newApp()))
}

func (w *mobileWorld) deactivates() {
	q := switchboard.DeactivateMobileAppRequest{MSISDN: sandbox.MSISDN, PIN: "9999", Device: newApp()}
	w.want(switchboard.MobileIncorrectPIN)(w.c.DeactivateMobileApp(w.Context(), q))
	q.PIN = sandbox.PIN
	r, err := w.c.DeactivateMobileApp(w.Context(), q)
	w.want(switchboard.MobileSuccess)(r, err)
	if r.Description != "Mobile App Deactivated successfully" {
		w.Errorf("described as %q", r.Description)
	}
	w.want(switchboard.MobileAppInactive)(w.login(sandbox.PIN, newApp()))
}

func (w *mobileWorld) choosesAPIN() {
	sim := switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.NewIMSI}
	login := switchboard.LoginRequest{MSISDN: sandbox.NewMSISDN, PIN: sandbox.NewPIN, Device: sim}
	r, err := w.c.Login(w.Context(), login)
	w.want(switchboard.MobileSetPIN)(r.MobileResult, err)
	q := switchboard.SetPINRequest{MSISDN: sandbox.NewMSISDN, PIN: sandbox.NewPIN, Device: sim, NewPIN: "1111",
		Identity: switchboard.Identity{Type: switchboard.IdentityNationalID, Value: sandbox.NewNationalID}}
	w.want(switchboard.MobileInvalidNewPIN)(w.c.SetPIN(w.Context(), q))
	q.NewPIN = "2580"
	w.want(switchboard.MobileSuccess)(w.c.SetPIN(w.Context(), q))
	login.PIN = "2580"
	r, err = w.c.Login(w.Context(), login)
	w.want(switchboard.MobileSuccess)(r.MobileResult, err)
}

func (w *mobileWorld) changesThePIN() {
	q := switchboard.ChangePINRequest{MSISDN: sandbox.MSISDN, PIN: "9999", Device: boundSIM(), NewPIN: "8024"}
	w.want(switchboard.MobileIncorrectPIN)(w.c.ChangePIN(w.Context(), q))
	q.PIN = sandbox.PIN
	w.want(switchboard.MobileSuccess)(w.c.ChangePIN(w.Context(), q))
	w.want(switchboard.MobileIncorrectPIN)(w.login(sandbox.PIN, boundSIM()))
	w.want(switchboard.MobileSuccess)(w.login("8024", boundSIM()))
}

// reportsOTPs: what a channel sets is what it gets, and it counts; the dates are told in one zone.
func (w *mobileWorld) reportsOTPs() {
	until := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	set, err := w.c.SetAuthSecurityParameters(w.Context(), switchboard.SetAuthSecurityParametersRequest{
		MSISDN: sandbox.MSISDN, PIN: "8024", Device: boundSIM(), Type: switchboard.AuthOTP, Action: switchboard.AuthSuspend,
		ValidUntil: until, Flag: "FIRST_SUSPENSION", Attempts: 4, At: time.Now(),
	})
	w.want(switchboard.MobileSuccess)(set.MobileResult, err)
	if off := time.Since(set.At.Time); off < -time.Hour || off > time.Hour {
		w.Errorf("answered at %+v", set.At)
	}
	got, err := w.c.GetAuthSecurityParameters(w.Context(), switchboard.GetAuthSecurityParametersRequest{
		MSISDN: sandbox.MSISDN, PIN: "8024", Device: boundSIM(), Type: switchboard.AuthOTP})
	w.want(switchboard.MobileSuccess)(got.MobileResult, err)
	if got.Type != switchboard.AuthOTP || got.Action != switchboard.AuthSuspend || got.Flag != "FIRST_SUSPENSION" || got.Attempts != 4 || !got.ValidUntil.Time.Equal(until) {
		w.Errorf("set until %s, got %+v", until, got)
	}
	r, err := w.c.CheckUser(w.Context(), switchboard.CheckUserRequest{MSISDN: sandbox.MSISDN, Device: boundSIM()})
	w.want(switchboard.MobileSuspended)(r.MobileResult, err)
	if !r.ValidUntil.Time.Equal(until) {
		w.Errorf("suspended until %+v, want %s", r.ValidUntil, until)
	}
	w.refused(200)(w.c.ChangePIN(w.Context(), switchboard.ChangePINRequest{MSISDN: sandbox.MSISDN, PIN: "8024", Device: boundSIM(), NewPIN: "7193"}))
}

// showsDetails of the members to each other, without the identity of the other.
func (w *mobileWorld) showsDetails() {
	q := switchboard.GetUserDetailsRequest{MSISDN: sandbox.NewMSISDN, PIN: "2580",
		Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.NewIMSI}}
	john := switchboard.GetUserDetailsResult{MemberNumber: sandbox.MemberNumber, FullName: sandbox.FullName, MSISDN: sandbox.MSISDN,
		Accounts: []switchboard.MobileAccount{}}
	known := john
	known.Identity = switchboard.Identity{Type: switchboard.IdentityNationalID, Value: sandbox.NationalID}
	for user, want := range map[switchboard.UserIdentifier]switchboard.GetUserDetailsResult{
		{Type: switchboard.UserByMSISDN, Value: sandbox.MSISDN}:             john,
		{Type: switchboard.UserByMemberNumber, Value: sandbox.MemberNumber}: john,
		{Type: switchboard.UserByNationalID, Value: sandbox.NationalID}:     known,
	} {
		q.User = user
		got, err := w.c.GetUserDetails(w.Context(), q)
		w.want(switchboard.MobileSuccess)(got.MobileResult, err)
		want.MobileResult = got.MobileResult
		if text, want := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); text != want {
			w.Errorf("%+v is\n%s, want\n%s", user, text, want)
		}
	}
	q.User = switchboard.UserIdentifier{Type: switchboard.UserByPassport, Value: "A1"}
	got, err := w.c.GetUserDetails(w.Context(), q)
	w.want(switchboard.MobileUserNotFound)(got.MobileResult, err)
	q.User.Type = switchboard.UserByAccountNumber
	got, err = w.c.GetUserDetails(w.Context(), q)
	w.refused(200)(got.MobileResult, err)
}

// refuses what no action answers: another call under the same id, missing fields, another secret.
func (w *mobileWorld) refuses(base string) {
	q := switchboard.DeactivateMobileAppRequest{APIRequestID: "one-call", MSISDN: sandbox.NewMSISDN, PIN: "2580",
		Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: sandbox.NewIMSI}}
	w.want(switchboard.MobileSuccess)(w.c.DeactivateMobileApp(w.Context(), q))
	w.want(switchboard.MobileSuccess)(w.c.DeactivateMobileApp(w.Context(), q))
	q.Device.ID = sandbox.IMSI
	w.refused(200)(w.c.DeactivateMobileApp(w.Context(), q))
	w.refused(400)(w.c.DeactivateMobileApp(w.Context(), switchboard.DeactivateMobileAppRequest{MSISDN: sandbox.NewMSISDN}))
	w.c = switchboard.NewMobileClient(base, sandbox.ChannelID, "another")
	w.refused(401)(w.c.DeactivateMobileApp(w.Context(), q))
	w.refused(401)(w.check(boundSIM()))
}
