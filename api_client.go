package switchboard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// APIError is an error of the JSON API for partners and switches. It is rebuilt from the body, whatever
// the HTTP status.
type APIError struct {
	HTTPStatus int           `json:"-"`
	RetryAfter time.Duration `json:"-"` // how long to wait before the next try, if the server said
	Code       string        `json:"code"`
	Message    string        `json:"message"`
	Fields     []FieldFault  `json:"fields,omitempty"`
	RequestID  string        `json:"request_id,omitempty"`
}

// Error is the message, and what to tell the operator it was about.
func (e *APIError) Error() string {
	if e.RequestID == "" {
		return e.Message
	}
	return e.Message + " (request " + e.RequestID + ")"
}

// WithToken makes a partner's client show a bearer token in the JSON API instead of signing. The agent
// service API takes signatures alone.
func WithToken(token Secret) Option { return func(k *Client) { k.token = token } }

// Switch is the client of a transaction switch, which may ask about every agent. It is safe for use by many
// goroutines.
type Switch struct{ c *Client }

// NewSwitch makes a switch's client for a server like "https://switchboard.example", with its bearer token.
func NewSwitch(base string, token Secret, options ...Option) *Switch {
	return &Switch{NewClient(base, Credentials{}, append(options, WithToken(token))...)}
}

// Format shows where the client calls, and nothing of its token, for every verb.
func (s Switch) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "switch's client of "+s.c.root)
}

// beside gives where the JSON API lies, which is beside the agent service API.
func beside(base string) string {
	for _, family := range []string{"/ekoapi/v", "/ekoicici/v"} {
		if i := strings.LastIndex(base, family); i >= 0 && i+len(family)+1 == len(base) {
			return base[:i]
		}
	}
	return base
}

// callAPI sends a request to the JSON API and decodes the answer. One that only asks is sent again where
// that may help.
func (c *Client) callAPI(ctx context.Context, method, path string, asks bool, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		answer, err := c.onceAPI(ctx, method, path, body)
		if err == nil {
			return readAnswerAPI(answer, out)
		}
		if !asks || try == readTries || !worthTrying(err) {
			return err
		}
		if werr := pause(ctx, try, err); werr != nil {
			return errors.Join(err, werr)
		}
	}
}

// readAnswerAPI decodes an answer into out, where one is wanted.
func readAnswerAPI(answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	return nil
}

func (c *Client) onceAPI(ctx context.Context, method, path string, body []byte) (answer []byte, err error) {
	resp, err := c.sendAPI(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
}

// sendAPI sends a request to the JSON API and gives the answer, whose body the caller closes, or the error
// that it carries.
func (c *Client) sendAPI(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := c.requestAPI(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	return doAPI(c.http, req)
}

// streamAPI opens a stream of the JSON API, which lasts for as long as ctx does.
func (c *Client) streamAPI(ctx context.Context, path string) (*http.Response, error) {
	req, err := c.requestAPI(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	patient := *c.http
	patient.Timeout = 0 // it would end the stream, too
	return doAPI(&patient, req)
}

// requestAPI makes a request with the caller's credentials.
func (c *Client) requestAPI(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.root+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.token))
	} else {
		c.sign(req)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// doAPI sends a request and gives the answer, or the error that it carries.
func doAPI(client *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusOK && resp.StatusCode < http.StatusMultipleChoices {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, readAPIError(resp)
}

func readAPIError(resp *http.Response) error {
	var failed struct {
		Error *APIError `json:"error"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if json.Unmarshal(b, &failed) != nil || failed.Error == nil {
		failed.Error = &APIError{Message: "the server answered " + resp.Status + " without the shape of this API"}
	}
	e := failed.Error
	e.HTTPStatus = resp.StatusCode
	if s, err := strconv.Atoi(strings.TrimSpace(resp.Header.Get("Retry-After"))); err == nil {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}
