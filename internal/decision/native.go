package decision

import (
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// decide is POST /v1/decisions.
func decide(c *call) error {
	if err := c.scanOne(); err != nil {
		return err
	}
	v, err := c.decide(&c.ask)
	if err != nil {
		return err
	}
	c.out = Append(c.out, c.h.reg, c.by, &c.ask, &v)
	return nil
}

// decide asks the registry.
func (c *call) decide(ask *registry.Ask) (registry.Verdict, error) {
	v, err := c.h.reg.Decide(c.ctx(), c.by, ask)
	if err == nil {
		c.h.cfg.Decided(v.Reasons)
	}
	return v, err
}

// decideMany is POST /v1/decisions:batch. When one cannot be answered, none is: the caller asks again.
func decideMany(c *call) error {
	asks, err := c.scanMany()
	if err != nil {
		return err
	}
	if c.by, err = c.h.reg.ReadAhead(c.ctx(), c.by, asks); err != nil {
		return err
	}
	c.out = append(c.out, `{"decisions":[`...)
	for i := range asks {
		v, err := c.decide(&asks[i])
		if err != nil {
			return err
		}
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.out = Append(c.out, c.h.reg, c.by, &asks[i], &v)
	}
	c.out = append(c.out, "]}"...)
	return nil
}
