package mobileapi

import (
	"errors"
	"io"
	"mime"
	"slices"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxBody is the longest body we read, in bytes.
const maxBody = 64 << 10

const mediaJSON = "application/json"

// decode reads the body and finds its action.
func (c *call) decode() error {
	if !c.saysJSON() {
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

func payloadFault(p value) error {
	var bad fault.Fields
	if !p.seen {
		bad.Add("payload", required)
	} else if p.wrong {
		bad.Add("payload", "must be an object")
	}
	return bad.Err()
}

// saysJSON reads the headers about the body.
func (c *call) saysJSON() bool {
	if encoding := c.r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return false
	}
	text := c.r.Header.Get("Content-Type")
	if text == mediaJSON {
		return true
	}
	media, _, err := mime.ParseMediaType(text)
	return media == mediaJSON && (err == nil || errors.Is(err, mime.ErrInvalidMediaParameter))
}

func (c *call) readBody() (err error) {
	if c.r.ContentLength > maxBody {
		return c.tooLarge()
	}
	c.body, err = readAll(c.r.Body, slices.Grow(c.body[:0], int(max(c.r.ContentLength, 0))+1))
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Message: "The body did not arrive whole.", Err: err}
	}
	if len(c.body) > maxBody {
		return c.tooLarge()
	}
	return nil
}

// readAll reads everything, or one byte more than we take.
func readAll(r io.Reader, b []byte) ([]byte, error) {
	for len(b) <= maxBody {
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b))
		}
		n, err := r.Read(b[len(b):min(cap(b), maxBody+1)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// drained is how much of a body that is too large is read and dropped, in bytes: most clients look
// at the answer only when they have sent everything.
const drained = 2 << 20

func (c *call) tooLarge() error {
	_, _ = io.CopyN(io.Discard, c.r.Body, drained)
	return fault.New(fault.TooLarge, "The body is larger than %d KiB.", maxBody>>10)
}
