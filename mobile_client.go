package switchboard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MobileClient speaks the mobile banking API for a channel: a USSD gateway, or the back end of a
// mobile app. It is safe for use by many goroutines.
//
// Each request has an APIRequestID that names the call. The server does a call once however often it
// is sent, so the client sends it again when the network fails or the server answers 429 or 5xx, up to
// three times in all, with the same id. It waits in between, for as long as Retry-After asks and no
// longer than the context lasts. Where Retry-After asks for more than ten seconds the call fails at once.
//
// A call that failed after all may still have been done. To find out, make it again with its id and
// otherwise the same request; without an id of your own, the result or the MobileError tells the one
// that was sent. A call with a new id is a new call, and its wrong PIN counts anew.
//
// A business outcome, a wrong PIN for instance, is a result; see MobileResult. Every error of the
// methods is a *MobileError.
type MobileClient struct {
	url  string
	http *http.Client
	zone *time.Location
	// authorize holds the channel's secret: whoever prints the client does not see into a function.
	authorize func(*http.Request)
}

// MobileOption changes a MobileClient. An Option is one too: WithHTTPClient works for both clients,
// but redirects are never followed, since they would take a PIN along; WithClock changes nothing here.
type MobileOption interface{ changeMobile(*MobileClient) }

// changeMobile makes an Option a MobileOption.
func (o Option) changeMobile(c *MobileClient) {
	k := Client{http: c.http}
	o(&k)
	c.http = k.http
}

type mobileOption func(*MobileClient)

func (o mobileOption) changeMobile(c *MobileClient) { o(c) }

// WithZone says in which time zone the server's operator is; Africa/Nairobi by default.
func WithZone(zone *time.Location) MobileOption {
	return mobileOption(func(c *MobileClient) { c.zone = zone })
}

// nairobi is Africa/Nairobi without a time zone database: it has been three hours ahead since 1960.
func nairobi() *time.Location { return time.FixedZone("EAT", 3*60*60) }

// DefaultMobilePath is the path that a client calls, unless its base URL has a path of its own.
const DefaultMobilePath = "/mobile-banking/v1"

// NewMobileClient makes a client for a server like "https://switchboard.example", with the id and the
// secret that its operator issued to the channel. A path in the base URL replaces DefaultMobilePath.
func NewMobileClient(base, channelID string, channelSecret Secret, options ...MobileOption) *MobileClient {
	base = strings.TrimRight(base, "/")
	if u, err := url.Parse(base); err == nil && u.Path == "" {
		base += DefaultMobilePath
	}
	c := &MobileClient{url: base, http: &http.Client{Timeout: 30 * time.Second}, zone: nairobi(),
		authorize: func(r *http.Request) { r.SetBasicAuth(channelID, string(channelSecret)) }}
	for _, o := range options {
		o.changeMobile(c)
	}
	own := *c.http
	own.CheckRedirect = noRedirect
	c.http = &own
	return c
}

// CheckUser says whether a member could log in from a device, without a PIN: MobileActive,
// MobileSuspended, MobileLocked, MobileInvalidDevice or MobileNotFound.
func (c *MobileClient) CheckUser(ctx context.Context, r CheckUserRequest) (CheckUserResult, error) {
	var d struct {
		ValidUntil mobileText `json:"auth_action_valid_date"`
	}
	res, err := c.call(ctx, "CHECK_USER", "user_status", mobilePayload{
		APIRequestID: r.APIRequestID, Identifier: r.MSISDN, DeviceType: r.Device.Type, Device: r.Device.ID,
	}, &d)
	return CheckUserResult{res, c.date(d.ValidUntil)}, err
}

// MOCheckUser says whether a phone number is a member's: MobileFound or MobileNotFound.
func (c *MobileClient) MOCheckUser(ctx context.Context, r MOCheckUserRequest) (MobileResult, error) {
	return c.call(ctx, "MO_CHECK_USER", "user_status", mobilePayload{APIRequestID: r.APIRequestID, Identifier: r.MSISDN}, nil)
}

// Login says whether a PIN is right: MobileSuccess, MobileIncorrectPIN (of a phone number that is
// nobody's too), MobileInvalidDevice, MobileAppInactive, MobileSetPIN, MobileSuspended or MobileLocked.
func (c *MobileClient) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	var d struct {
		ValidUntil mobileText `json:"auth_action_valid_date"`
		Attempts   mobileInt  `json:"login_attempts"`
	}
	res, err := c.call(ctx, "LOGIN", "login_status", withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device), &d)
	return LoginResult{res, c.date(d.ValidUntil), int(d.Attempts)}, err
}

// ActivateMobileApp binds an app to a member and unbinds the former one: MobileSuccess,
// MobileIncorrectPIN or MobileInvalidAccount.
func (c *MobileClient) ActivateMobileApp(ctx context.Context, r ActivateMobileAppRequest) (MobileResult, error) {
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, Device{})
	p.AppID, p.WithKYC = r.AppID, "NO"
	if r.Identity != (Identity{}) {
		p.WithKYC, p.IdentityType, p.Identity = "YES", r.Identity.Type, r.Identity.Value
	}
	return c.call(ctx, "ACTIVATE_MOBILE_APP", "mobile_app_activation_status", p, nil)
}

// DeactivateMobileApp unbinds the member's app, so that it can no longer log in: MobileSuccess,
// MobileIncorrectPIN or MobileInvalidAccount.
func (c *MobileClient) DeactivateMobileApp(ctx context.Context, r DeactivateMobileAppRequest) (MobileResult, error) {
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	return c.call(ctx, "DEACTIVATE_MOBILE_APP", "mobile_app_activation_status", p, nil)
}

// SetPIN lets a member choose the PIN that replaces an issued one: MobileSuccess,
// MobileIncorrectPIN, MobileInvalidAccount or MobileInvalidNewPIN.
func (c *MobileClient) SetPIN(ctx context.Context, r SetPINRequest) (MobileResult, error) {
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	p.NewPIN, p.IdentityType, p.Identity = string(r.NewPIN), r.Identity.Type, r.Identity.Value
	return c.call(ctx, "SET_PIN", "set_pin_status", p, nil)
}

// ChangePIN replaces a PIN that the member had chosen, with the statuses of SetPIN.
func (c *MobileClient) ChangePIN(ctx context.Context, r ChangePINRequest) (MobileResult, error) {
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	p.NewPIN = string(r.NewPIN)
	return c.call(ctx, "CHANGE_PIN", "change_pin_status", p, nil)
}

// GetAuthSecurityParameters says where a member stands with wrong attempts: MobileSuccess,
// MobileIncorrectPIN or MobileInvalidAccount.
func (c *MobileClient) GetAuthSecurityParameters(ctx context.Context, r GetAuthSecurityParametersRequest) (GetAuthSecurityParametersResult, error) {
	var d struct {
		Type       mobileText `json:"auth_security_type"`
		Action     mobileText `json:"auth_action"`
		ValidUntil mobileText `json:"auth_action_valid_date"`
		Flag       mobileText `json:"auth_flag"`
		Attempts   mobileInt  `json:"auth_attempts"`
	}
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	p.SecurityType = r.Type
	res, err := c.call(ctx, "GET_AUTH_SECURITY_PARAMETERS", "request_status", p, &d)
	return GetAuthSecurityParametersResult{res, AuthSecurityType(d.Type), AuthAction(d.Action), c.date(d.ValidUntil), string(d.Flag), int(d.Attempts)}, err
}

// SetAuthSecurityParameters tells the server where a member stands with wrong attempts: MobileSuccess,
// MobileIncorrectPIN or MobileInvalidAccount.
func (c *MobileClient) SetAuthSecurityParameters(ctx context.Context, r SetAuthSecurityParametersRequest) (SetAuthSecurityParametersResult, error) {
	var d struct {
		At mobileText `json:"date_time"`
	}
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	p.SecurityType, p.AuthAction, p.ValidUntil, p.AuthFlag = r.Type, r.Action, c.text(r.ValidUntil), r.Flag
	p.AuthAttempts, p.DateTime = new(r.Attempts), c.text(r.At)
	res, err := c.call(ctx, "SET_AUTH_SECURITY_PARAMETERS", "set_auth_security_parameters_status", p, &d)
	return SetAuthSecurityParametersResult{res, c.date(d.At)}, err
}

// GetUserDetails says who a member is: MobileSuccess, MobileIncorrectPIN, MobileInvalidAccount or
// MobileUserNotFound.
func (c *MobileClient) GetUserDetails(ctx context.Context, r GetUserDetailsRequest) (GetUserDetailsResult, error) {
	var d struct {
		Number       mobileText      `json:"member_number"`
		Name         mobileText      `json:"full_name"`
		MSISDN       mobileText      `json:"identifier"`
		IdentityType mobileText      `json:"identity_type"`
		Identity     mobileText      `json:"identity"`
		Accounts     []MobileAccount `json:"ift_dest_accounts"`
	}
	p := withPIN(r.APIRequestID, r.MSISDN, r.PIN, r.Device)
	p.UserType, p.User = r.User.Type, r.User.Value
	res, err := c.call(ctx, "GET_USER_DETAILS", "request_status", p, &d)
	return GetUserDetailsResult{MobileResult: res, MemberNumber: string(d.Number), FullName: string(d.Name), MSISDN: string(d.MSISDN),
		Identity: Identity{IdentityType(d.IdentityType), string(d.Identity)}, Accounts: d.Accounts}, err
}

// withPIN begins the payload of an action that shows a PIN.
func withPIN(id, msisdn string, pin Secret, d Device) mobilePayload {
	return mobilePayload{APIRequestID: id, Identifier: msisdn, PIN: string(pin), DeviceType: d.Type, Device: d.ID}
}

// text writes a date as the wire has it; "" for none.
func (c *MobileClient) text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.zone).Format(time.DateTime)
}

func (c *MobileClient) date(text mobileText) MobileDate {
	t, err := time.ParseInLocation(time.DateTime, string(text), c.zone)
	if err != nil {
		t = time.Time{}
	}
	return MobileDate{t, string(text)}
}

// mobileTries is how often a call is sent before its failure counts.
const mobileTries = 3

// call makes a call under one id, sends it again where that may help, and decodes its answer: the
// status from the field of that name, the rest into data, nil for nothing.
func (c *MobileClient) call(ctx context.Context, action, field string, p mobilePayload, data any) (MobileResult, error) {
	p.IdentifierType, p.APIRequestID = "MSISDN", cmp.Or(p.APIRequestID, rand.Text())
	body, _ := json.Marshal(mobileRequest{action, p}) // text and numbers: it cannot fail
	for try := 1; ; try++ {
		r, failed := c.once(ctx, body, field, data)
		if failed == nil {
			r.APIRequestID = p.APIRequestID
			return r, nil
		}
		failed.Action, failed.APIRequestID = action, p.APIRequestID
		if !failed.again || try == mobileTries || ctx.Err() != nil || failed.RetryAfter > maxPause {
			return MobileResult{}, failed
		}
		if err := pause(ctx, try, &Error{RetryAfter: failed.RetryAfter}); err != nil {
			failed.Err = errors.Join(failed.Err, err)
			return MobileResult{}, failed
		}
	}
}

// once sends a call once.
func (c *MobileClient) once(ctx context.Context, body []byte, field string, data any) (MobileResult, *MobileError) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return MobileResult{}, &MobileError{Description: "the call cannot be made; look at the base URL", Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	c.authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return MobileResult{}, &MobileError{Description: "no answer came; it can be asked for again with the same api_request_id", Err: err, again: true}
	}
	defer resp.Body.Close()
	return readMobile(resp, field, data)
}

// maxMobileAnswer is the longest answer that is read, in bytes.
const maxMobileAnswer = 1 << 20

func readMobile(resp *http.Response, field string, data any) (MobileResult, *MobileError) {
	r := MobileResult{RequestID: resp.Header.Get("X-Request-Id")}
	failed := &MobileError{HTTPStatus: resp.StatusCode, RequestID: r.RequestID,
		again: resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		failed.RetryAfter = time.Duration(s) * time.Second
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxMobileAnswer))
	if err != nil {
		failed.Description, failed.Err, failed.again = "the answer broke off; it can be asked for again with the same api_request_id", err, true
		return r, failed
	}
	r.Status, r.Description = mobileStatus(b, field)
	good := resp.StatusCode == http.StatusOK
	if good && r.Status != "" && r.Status != MobileFailed && (data == nil || json.Unmarshal(b, data) == nil) {
		return r, nil
	}
	if r.Status == MobileFailed || !good && r.Status != "" && !r.Status.OK() {
		failed.Status, failed.Description = r.Status, r.Description
	} else { // that something answered 200, or another's 502 came, says nothing of the call
		failed.Description = "the server answered " + resp.Status + " without an answer of this API"
	}
	return r, failed
}

// mobileStatus finds the status of an answer in the action's own field. Where the server did not come
// to know the action, an ERROR stands in request_status.
func mobileStatus(body []byte, field string) (MobileStatus, string) {
	var all map[string]json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return "", ""
	}
	text := func(name string) (t mobileText) { _ = json.Unmarshal(all[name], &t); return t }
	if s := text(field); s != "" {
		return MobileStatus(s), string(text(field + "_description"))
	}
	if s := text("request_status"); MobileStatus(s) == MobileFailed {
		return MobileFailed, string(text("request_status_description"))
	}
	return "", ""
}
