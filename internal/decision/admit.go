package decision

import (
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/body"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// admit lets a caller in, by bearer token or by signature, and reads the body.
func (c *call) admit() error {
	if gate.Bears(c.r.Header) {
		if err := c.admitBearer(); err != nil {
			return err
		}
		return c.readBody()
	}
	signed, err := c.h.gate.Signature(c.atGate())
	if err != nil {
		return err
	}
	c.on = signed.On
	if err := c.enter(access.HolderPartner, signed.Key.Partner.ID, signed.Key.DeveloperKey, c.h.cfg.Partners); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	err = c.h.gate.Replay(c.atGate(), signed, c.body)
	if err != nil {
		c.by = registry.Asker{} // the gate has noted the refusal
	}
	return err
}

// admitBearer lets a partner or a switch in by its token. Operators have an API of their own.
func (c *call) admitBearer() error {
	b, on, err := c.h.gate.Bearer(c.atGate())
	if err != nil {
		return err
	}
	c.on = on
	switch b.Token.Holder {
	case access.HolderPartner:
		return c.enter(access.HolderPartner, b.Partner.ID, b.Token.ID, c.h.cfg.Partners)
	case access.HolderSwitch:
		return c.enter(access.HolderSwitch, b.Switch.ID, b.Token.ID, c.h.cfg.Switches)
	}
	return fault.New(fault.Forbidden, "An operator's token opens the operator's API, not this one.")
}

// enter notes who asks, within the caller's limit.
func (c *call) enter(holder access.Holder, id, key string, rate *limit.Buckets) error {
	c.by, c.key = registry.Asker{Holder: holder, ID: id, At: c.now, On: &c.on}, key
	if c.entered {
		return nil
	}
	if wait, ok := rate.Take(id, c.now); !ok {
		return gate.TooMany(wait)
	}
	c.entered = true
	return nil
}

// partnerID is the partner who asks, "" when it is somebody else or not known.
func (c *call) partnerID() string {
	if c.by.Holder == access.HolderPartner {
		return c.by.ID
	}
	return ""
}

// drained is how much of a body that is too large is read and dropped, in bytes: a batch's may be long.
const drained = 8 << 20

// readBody reads the body, once.
func (c *call) readBody() (err error) {
	if c.bodyRead {
		return c.bodyErr
	}
	c.bodyRead = true
	defer func() { c.bodyErr = err }() // whoever asks again is told again
	if !c.saysJSON() {
		f := fault.New(fault.UnsupportedMedia, "The content type must be %s.", body.JSON)
		if c.route.authZEN { // which has 400 for whatever is wrong with a request
			f.Code = fault.Invalid
		}
		return f
	}
	c.body, err = body.Limit{Longest: c.route.maxBody, Drained: drained}.Read(c.r, c.body)
	return err
}

// saysJSON reads the headers about the body.
func (c *call) saysJSON() bool {
	return len(c.r.Header["Content-Type"]) == 1 && body.Media(c.r.Header) == body.JSON
}
