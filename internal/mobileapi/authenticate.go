package mobileapi

import (
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// challenge tells a caller without credentials which ones are wanted.
const challenge = `Basic realm="switchboard mobile banking", charset="UTF-8"`

// accessDenied is what every refused caller is told, whatever the cause.
const accessDenied = "Access denied: send the channel's id and secret by HTTP Basic authentication, from an address it may call from."

// The causes of a refusal, as the log calls them.
const (
	noCredentials    = "no_credentials"
	wrongCredentials = "wrong_credentials"
	foreignAddress   = "address_not_allowed"
	endedMeanwhile   = "ended_meanwhile" // between letting the caller in and doing what it asked
)

// authenticate finds the channel. Whatever is wrong, the answer is the same; the log says what it was. Who
// has the right secret is let in whatever else came from their address: a check costs next to nothing, and a
// gateway that was forgotten with an old secret must not shut out the others behind its address.
func (c *call) authenticate() error {
	id, text, ok := c.r.BasicAuth()
	if !ok {
		return c.forbid(noCredentials, "")
	}
	if err := c.stand(); err != nil {
		return err
	}
	entry, ok := c.h.reg.ChannelOf(c.on, id, secret.NewText(text), c.now)
	switch {
	case !ok:
		return c.forbid(wrongCredentials, c.knownChannel(id))
	case !entry.Channel.Addresses.Admits(c.address):
		return c.forbid(foreignAddress, id)
	}
	entry.Used(c.now)
	c.channel, c.secret = entry.Channel, entry.SecretID
	return nil
}

// stand finds the directory that is to let the caller in.
func (c *call) stand() (err error) {
	if c.lightly {
		c.on = c.h.reg.StandLightly()
		return nil
	}
	c.on, err = c.h.reg.Stand(c.ctx())
	return err
}

// forbid counts a refusal against the address and logs its cause, up to the limit. One by the directory in memory
// is neither: it is looked at again.
func (c *call) forbid(cause, channelID string) error {
	if c.lightly {
		c.on = registry.Footing{}
		return fault.New(fault.Unauthenticated, accessDenied)
	}
	if wait, ok := c.h.cfg.Refusals.Take(origin.Network(c.address), c.now); !ok {
		return tooMany(wait)
	}
	c.logRefusal(cause, channelID)
	return fault.New(fault.Unauthenticated, accessDenied)
}

func (c *call) logRefusal(cause, channelID string) {
	c.h.log.Warn("request refused", "request_id", c.id, "cause", cause, "channel", channelID, "address", c.address)
}

// knownChannel gives the channel's id if it is one of ours. What else was sent in its place may be a
// secret that a client put there.
func (c *call) knownChannel(id string) string {
	if ch, ok := c.on.Dir.Channel(id); ok {
		return ch.ID
	}
	return ""
}
