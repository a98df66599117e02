package decision

import (
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// checkReceipt is POST /v1/receipts:check, {"receipt":"…"}.
func checkReceipt(c *call) error {
	s := jsontext.NewScanner(c.body)
	var receipt value
	whole := s.Object(1, func(name []byte, depth int) bool {
		if string(name) == "receipt" {
			return receipt.scan(&s, depth)
		}
		c.bad.Add(shown(name), "is not a field of this request: that is receipt")
		return s.Skip(depth)
	})
	if !whole || !s.AtEnd() {
		return errNotJSON()
	}
	text := receipt.read("receipt", &c.bad)
	if text == "" && len(c.bad) == 0 {
		c.bad.Add("receipt", "is required")
	}
	if err := c.bad.Err(); err != nil {
		return err
	}
	c.out = AppendCheck(c.out, c.h.reg, text)
	return nil
}

// AppendCheck appends what is to be said of a receipt, as switchboard.ReceiptCheck reads it. Of one that is
// not genuine nothing else is said: what it claims means nothing.
func AppendCheck(b []byte, reg *registry.Registry, receipt string) []byte {
	rc, ok := reg.CheckReceipt(receipt)
	if !ok {
		return append(b, `{"genuine":false}`...)
	}
	b = append(b, `{"genuine":true`...)
	b = appendTime(b, "answered_at", rc.At)
	b = appendText(b, string(rc.By.Holder), rc.By.ID)
	b = strconv.AppendBool(append(b, `,"allowed":`...), rc.Allowed)
	b = append(b, `,"reasons":[`...)
	for i, code := range rc.Reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, string(code))
	}
	b = append(b, ']')
	b = appendText(b, "agent", rc.Ask.Agent)
	b = strconv.AppendUint(append(b, `,"agent_version":`...), rc.Version, 10)
	b = appendText(b, "service", rc.Ask.Service)
	b = appendText(b, "place", rc.Ask.Place)
	b = appendText(b, "device", rc.Ask.Device)
	b = appendTime(b, "at", rc.Ask.At)
	return append(b, '}')
}
