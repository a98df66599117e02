package switchboard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard/internal/sign"
)

// Secret is text that prints redacted, whatever prints it.
type Secret string

// Format prints the redacted form for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// MarshalText gives the redacted form.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// LogValue gives the redacted form.
func (Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Credentials are what a partner was issued.
type Credentials struct {
	DeveloperKey string
	AccessKey    Secret
	InitiatorID  string // the partner's registered mobile number
}

// Client speaks the agent service API. It is safe for use by many goroutines.
type Client struct {
	base  string // of the agent service API
	root  string // of the JSON API
	cred  Credentials
	token Secret // shown in the JSON API; "" to sign there too
	http  *http.Client
	now   func() time.Time
	last  atomic.Int64 // the last timestamp signed
}

// Option changes a Client.
type Option func(*Client)

// WithHTTPClient makes the client use another http.Client than one with a time-out of 30 s. It follows no
// redirect with that either.
func WithHTTPClient(c *http.Client) Option { return func(k *Client) { k.http = c } }

// WithClock makes the client sign with another clock than time.Now.
func WithClock(now func() time.Time) Option { return func(k *Client) { k.now = now } }

// DefaultPrefix is the path under which a client calls, unless its base URL has a path of its own.
const DefaultPrefix = "/ekoapi/v3"

// NewClient makes a client for a server like "https://switchboard.example". A path in the base URL
// replaces DefaultPrefix.
func NewClient(base string, cred Credentials, options ...Option) *Client {
	base = strings.TrimRight(base, "/")
	if u, err := url.Parse(base); err == nil && u.Path == "" {
		base += DefaultPrefix
	}
	c := &Client{base: base, cred: cred, http: &http.Client{Timeout: 30 * time.Second}, now: time.Now}
	for _, o := range options {
		o(c)
	}
	c.root = beside(c.base)
	own := *c.http
	own.CheckRedirect = noRedirect
	c.http = &own
	return c
}

// Format shows where the client calls, and nothing of its credentials, for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "client of "+c.base) }

// noRedirect keeps a signature from following a redirect to another host. The API never redirects.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ActivateOptions go with an activation.
type ActivateOptions struct {
	Reference string // client_ref_id: names the call, so that it can be sent again; optional
	LatLong   string // where the agent stands, "28.6139,77.2090"; optional
}

// changeBody is the body of a change by path.
type changeBody struct {
	InitiatorID string `json:"initiator_id"`
	Reference   string `json:"client_ref_id,omitempty"`
	LatLong     string `json:"latlong,omitempty"`
}

// ActivateService activates a service for an agent. It succeeds too when it was active already.
func (c *Client) ActivateService(ctx context.Context, userCode, serviceCode string, opt ActivateOptions) (Result, error) {
	return c.change(ctx, servicePath(userCode, serviceCode)+"activate", changeBody{c.cred.InitiatorID, opt.Reference, opt.LatLong})
}

// DeactivateService deactivates a service of an agent. Once it has returned, the agent may not
// run the service. reference is a client_ref_id, or "".
func (c *Client) DeactivateService(ctx context.Context, userCode, serviceCode, reference string) (Result, error) {
	return c.change(ctx, servicePath(userCode, serviceCode)+"deactivate", changeBody{InitiatorID: c.cred.InitiatorID, Reference: reference})
}

func servicePath(userCode, serviceCode string) string {
	return "/admin/network/agent/" + url.PathEscape(userCode) + "/service/" + url.PathEscape(serviceCode) + "/"
}

// ActivateUserService activates a service by the older call, which names everything in its body.
// For BBPS (53) latLong is required, and an active service is an error with StatusExists.
func (c *Client) ActivateUserService(ctx context.Context, userCode, serviceCode string, opt ActivateOptions) (Result, error) {
	return c.change(ctx, "/user/service/activate", struct {
		changeBody
		UserCode    string `json:"user_code"`
		ServiceCode string `json:"service_code"`
	}{changeBody{c.cred.InitiatorID, opt.Reference, opt.LatLong}, userCode, serviceCode})
}

// ActivateBBPS activates bill payments for an agent who stands at latLong.
func (c *Client) ActivateBBPS(ctx context.Context, userCode, latLong, reference string) (Result, error) {
	return c.change(ctx, "/user/service/activate", struct {
		changeBody
		UserCode    string `json:"user_code"`
		ServiceCode int    `json:"service_code"`
	}{changeBody{c.cred.InitiatorID, reference, latLong}, userCode, 53})
}

func (c *Client) change(ctx context.Context, path string, body any) (Result, error) {
	var d resultData
	e, id, err := c.do(ctx, http.MethodPut, path, body, &d)
	if err != nil {
		return Result{}, err
	}
	return Result{Message: e.Message, ResponseStatusID: e.ResponseStatusID, ResponseTypeID: e.ResponseTypeID, RequestID: id,
		ServiceCode: string(d.ServiceCode), ServiceStatus: string(d.ServiceStatus), ServiceStatusDesc: d.ServiceStatusDesc}, nil
}

// OnboardAgent makes an agent. An agent with the same mobile number is an Error with StatusExists
// and that agent's UserCode.
func (c *Client) OnboardAgent(ctx context.Context, p Profile, reference string) (o Onboarded, err error) {
	_, _, err = c.do(ctx, http.MethodPost, "/user/network/eps-agent", struct {
		InitiatorID string `json:"initiator_id"`
		Reference   string `json:"client_ref_id,omitempty"`
		Profile
	}{c.cred.InitiatorID, reference, p}, &o)
	return o, err
}

// Services lists an agent's services.
func (c *Client) Services(ctx context.Context, userCode string) (s AgentServices, err error) {
	_, _, err = c.do(ctx, http.MethodGet, "/user/account/services?"+c.query("user_code", userCode), nil, &s)
	return s, err
}

// EnquireServices lists an agent's services by the older call.
func (c *Client) EnquireServices(ctx context.Context, userCode string) (s AgentServices, err error) {
	_, _, err = c.do(ctx, http.MethodGet, "/user/services/user_code:"+url.PathEscape(userCode)+"?"+c.query(), nil, &s)
	return s, err
}

// Catalogue lists the services that can be activated.
func (c *Client) Catalogue(ctx context.Context) ([]CatalogueEntry, error) {
	var d struct {
		List []CatalogueEntry `json:"service_list"`
	}
	_, _, err := c.do(ctx, http.MethodGet, "/tools/catalog/service-codes?"+c.query(), nil, &d)
	return d.List, err
}

func (c *Client) query(more ...string) string {
	v := url.Values{"initiator_id": {c.cred.InitiatorID}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v.Encode()
}

// readTries is how often a read is sent before its failure counts. A change is sent once: only its
// caller knows whether it may be sent again.
const readTries = 3

// do sends a request, reads again where that may help, and decodes the data of the answer.
func (c *Client) do(ctx context.Context, method, path string, in, data any) (e envelope, requestID string, err error) {
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return e, "", err
		}
	}
	for try := 1; ; try++ {
		e, requestID, err = c.once(ctx, method, path, body)
		if err == nil || method != http.MethodGet || try == readTries || !worthTrying(err) {
			break
		}
		if werr := pause(ctx, try, err); werr != nil {
			return e, requestID, errors.Join(err, werr)
		}
	}
	if err == nil && len(e.Data) > 0 {
		if err = json.Unmarshal(e.Data, data); err != nil {
			err = fmt.Errorf("the answer's data cannot be read: %w", err)
		}
	}
	return e, requestID, err
}

// worthTrying says whether another try may end differently: the network, a limit, their fault.
func worthTrying(err error) bool {
	status, _, answered := toldBy(err)
	if !answered {
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	return status == http.StatusTooManyRequests || status >= 500
}

// toldBy gives what an answer that says no tells of trying again; answered is false for any other error.
func toldBy(err error) (status int, retryAfter time.Duration, answered bool) {
	var e *Error
	var a *APIError
	switch {
	case errors.As(err, &e):
		return e.HTTPStatus, e.RetryAfter, true
	case errors.As(err, &a):
		return a.HTTPStatus, a.RetryAfter, true
	}
	return 0, 0, false
}

// maxPause bounds how long a client waits before it reads again, whatever the server asks.
const maxPause = 10 * time.Second

func pause(ctx context.Context, try int, err error) error {
	wait := time.Duration(try*try) * (50*time.Millisecond + rand.N(100*time.Millisecond))
	if _, asked, _ := toldBy(err); asked > wait {
		wait = min(asked, maxPause)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// once signs and sends one request.
func (c *Client) once(ctx context.Context, method, path string, body []byte) (e envelope, requestID string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return e, "", err
	}
	c.sign(req)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return e, "", err
	}
	defer resp.Body.Close()
	return readAnswer(resp)
}

// sign puts the credentials into the headers of a request.
func (c *Client) sign(req *http.Request) {
	timestamp := strconv.FormatInt(c.timestamp(), 10)
	req.Header["developer_key"] = []string{c.cred.DeveloperKey} // as EPS spells it, not canonicalized
	req.Header["secret-key"] = []string{sign.EPS(string(c.cred.AccessKey), timestamp)}
	req.Header["secret-key-timestamp"] = []string{timestamp}
}

// timestamp gives the time in milliseconds, a new one for every request: two requests that share a
// timestamp share a signature, which a server set to strict refuses.
func (c *Client) timestamp() int64 {
	for {
		last, now := c.last.Load(), c.now().UnixMilli()
		if next := max(now, last+1); c.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 16 << 20

// noStatus stands where an answer says none: that something answered 200 is no success yet.
const noStatus = -1 << 31

func readAnswer(resp *http.Response) (e envelope, requestID string, err error) {
	requestID = resp.Header.Get("X-Request-Id")
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return e, requestID, err
	}
	e.Status = noStatus
	if err := json.Unmarshal(b, &e); err != nil || e.Status == noStatus || resp.StatusCode != http.StatusOK && e.Status == 0 {
		e.Status, e.ResponseStatusID, e.Message = 1, StatusFailed, "the server answered "+resp.Status+" without the envelope of this API"
	}
	if e.Status == 0 {
		return e, requestID, nil
	}
	failed := &Error{HTTPStatus: resp.StatusCode, Status: e.Status, ResponseStatusID: e.ResponseStatusID,
		ResponseTypeID: e.ResponseTypeID, Message: e.Message, RequestID: requestID}
	var d struct {
		Errors   []FieldFault `json:"errors"`
		UserCode string       `json:"user_code"`
	}
	if json.Unmarshal(e.Data, &d) == nil {
		failed.Fields, failed.UserCode = d.Errors, d.UserCode
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		failed.RetryAfter = time.Duration(s) * time.Second
	}
	return e, requestID, failed
}
