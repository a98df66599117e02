package eps

import (
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// authenticate finds the key and checks the signature. Whatever is wrong, the answer is the same
// and takes the same work; the log says what it was.
func (c *call) authenticate() error {
	if wait, ok := c.h.cfg.Refusals.Peek(origin.Network(c.address), c.now); !ok {
		return tooMany(wait)
	}
	headers, refusal := sign.ParseHeaders(c.r.Header)
	c.headers = headers
	if refusal != nil {
		return c.forbid(refusal.Cause.String(), refusal.String())
	}
	key, dir, ok, err := c.h.reg.Key(c.ctx(), headers.DeveloperKey, c.now)
	if err != nil {
		return err
	}
	verifier, dead := c.h.decoy, sign.UnknownKey
	if key != nil {
		verifier, dead = key.Verifier, sign.DeadKey
	}
	refusal = verifier.Verify(headers.Signature, headers.Timestamp, c.now, c.h.cfg.Window)
	if !ok {
		refusal = &sign.Refusal{Cause: dead}
	}
	if refusal != nil {
		return c.forbid(refusal.Cause.String(), refusal.String())
	}
	c.key, c.dir = key, dir
	return nil
}

// guardReplay looks whether the signature came before with another request. (It covers the
// timestamp alone: see sign.Guard.)
func (c *call) guardReplay() error {
	millis, _ := sign.ParseTimestamp(c.headers.Timestamp) // it was read before
	digest := sign.Digest(c.r.Method, c.r.URL.EscapedPath(), c.r.URL.RawQuery, c.body)
	v := c.h.guard.Check(c.key.DeveloperKey, millis, digest, c.address, c.key.Replay, c.now)
	if v != sign.First && v != sign.Retry {
		c.h.cfg.Replayed(v)
	}
	if !v.OK() {
		return c.forbid(v.String(), v.Text())
	}
	return nil
}

// accessDenied is what every refused caller is told, whatever the cause.
const accessDenied = "Access denied: check developer_key, secret-key and secret-key-timestamp."

// forbid counts a refusal against the address and logs its precise cause.
func (c *call) forbid(cause, text string) error {
	c.h.cfg.Refusals.Take(origin.Network(c.address), c.now)
	c.h.log.Warn("request refused", "request_id", c.id, "cause", cause, "detail", text,
		"developer_key", c.knownKey(), "address", c.address)
	return fault.New(fault.Unauthenticated, accessDenied)
}

// knownKey gives the developer key if it is one of ours. What else was sent in its place may be a
// secret that a client put into the wrong header.
func (c *call) knownKey() string {
	if k, _, _, err := c.h.reg.Key(c.ctx(), c.headers.DeveloperKey, c.now); err == nil && k != nil {
		return c.headers.DeveloperKey
	}
	return ""
}
