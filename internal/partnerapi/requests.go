package partnerapi

import (
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// requests lists the partner's last requests, the youngest first.
func (h *Handler) requests(r *request) (any, error) {
	if err := r.takes("failed", "before", "limit"); err != nil {
		return nil, err
	}
	var f trail.Filter
	var err error
	if f.Failed, err = r.flag("failed"); err != nil {
		return nil, err
	}
	if f.Before, err = r.number("before", 0, 1, 1<<62); err != nil {
		return nil, err
	}
	limit, err := r.limit()
	if err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	return answer.Page(h.cfg.Trail.List(r.partner.ID, f), limit, trail.Entry.Wire, func(e trail.Entry) string { return strconv.FormatUint(e.Seq, 10) }), nil
}
