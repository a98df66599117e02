package admin

import (
	"cmp"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// activity tells what went on in the last hour, unless another period is asked for.
func (h *Handler) activity(r request) (any, error) {
	if h.cfg.Count != nil {
		h.cfg.Count()
	}
	found, err := h.reg.Activity(r.Context(), cmp.Or(r.FormValue("period"), "hour"))
	if err != nil {
		return nil, err
	}
	out := switchboard.Activity{From: found.From, Step: int(found.Step / time.Second), Steps: found.Steps,
		Series: make([]switchboard.ActivitySeries, len(found.Series))}
	for i, s := range found.Series {
		out.Series[i] = switchboard.ActivitySeries(s)
	}
	return out, nil
}
