package admin

import (
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// partnerRequests lists a partner's last requests, the youngest first.
func (h *Handler) partnerRequests(r request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	f := trail.Filter{Limit: limit + 1}
	if f.Failed, err = boolOf(r, "failed"); err != nil {
		return nil, err
	}
	if text := r.FormValue("after"); text != "" {
		if f.Before, err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, badField("after", "must be the seq of a request")
		}
	}
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	id := r.PathValue("partner")
	if _, err := dir.FindPartner(id); err != nil {
		return nil, err
	}
	return answer.Page(h.cfg.Trail.List(id, f), limit, trail.Entry.Wire, func(e trail.Entry) string { return strconv.FormatUint(e.Seq, 10) }), nil
}
