package admin

import (
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) setDates(r request) (any, error) {
	in, err := decode[switchboard.ServiceDates](r)
	if err != nil {
		return nil, err
	}
	var d registry.DatesChange
	var bad fault.Fields
	for _, x := range []struct {
		name string
		text *string
		into **time.Time
	}{{"from", in.From, &d.From}, {"until", in.Until, &d.Until}, {"verify_by", in.VerifyBy, &d.VerifyBy}} {
		if x.text != nil {
			*x.into = dateOf(x.name, *x.text, &bad)
		}
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	a, changed, err := h.reg.Reschedule(r.Context(), r.having(in.IfVersion), r.PathValue("agent"), r.PathValue("service"), d)
	if err != nil {
		return nil, err
	}
	return switchboard.ServiceChange{Changed: changed, Activation: wireActivation(a)}, nil
}

// dateOf reads a time, "" for none.
func dateOf(name, text string, bad *fault.Fields) *time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil && text != "" {
		bad.Add(name, "must be a time like 2027-01-31T00:00:00Z")
	}
	return &t
}

func (h *Handler) setPlace(r request) (any, error) {
	in, err := decode[switchboard.Place](r)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.SetPlace(r.Context(), r.having(in.IfVersion), r.PathValue("agent"), in.LatLong)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) setDevices(r request) (any, error) {
	in, err := decode[switchboard.DevicesChange](r)
	if err != nil {
		return nil, err
	}
	if in.Devices != nil && len(in.Add)+len(in.Remove) > 0 {
		return nil, badField("devices", "says all of them: leave it out, or leave out add and remove")
	}
	devices, changed, err := h.reg.SetDevices(r.Context(), r.having(in.IfVersion), r.PathValue("agent"), func(list []string) []string {
		if in.Devices != nil {
			return *in.Devices
		}
		return append(slices.DeleteFunc(list, func(d string) bool { return slices.Contains(in.Remove, d) }), in.Add...)
	})
	return switchboard.Devices{Changed: changed, Devices: append([]string{}, devices...)}, err
}
