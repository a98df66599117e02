package eps

import (
	"github.com/switchboard-platform/switchboard/internal/gate"
)

// request is what the gate must know of the call.
func (c *call) request() gate.Request {
	return gate.Request{Request: c.r, ID: c.id, Address: c.address, Now: c.now, Lightly: c.lightly}
}

// authenticate lets the caller in by its signature.
func (c *call) authenticate() (err error) {
	if c.signed, err = c.h.gate.Signature(c.request()); err == nil {
		c.key, c.dir = c.signed.Key, c.signed.On.Dir
	}
	return err
}

// guardReplay looks whether the signature came before with another request.
func (c *call) guardReplay() error {
	err := c.h.gate.Replay(c.request(), c.signed, c.body)
	c.noted = err != nil
	return err
}
