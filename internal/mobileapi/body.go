package mobileapi

import (
	"github.com/switchboard-platform/switchboard/internal/body"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxBody is the longest body we read, in bytes.
const maxBody = 64 << 10

const mediaJSON = body.JSON

// drained is how much of a body that is too large is read and dropped, in bytes.
const drained = 2 << 20

// decode reads the body and finds its action.
func (c *call) decode() error {
	if body.Media(c.r.Header) != mediaJSON {
		return fault.New(fault.UnsupportedMedia, "The content type must be %s.", mediaJSON)
	}
	if err := c.readBody(); err != nil {
		return err
	}
	m, err := scanMessage(c.body, &c.request.fields)
	if err != nil {
		return err
	}
	if c.action = findAction(m.action); c.action == nil {
		return fault.New(fault.Invalid, "action must be %s.", actionList())
	}
	return payloadFault(m.payload)
}

// readBody reads the body, once.
func (c *call) readBody() error {
	if !c.bodyRead {
		c.bodyRead = true
		c.body, c.bodyErr = (body.Limit{Longest: maxBody, Drained: drained}).Read(c.r, c.body)
	}
	return c.bodyErr
}

func payloadFault(p value) error {
	var bad fault.Fields
	if !p.seen {
		bad.Add("payload", required)
	} else if p.wrong {
		bad.Add("payload", "must be an object")
	}
	return bad.Err()
}
