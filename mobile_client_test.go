package switchboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// The published samples' member, and secrets that are easy to find where they must not stand.
const (
	sampleID     = "df3e7cf5-1e4b-41ef-a22f-e755be665432"
	sampleMSISDN = "254712345678"
	hiddenSecret = "hidden-channel-secret"
	hiddenPIN    = switchboard.Secret("739151")
	hiddenNewPIN = switchboard.Secret("848262")
)

func sampleSIM() switchboard.Device {
	return switchboard.Device{Type: switchboard.DeviceIMSI, ID: "639020000000001"}
}

func sampleApp() switchboard.Device {
	return switchboard.Device{Type: switchboard.DeviceAppID, ID: "1099200912931023"}
}

func mobileClient(base string, options ...switchboard.MobileOption) *switchboard.MobileClient {
	return switchboard.NewMobileClient(base, "ussd-gateway", hiddenSecret, options...)
}

// mobileCall is a call with everything an action takes.
type mobileCall struct {
	action  string
	request any
	send    func(context.Context, *switchboard.MobileClient) (result any, err error)
}

func callOf[Q, R any](action string, r Q, method func(*switchboard.MobileClient, context.Context, Q) (R, error)) mobileCall {
	return mobileCall{action, r, func(ctx context.Context, c *switchboard.MobileClient) (any, error) { return method(c, ctx, r) }}
}

// mobileCalls makes a call of each action.
func mobileCalls(id string, pin, newPIN switchboard.Secret) []mobileCall {
	identity := switchboard.Identity{Type: switchboard.IdentityNationalID, Value: "23994857"}
	return []mobileCall{
		callOf("CHECK_USER", switchboard.CheckUserRequest{id, sampleMSISDN, sampleSIM()}, (*switchboard.MobileClient).CheckUser),
		callOf("MO_CHECK_USER", switchboard.MOCheckUserRequest{id, sampleMSISDN}, (*switchboard.MobileClient).MOCheckUser),
		callOf("LOGIN", switchboard.LoginRequest{id, sampleMSISDN, pin, sampleApp()}, (*switchboard.MobileClient).Login),
		callOf("ACTIVATE_MOBILE_APP", switchboard.ActivateMobileAppRequest{id, sampleMSISDN, pin, sampleApp().ID, identity},
			(*switchboard.MobileClient).ActivateMobileApp),
		callOf("DEACTIVATE_MOBILE_APP", switchboard.DeactivateMobileAppRequest{id, sampleMSISDN, pin, sampleApp()},
			(*switchboard.MobileClient).DeactivateMobileApp),
		callOf("SET_PIN", switchboard.SetPINRequest{id, sampleMSISDN, pin, sampleSIM(), newPIN, identity}, (*switchboard.MobileClient).SetPIN),
		callOf("CHANGE_PIN", switchboard.ChangePINRequest{id, sampleMSISDN, pin, sampleApp(), newPIN}, (*switchboard.MobileClient).ChangePIN),
		callOf("GET_AUTH_SECURITY_PARAMETERS", switchboard.GetAuthSecurityParametersRequest{id, sampleMSISDN, pin, sampleSIM(), switchboard.AuthPassword},
			(*switchboard.MobileClient).GetAuthSecurityParameters),
		callOf("SET_AUTH_SECURITY_PARAMETERS", switchboard.SetAuthSecurityParametersRequest{
			APIRequestID: id, MSISDN: sampleMSISDN, PIN: pin, Device: sampleSIM(), Type: switchboard.AuthOTP, Action: switchboard.AuthSuspend,
			ValidUntil: time.Date(2020, 12, 8, 6, 34, 33, 0, time.UTC), Flag: "SECOND_SUSPENSION", Attempts: 16,
			At: time.Date(2020, 12, 7, 6, 34, 33, 0, time.UTC),
		}, (*switchboard.MobileClient).SetAuthSecurityParameters),
		callOf("GET_USER_DETAILS", switchboard.GetUserDetailsRequest{id, sampleMSISDN, pin, sampleApp(),
			switchboard.UserIdentifier{Type: switchboard.UserByNationalID, Value: "23994857"}}, (*switchboard.MobileClient).GetUserDetails),
	}
}

// TestMobileRequests are sent as testdata/mobile has them, one file an action.
func TestMobileRequests(t *testing.T) {
	t.Parallel()
	calls := mobileCalls(sampleID, "1234", "2580")
	for _, c := range calls {
		s := script(t, ok(`{}`))
		_, _ = c.send(t.Context(), mobileClient(s.URL))
		golden, err := os.ReadFile(filepath.Join("testdata", "mobile", c.action+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, golden); err != nil {
			t.Fatal(err)
		}
		if got := s.bodies(); len(got) != 1 || got[0] != want.String() {
			t.Errorf("sent %s, want %s", got, &want)
		}
		r := s.requests()[0]
		id, secret, _ := r.BasicAuth()
		if r.Method != "POST" || r.RequestURI != "/mobile-banking/v1" || id != "ussd-gateway" || secret != hiddenSecret ||
			r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s is sent as %s %s %v", c.action, r.Method, r.RequestURI, r.Header)
		}
	}
	if files, _ := filepath.Glob("testdata/mobile/*.json"); len(files) != len(calls) {
		t.Errorf("%d actions have %d files", len(calls), len(files))
	}
}

// TestMobileRequestParts that the files do not show: what is left out, and what is not.
func TestMobileRequestParts(t *testing.T) {
	t.Parallel()
	s := script(t, ok(`{}`))
	c, ctx := mobileClient(s.URL, switchboard.WithZone(time.FixedZone("", -3600))), t.Context()
	_, _ = c.ActivateMobileApp(ctx, switchboard.ActivateMobileAppRequest{APIRequestID: "1", MSISDN: "2", PIN: "<&>", AppID: "4"})
	_, _ = c.SetAuthSecurityParameters(ctx, switchboard.SetAuthSecurityParametersRequest{APIRequestID: "1", MSISDN: "2", PIN: "3",
		Device: switchboard.Device{Type: "IMSI", ID: "5"}, Type: "OTP", Action: "NONE", At: time.Date(2020, 1, 1, 0, 30, 0, 0, time.UTC)})
	for i, want := range []string{
		`{"action":"ACTIVATE_MOBILE_APP","payload":{"api_request_id":"1","identifier_type":"MSISDN","identifier":"2","pin":"\u003c\u0026\u003e","app_id":"4","activate_with_kyc":"NO"}}`,
		`{"action":"SET_AUTH_SECURITY_PARAMETERS","payload":{"api_request_id":"1","identifier_type":"MSISDN","identifier":"2","pin":"3","device_identifier_type":"IMSI","device_identifier":"5","auth_security_type":"OTP","auth_action":"NONE","auth_attempts":0,"date_time":"2019-12-31 23:30:00"}}`,
	} {
		if got := s.bodies()[i]; got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	}
}

func TestMobilePath(t *testing.T) {
	t.Parallel()
	for base, path := range map[string]string{"": "/mobile-banking/v1", "/": "/mobile-banking/v1", "/sacco/api": "/sacco/api", "/cbs/": "/cbs"} {
		s := script(t, ok(`{"user_status":"FOUND"}`))
		if _, err := mobileClient(s.URL+base).MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{MSISDN: sampleMSISDN}); err != nil {
			t.Fatal(err)
		}
		if got := s.requests()[0].RequestURI; got != path {
			t.Errorf("%q is called at %s, want %s", base, got, path)
		}
	}
}

// TestMobileAnswers become results, whatever they say of the member.
func TestMobileAnswers(t *testing.T) {
	t.Parallel()
	const text = "2020-12-08 09:34:33"
	until := switchboard.MobileDate{Time: time.Date(2020, 12, 8, 6, 34, 33, 0, time.UTC), Text: text}
	result := func(s switchboard.MobileStatus, description string) switchboard.MobileResult {
		return switchboard.MobileResult{Status: s, Description: description, APIRequestID: sampleID, RequestID: "r1"}
	}
	for _, c := range []struct {
		action, answer string
		want           any
	}{
		{"CHECK_USER", `{"user_status":"ACTIVE","auth_action_valid_date":""}`, switchboard.CheckUserResult{MobileResult: result("ACTIVE", "")}},
		{"CHECK_USER", `{"user_status":"SUSPENDED","auth_action_valid_date":"` + text + `"}`, switchboard.CheckUserResult{result("SUSPENDED", ""), until}},
		{"CHECK_USER", `{"user_status":"SUSPENDED","auth_action_valid_date":"soon"}`,
			switchboard.CheckUserResult{result("SUSPENDED", ""), switchboard.MobileDate{Text: "soon"}}},
		{"MO_CHECK_USER", `{"user_status":"NOT_FOUND"}`, result("NOT_FOUND", "")},
		{"LOGIN", `{"login_status":"SUCCESS","auth_action_valid_date":null,"login_attempts":0}`, switchboard.LoginResult{MobileResult: result("SUCCESS", "")}},
		{"LOGIN", `{"login_status":" SUSPENDED ","auth_action_valid_date":" ` + text + `","login_attempts":" 15 "}`,
			switchboard.LoginResult{result("SUSPENDED", ""), until, 15}},
		{"LOGIN", `{"login_status":"NEW_TO_US"}`, switchboard.LoginResult{MobileResult: result("NEW_TO_US", "")}},
		{"ACTIVATE_MOBILE_APP", `{"mobile_app_activation_status":"INCORRECT_PIN","mobile_app_activation_status_description":"Wrong."}`, result("INCORRECT_PIN", "Wrong.")},
		{"DEACTIVATE_MOBILE_APP", `{"mobile_app_activation_status":"SUCCESS ","mobile_app_activation_status_description":"Mobile App Deactivated successfully"}`,
			result("SUCCESS", "Mobile App Deactivated successfully")},
		{"SET_PIN", `{"set_pin_status":"INVALID_NEW_PIN","set_pin_status_description":"Too short."}`, result("INVALID_NEW_PIN", "Too short.")},
		{"CHANGE_PIN", `{"change_pin_status":"SUCCESS","change_pin_status_description":"Done."}`, result("SUCCESS", "Done.")},
		{"GET_AUTH_SECURITY_PARAMETERS", `{"request_status":"SUCCESS","auth_security_type":"OTP","auth_action":"SUSPEND","auth_action_valid_date":"` + text + `","auth_flag":"SECOND_SUSPENSION","auth_attempts":"15"}`,
			switchboard.GetAuthSecurityParametersResult{result("SUCCESS", ""), switchboard.AuthOTP, switchboard.AuthSuspend, until, "SECOND_SUSPENSION", 15}},
		{"GET_AUTH_SECURITY_PARAMETERS", `{"request_status":"INCORRECT_PIN"}`, switchboard.GetAuthSecurityParametersResult{MobileResult: result("INCORRECT_PIN", "")}},
		{"SET_AUTH_SECURITY_PARAMETERS", `{"set_auth_security_parameters_status":"SUCCESS","set_auth_security_parameters_status_description":"Set.","date_time":"` + text + `"}`,
			switchboard.SetAuthSecurityParametersResult{result("SUCCESS", "Set."), until}},
		{"GET_USER_DETAILS", `{"request_status":"USER_NOT_FOUND","ift_dest_accounts":[]}`, switchboard.GetUserDetailsResult{MobileResult: result("USER_NOT_FOUND", ""), Accounts: []switchboard.MobileAccount{}}},
		{"GET_USER_DETAILS", `{"request_status":"SUCCESS","member_number":"012939","full_name":"John Doe","identifier_type":"MSISDN","identifier":254712345678,"identity_type":"NATIONAL_ID","identity":"23994857","ift_dest_accounts":[{"account_name":"N","account_label":"L","account_number":"1"}]}`,
			switchboard.GetUserDetailsResult{result("SUCCESS", ""), "012939", "John Doe", sampleMSISDN,
				switchboard.Identity{Type: switchboard.IdentityNationalID, Value: "23994857"}, []switchboard.MobileAccount{{"N", "L", "1"}}}},
	} {
		s := script(t, scriptedAnswer{200, "X-Request-Id: r1", c.answer})
		got, err := sendAction(t, mobileClient(s.URL, switchboard.WithZone(nairobi(t))), c.action)
		if text, want := inUTC(got), inUTC(c.want); err != nil || text != want {
			t.Errorf("%s gives\n%s, %v, want\n%s", c.answer, text, err, want)
		}
	}
}

func nairobi(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Nairobi")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// inUTC prints a result so that the name of a zone makes no difference.
func inUTC(v any) string {
	return strings.ReplaceAll(fmt.Sprintf("%+v", v), "09:34:33 +0300 EAT", "06:34:33 +0000 UTC")
}

// sendAction makes the call of an action with the sample's id.
func sendAction(t *testing.T, c *switchboard.MobileClient, action string) (any, error) {
	t.Helper()
	for _, call := range mobileCalls(sampleID, hiddenPIN, hiddenNewPIN) {
		if call.action == action {
			return call.send(t.Context(), c)
		}
	}
	t.Fatalf("there is no action %s", action)
	return nil, nil
}

// TestMobileZone: Nairobi's without an option, without a database of zones.
func TestMobileZone(t *testing.T) {
	t.Parallel()
	s := script(t, ok(`{"user_status":"SUSPENDED","auth_action_valid_date":"2020-12-08 09:34:33"}`))
	for want, options := range map[string][]switchboard.MobileOption{
		"2020-12-08T06:34:33Z": nil, "2020-12-08T09:34:33Z": {switchboard.WithZone(time.UTC)},
	} {
		r, err := mobileClient(s.URL, options...).CheckUser(t.Context(), switchboard.CheckUserRequest{MSISDN: sampleMSISDN, Device: sampleSIM()})
		if got := r.ValidUntil.Time.UTC().Format(time.RFC3339); err != nil || got != want {
			t.Errorf("suspended until %s, %v, want %s", got, err, want)
		}
	}
}

func TestMobileOK(t *testing.T) {
	t.Parallel()
	good := map[switchboard.MobileStatus]bool{switchboard.MobileSuccess: true, switchboard.MobileActive: true, switchboard.MobileFound: true}
	for _, s := range []switchboard.MobileStatus{
		switchboard.MobileSuccess, switchboard.MobileActive, switchboard.MobileFound, switchboard.MobileNotFound, switchboard.MobileUserNotFound,
		switchboard.MobileInvalidAccount, switchboard.MobileIncorrectPIN, switchboard.MobileInvalidNewPIN, switchboard.MobileSetPIN,
		switchboard.MobileInvalidDevice, switchboard.MobileAppInactive, switchboard.MobileSuspended, switchboard.MobileLocked,
		switchboard.MobileFailed, "", "NEW_TO_US",
	} {
		if got := (switchboard.LoginResult{MobileResult: switchboard.MobileResult{Status: s}}).OK(); got != good[s] {
			t.Errorf("%q is OK: %t", s, got)
		}
	}
}

// TestMobileErrors: what has no result, with what the answer says of it.
func TestMobileErrors(t *testing.T) {
	t.Parallel()
	strange := func(status string) string { return "the server answered " + status + " without an answer of this API" }
	for name, c := range map[string]struct {
		answer scriptedAnswer
		want   switchboard.MobileError
	}{
		"the status ERROR": {ok(`{"login_status":"ERROR","login_status_description":"In use."}`),
			switchboard.MobileError{HTTPStatus: 200, Status: "ERROR", Description: "In use."}},
		"bad fields": {scriptedAnswer{400, "X-Request-Id: r1", `{"login_status":"ERROR ","login_status_description":"pin is required."}`},
			switchboard.MobileError{HTTPStatus: 400, Status: "ERROR", Description: "pin is required.", RequestID: "r1"}},
		"unknown action": {scriptedAnswer{400, "", `{"request_status":"ERROR","request_status_description":"No such action."}`},
			switchboard.MobileError{HTTPStatus: 400, Status: "ERROR", Description: "No such action."}},
		"unauthorized": {scriptedAnswer{401, "WWW-Authenticate: Basic", `{"request_status":"ERROR","request_status_description":"Who?"}`},
			switchboard.MobileError{HTTPStatus: 401, Status: "ERROR", Description: "Who?"}},
		"another status": {scriptedAnswer{403, "", `{"login_status":"LOCKED","login_status_description":"Not here."}`},
			switchboard.MobileError{HTTPStatus: 403, Status: "LOCKED", Description: "Not here."}},
		"busy": {scriptedAnswer{503, "Retry-After: 1", `{"login_status":"ERROR","login_status_description":"Busy."}`},
			switchboard.MobileError{HTTPStatus: 503, Status: "ERROR", Description: "Busy.", RetryAfter: time.Second}},
		"a gateway":            {gateway(502), switchboard.MobileError{HTTPStatus: 502, Description: strange("502 Bad Gateway")}},
		"a portal":             {ok("<html>welcome"), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"nothing":              {ok(""), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"JSON of another":      {ok(`{"result":"SUCCESS"}`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"another's success":    {ok(`{"request_status":"SUCCESS"}`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"a list":               {ok(`["SUCCESS"]`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"no status":            {ok(`{"login_status":" ","login_attempts":1}`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"malformed attempts":   {ok(`{"login_status":"SUCCESS","login_attempts":"many"}`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"too long":             {ok(`{"login_status":"SUCCESS"` + strings.Repeat(" ", 1<<20) + `}`), switchboard.MobileError{HTTPStatus: 200, Description: strange("200 OK")}},
		"success, but not 200": {scriptedAnswer{201, "", `{"login_status":"SUCCESS"}`}, switchboard.MobileError{HTTPStatus: 201, Description: strange("201 Created")}},
		"success under 500":    {scriptedAnswer{500, "", `{"login_status":"SUCCESS"}`}, switchboard.MobileError{HTTPStatus: 500, Description: strange("500 Internal Server Error")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.want.Action, c.want.APIRequestID = "LOGIN", sampleID
			s := script(t, c.answer)
			got, err := sendAction(t, mobileClient(s.URL), "LOGIN")
			var e *switchboard.MobileError
			if !errors.As(err, &e) || got.(switchboard.LoginResult).MobileResult != (switchboard.MobileResult{}) {
				t.Fatalf("gives %+v, %v", got, err)
			}
			fields := switchboard.MobileError{HTTPStatus: e.HTTPStatus, Action: e.Action, Status: e.Status, Description: e.Description,
				APIRequestID: e.APIRequestID, RequestID: e.RequestID, RetryAfter: e.RetryAfter, Err: e.Err}
			if fields != c.want {
				t.Errorf("the error is\n%#v, want\n%#v", fields, c.want)
			}
			for _, part := range []string{"LOGIN: ", e.Description, fmt.Sprint("HTTP ", e.HTTPStatus), sampleID, "request " + e.RequestID} {
				if !strings.Contains(e.Error(), part) {
					t.Errorf("%q does not say %q", e, part)
				}
			}
		})
	}
}

// TestMobileNetworkErrors say which call it was, so that it can be made again.
func TestMobileNetworkErrors(t *testing.T) {
	t.Parallel()
	s := script(t, cut())
	for base, sent := range map[string]int{s.URL: 3, "http://127.0.0.1:port": 0} {
		r, err := mobileClient(base).MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{MSISDN: sampleMSISDN})
		var e *switchboard.MobileError
		if !errors.As(err, &e) || e.Err == nil || e.HTTPStatus != 0 || e.APIRequestID == "" || !strings.Contains(e.Error(), e.APIRequestID) || r.OK() {
			t.Errorf("%s gives %+v, %v", base, r, err)
		}
		if sent != 0 && s.count() != sent {
			t.Errorf("sent %d times", s.count())
		}
	}
}

// TestMobileCallsAreRepeated with the same bytes, and so under the same id, where that may help.
func TestMobileCallsAreRepeated(t *testing.T) {
	t.Parallel()
	const done, no = `{"mobile_app_activation_status":"SUCCESS"}`, `{"mobile_app_activation_status":"ERROR"}`
	failing := func(status int) scriptedAnswer { return scriptedAnswer{status: status, body: no} }
	short := scriptedAnswer{200, "Content-Length: 100", done} // ends before its end
	for name, c := range map[string]struct {
		answers []scriptedAnswer
		sent    int
		status  int // of the error; 0 for none, -1 for one without an answer
	}{
		"at once":               {[]scriptedAnswer{ok(done)}, 1, 0},
		"503, then good":        {[]scriptedAnswer{failing(503), ok(done)}, 2, 0},
		"502 of a gateway":      {[]scriptedAnswer{gateway(502), gateway(504), ok(done)}, 3, 0},
		"429, then good":        {[]scriptedAnswer{failing(429), ok(done)}, 2, 0},
		"cut off, then good":    {[]scriptedAnswer{cut(), short, ok(done)}, 3, 0},
		"500 for ever":          {[]scriptedAnswer{failing(500)}, 3, 500},
		"cut off for ever":      {[]scriptedAnswer{cut()}, 3, -1},
		"broken off for ever":   {[]scriptedAnswer{short}, 3, 200},
		"unauthorized":          {[]scriptedAnswer{failing(401), ok(done)}, 1, 401},
		"malformed":             {[]scriptedAnswer{failing(400), ok(done)}, 1, 400},
		"ERROR under 200":       {[]scriptedAnswer{failing(200), ok(done)}, 1, 200},
		"a wrong PIN":           {[]scriptedAnswer{ok(`{"mobile_app_activation_status":"INCORRECT_PIN"}`), ok(done)}, 1, 0},
		"nothing of this API's": {[]scriptedAnswer{gateway(200), ok(done)}, 1, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, c.answers...)
			r, err := mobileClient(s.URL).DeactivateMobileApp(t.Context(),
				switchboard.DeactivateMobileAppRequest{MSISDN: sampleMSISDN, PIN: hiddenPIN, Device: sampleApp()})
			var e *switchboard.MobileError
			switch {
			case c.status == 0 && (err != nil || r.OK() != (name != "a wrong PIN")):
				t.Errorf("gives %+v, %v", r, err)
			case c.status != 0 && (!errors.As(err, &e) || e.HTTPStatus != max(c.status, 0)):
				t.Errorf("the error is %v, want HTTP %d", err, c.status)
			}
			bodies := s.bodies()
			if len(bodies) != c.sent {
				t.Errorf("sent %d times, want %d", len(bodies), c.sent)
			}
			for _, b := range bodies {
				if b != bodies[0] {
					t.Errorf("sent %s after %s", b, bodies[0])
				}
			}
			if e != nil {
				r.APIRequestID = e.APIRequestID
			}
			if len(r.APIRequestID) < 20 || !strings.Contains(bodies[0], `"api_request_id":"`+r.APIRequestID+`"`) {
				t.Errorf("%s went as %s", r.APIRequestID, bodies[0])
			}
		})
	}
}

// TestMobileCallsHaveNewIDs, unless they are given one.
func TestMobileCallsHaveNewIDs(t *testing.T) {
	t.Parallel()
	s := script(t, ok(`{"user_status":"FOUND"}`))
	c, seen := mobileClient(s.URL), map[string]bool{}
	for range 10 {
		r, err := c.MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{MSISDN: sampleMSISDN})
		if err != nil || seen[r.APIRequestID] {
			t.Fatalf("gives %+v, %v after %v", r, err, seen)
		}
		seen[r.APIRequestID] = true
	}
	r, err := c.MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{APIRequestID: sampleID, MSISDN: sampleMSISDN})
	if err != nil || r.APIRequestID != sampleID {
		t.Errorf("gives %+v, %v", r, err)
	}
}

// TestMobileRetryAfter is waited for, or the call fails when it is too long; the clock is the bubble's.
func TestMobileRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		asked       int
		least, most time.Duration
	}{
		"":                      {2, 50 * time.Millisecond, 150 * time.Millisecond},
		"Retry-After: 3":        {2, 3 * time.Second, 3 * time.Second},
		"Retry-After: 10":       {2, 10 * time.Second, 10 * time.Second},
		"Retry-After: 11":       {1, 0, 0},
		"Retry-After: 86400":    {1, 0, 0},
		"Retry-After: -5":       {2, 50 * time.Millisecond, 150 * time.Millisecond},
		"Retry-After: nonsense": {2, 50 * time.Millisecond, 150 * time.Millisecond},
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked, start := 0, time.Now()
				c := mobileClient("http://switchboard.example", switchboard.WithHTTPClient(&http.Client{
					Transport: transport(func(*http.Request) *http.Response {
						if asked++; asked == 1 {
							return response(scriptedAnswer{503, header, `{"login_status":"ERROR"}`})
						}
						return response(ok(`{"login_status":"SUCCESS"}`))
					})}))
				_, err := sendAction(t, c, "LOGIN")
				if wait := time.Since(start); asked != want.asked || (err == nil) != (asked == 2) || wait < want.least || wait > want.most {
					t.Errorf("asked %d times in %s: %v, want %d times in %s to %s", asked, wait, err, want.asked, want.least, want.most)
				}
			})
		})
	}
}

// TestMobileContext ends the wait before the next try, and the error says both; when it has ended,
// nothing is sent.
func TestMobileContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		asked := 0
		c := mobileClient("http://switchboard.example", switchboard.WithHTTPClient(&http.Client{
			Transport: transport(func(*http.Request) *http.Response {
				asked++
				return response(scriptedAnswer{429, "Retry-After: 5", `{"user_status":"ERROR","user_status_description":"Slowly."}`})
			})}))
		_, err := c.MOCheckUser(ctx, switchboard.MOCheckUserRequest{MSISDN: sampleMSISDN})
		var e *switchboard.MobileError
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.HTTPStatus != 429 || e.RetryAfter != 5*time.Second || e.Description != "Slowly." || asked != 1 {
			t.Errorf("asked %d times: %v", asked, err)
		}
	})
	s := script(t, ok(`{"user_status":"FOUND"}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := mobileClient(s.URL).MOCheckUser(ctx, switchboard.MOCheckUserRequest{MSISDN: sampleMSISDN})
	var e *switchboard.MobileError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &e) || s.count() != 0 || strings.Contains(err.Error(), "\n") {
		t.Errorf("asked %d times: %v", s.count(), err)
	}
}

// TestMobileRedirects are not followed, by no http.Client: they would take the PIN along.
func TestMobileRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := script(t, ok(`{"login_status":"SUCCESS"}`))
	mine := &http.Client{Timeout: time.Minute}
	for name, options := range map[string][]switchboard.MobileOption{"its own": nil, "mine": {switchboard.WithHTTPClient(mine), switchboard.WithClock(time.Now)}} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := script(t, scriptedAnswer{status, "Location: " + elsewhere.URL, ""})
			_, err := sendAction(t, mobileClient(s.URL, options...), "LOGIN")
			var e *switchboard.MobileError
			if !errors.As(err, &e) || e.HTTPStatus != status || s.count() != 1 || elsewhere.count() != 0 {
				t.Errorf("%s, %d: sent %d and %d times: %v", name, status, s.count(), elsewhere.count(), err)
			}
		}
	}
	if mine.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

// TestMobileTellsNoSecret: neither requests nor results, errors or the client print a PIN or the
// channel's secret, however they are printed.
func TestMobileTellsNoSecret(t *testing.T) {
	t.Parallel()
	broken := script(t, cut())
	refusing := script(t, scriptedAnswer{status: 400, body: `{}`})
	answering := script(t, ok(`{"user_status":"FOUND","login_status":"SUCCESS","request_status":"SUCCESS"}`))
	var values []any
	for _, call := range mobileCalls(sampleID, hiddenPIN, hiddenNewPIN) {
		values = append(values, call.request)
		for _, s := range []*scripted{refusing, answering} {
			result, err := call.send(t.Context(), mobileClient(s.URL))
			values = append(values, result, err)
		}
	}
	_, err := sendAction(t, mobileClient(broken.URL), "LOGIN")
	values = append(values, err, mobileClient(broken.URL), *mobileClient(broken.URL))
	if !strings.Contains(broken.bodies()[0], string(hiddenPIN)) {
		t.Fatal("no PIN was sent")
	}
	var texts []string
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			texts = append(texts, fmt.Sprintf(verb, v), fmt.Sprintf(verb, []any{v}))
		}
		b, _ := json.Marshal(v)
		var log bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(h).Info("x", "value", v)
		}
		texts = append(texts, string(b), log.String())
	}
	for _, text := range texts {
		for _, secret := range []string{string(hiddenPIN), string(hiddenNewPIN), hiddenSecret} {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s is told: %s", secret, text)
			}
		}
	}
}
