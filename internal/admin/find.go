package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// How many things a search gives unless it is asked for another number, and at most.
const (
	someFound = 20
	maxFound  = 100
)

// find looks for anything by what is known of it.
func (h *Handler) find(r request) (any, error) {
	limit := someFound
	if text := r.FormValue("limit"); text != "" && text != "0" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxFound {
			return nil, badField("limit", "must be a number from 1 to "+strconv.Itoa(maxFound))
		}
		limit = n
	}
	text := strings.TrimSpace(r.FormValue("q"))
	list, err := h.reg.Find(r.Context(), text, limit)
	if err != nil {
		return nil, err
	}
	list = h.withRequest(list, text)
	return answer.Page(list[:min(len(list), limit)], limit, wireFound, func(registry.Found) string { return "" }), nil
}

// withRequest adds a request that stands in this server's request log, behind all that fits as well.
func (h *Handler) withRequest(list []registry.Found, id string) []registry.Found {
	partner, e, found := h.cfg.Trail.Find(id)
	if !found {
		return list
	}
	x := registry.Found{Kind: "request", ID: id, Partner: partner, Title: e.Method + " " + e.Path, Match: "request_id",
		Detail: strings.Join([]string{"partner " + partner, cmp.Or(e.Cause, e.Outcome), e.At.UTC().Format(time.RFC3339)}, ", ")}
	at := slices.IndexFunc(list, func(f registry.Found) bool { return f.Rank > x.Rank })
	if at < 0 {
		at = len(list)
	}
	return slices.Insert(list, at, x)
}

func wireFound(f registry.Found) switchboard.Found {
	return switchboard.Found{Kind: f.Kind, ID: f.ID, Title: f.Title, Detail: f.Detail, Match: f.Match, Seq: f.Seq, Partner: f.Partner}
}

// searchEvents looks for events, the youngest first.
func (h *Handler) searchEvents(r request) (any, error) {
	q, err := h.eventQuery(r)
	if err != nil {
		return nil, err
	}
	p, err := h.reg.SearchEvents(r.Context(), q)
	if err != nil {
		return nil, err
	}
	return switchboard.EventSearch{Events: recorded(p.Events), Next: p.Next, ReachedAt: p.ReachedAt}, nil
}

func (h *Handler) eventQuery(r request) (q registry.EventQuery, err error) {
	kind, id, _ := strings.Cut(r.FormValue("subject"), ":")
	q = registry.EventQuery{Subject: event.Subject{Kind: event.SubjectKind(kind), ID: id}, Kind: r.FormValue("kind"),
		Actor: r.FormValue("actor"), Service: r.FormValue("service")}
	if kind == "" && id != "" {
		return q, badField("subject", "must be a kind, or a kind and an id, like agent:20810200")
	}
	if i := strings.IndexByte(q.Kind, '*'); i >= 0 && i < len(q.Kind)-1 {
		return q, badField("kind", "must be a kind of event, or a family like block.*")
	}
	if q.Since, err = timeOf(r, "since"); err != nil {
		return q, err
	}
	if q.Until, err = timeOf(r, "until"); err != nil {
		return q, err
	}
	if q.Before, err = h.seqOf(r, "before"); err != nil {
		return q, err
	}
	q.Limit, err = limitOf(r)
	return q, err
}
