package courier

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

// The bounds of an answer, in bytes: what is kept of its header and its body, how much of the body is read
// so that the connection can be used again, and how long its header may be at all.
const (
	keptHeader = 4 << 10
	keptBody   = 4 << 10
	readBody   = 64 << 10
	maxHeader  = 16 << 10
)

// idleConnections is how long a connection to a receiver is kept, in case more is to be sent.
const idleConnections = time.Minute

// errWall says that an address is one that webhooks never go to.
var errWall = errors.New("the address is not public")

// newClient makes a client that reaches public addresses alone, whatever a name resolves to, and follows no
// redirect and no proxy of the environment.
func newClient(cfg Config) *http.Client {
	dialer := &net.Dialer{Timeout: cfg.Timeout, Resolver: cfg.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !cfg.Walls.Permit(at.Addr()) {
			return errWall
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots},
			MaxIdleConnsPerHost:    cfg.PerEndpoint,
			MaxIdleConns:           cfg.AtOnce,
			IdleConnTimeout:        idleConnections,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes one attempt. The time is taken before the message is signed with it.
func (c *Courier) send(ctx context.Context, w registry.Work, d webhook.Delivery) registry.Sent {
	a := webhook.Attempt{URL: w.Endpoint.URL, At: c.reg.Now()}
	begun := time.Now()
	attempt, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	err := c.exchange(attempt, &a, d, w.Secrets)
	if a.Took = time.Since(begun); err != nil {
		a.Problem = c.problem(err)
	}
	dropped := err != nil && ctx.Err() != nil
	c.observe(a, dropped)
	return registry.Sent{Number: d.Number, Attempt: a, Dropped: dropped}
}

func (c *Courier) observe(a webhook.Attempt, dropped bool) {
	outcome := "failed"
	switch {
	case dropped:
		return
	case a.OK():
		outcome = "ok"
	case a.Status != 0:
		outcome = "refused"
	}
	c.cfg.Observe(outcome, a.Took)
}

// userAgent is how the courier calls itself.
const userAgent = "Switchboard-Webhooks/1"

// errTLS says that no secure connection came about.
var errTLS = errors.New("TLS was not agreed upon")

// errSecret says that none of the endpoint's secrets can be used.
var errSecret = errors.New("no secret to sign with")

// exchange sends a message and takes in the answer.
func (c *Courier) exchange(ctx context.Context, a *webhook.Attempt, d webhook.Delivery, secrets []secret.Text) error {
	body := []byte(d.Body)
	signature := signatures(secrets, d.MessageID, a.At, body)
	if signature == "" {
		return errSecret
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(switchboard.WebhookID, d.MessageID)
	req.Header.Set(switchboard.WebhookTimestamp, strconv.FormatInt(a.At.Unix(), 10))
	req.Header.Set(switchboard.WebhookSignature, signature)
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	a.Status, a.Header, a.RetryAfter = resp.StatusCode, headerText(resp.Header), retryAfter(resp.Header.Get("Retry-After"), a.At)
	kept, _ := io.ReadAll(io.LimitReader(resp.Body, keptBody)) // the status has decided: what does not come is not kept
	_, _ = io.CopyN(io.Discard, resp.Body, readBody)
	a.Body = strings.ToValidUTF8(string(kept), "\uFFFD")
	return nil
}

// do sends a request. Most of what can go wrong with TLS has no type by which it is known, so it is asked for.
func (c *Courier) do(req *http.Request) (*http.Response, error) {
	var insecure atomic.Bool
	trace := &httptrace.ClientTrace{TLSHandshakeDone: func(_ tls.ConnectionState, err error) { insecure.Store(err != nil) }}
	resp, err := c.client.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil && insecure.Load() {
		err = errors.Join(errTLS, err)
	}
	return resp, err
}

// signatures signs a message with every secret.
func signatures(secrets []secret.Text, id string, at time.Time, body []byte) string {
	var list []string
	for _, s := range secrets {
		if key, ok := sign.WebhookKey(s.Reveal()); ok {
			list = append(list, sign.Webhook(key, id, at, body))
		}
	}
	return strings.Join(list, " ")
}

// headerText writes a header as lines, in order, as much as is kept.
func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b) // sorted; a Builder takes everything
	lines := strings.Split(strings.TrimRight(b.String(), "\r\n"), "\r\n")
	slices.Sort(lines)
	text := strings.Join(lines, "\n")
	return strings.ToValidUTF8(text[:min(len(text), keptHeader)], "\uFFFD")
}

// retryAfter reads for how long a receiver wants to be left alone: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// problem says why there was no answer, in words that are safe to show: what names and networks look like from
// here is nobody's business.
func (c *Courier) problem(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errWall):
		return "The address that the name leads to is not public; webhooks never go there."
	case errors.Is(err, errSecret):
		return "The endpoint's secret cannot be opened; tell the operator of this server."
	case errors.As(err, &dns) && !dns.IsTimeout:
		return "The name cannot be resolved."
	case errors.As(err, &certificate):
		return "The certificate is not valid: " + certificateProblem(certificate.Err) + "."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The connection was refused."
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("There was no answer within %s.", c.cfg.Timeout)
	}
	if errors.Is(err, errTLS) {
		return "TLS cannot be agreed upon; TLS 1.2 or 1.3 is needed."
	}
	return "The connection broke before there was an answer."
}

func certificateProblem(err error) string {
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not valid yet"
	case errors.As(err, &host):
		return "it is for another name"
	}
	return "nobody that is trusted has signed it"
}
