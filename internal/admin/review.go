package admin

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// reviewRoutes are those for what waits for a review, and who looks at it.
func (h *Handler) reviewRoutes() {
	h.json("GET /reviews", h.reviews)
	h.json("GET /reviews/summary", h.reviewSummary)
	h.json("POST /agents/{agent}/services/{service}/claim", h.claimReview)
	h.json("POST /agents/{agent}/services/{service}/release", h.releaseReview)
}

func (h *Handler) reviews(r request) (any, error) {
	q := registry.ReviewQuery{Service: r.FormValue("service"), Partner: r.FormValue("partner"), Claimed: registry.Claimed(r.FormValue("claimed"))}
	switch q.Claimed {
	case "", registry.ByMe, registry.ByOthers, registry.ByNobody:
	default:
		return nil, badField("claimed", "must be me, nobody or others")
	}
	var err error
	if q.Limit, err = limitOf(r); err != nil {
		return nil, err
	}
	if q.After, err = reviewKeyOf(r.FormValue("after")); err != nil {
		return nil, err
	}
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := h.reg.Reviews(r.Context(), r.caller(), q)
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Review]{Items: make([]switchboard.Review, 0, len(found.Reviews))}
	for i := range found.Reviews {
		p.Items = append(p.Items, wireReview(&found.Reviews[i], dir))
	}
	if found.More {
		p.Next = reviewKey(found.Next)
	}
	return p, nil
}

// reviewKey writes a place in the queue as the query for the page behind it has it.
func reviewKey(k store.ReviewKey) string {
	return strconv.FormatInt(store.Micro(k.Since), 10) + "/" + k.UserCode + "/" + k.ServiceCode
}

// reviewKeyOf reads what reviewKey wrote; "" is the beginning.
func reviewKeyOf(text string) (store.ReviewKey, error) {
	if text == "" {
		return store.ReviewKey{}, nil
	}
	since, rest, _ := strings.Cut(text, "/")
	userCode, serviceCode, ok := strings.Cut(rest, "/")
	micro, err := strconv.ParseInt(since, 10, 64)
	if err != nil || !ok {
		return store.ReviewKey{}, badField("after", "must be the next of the page before")
	}
	return store.ReviewKey{Since: store.FromMicro(micro), UserCode: userCode, ServiceCode: serviceCode}, nil
}

func wireReview(x *store.Review, dir *store.Directory) switchboard.Review {
	p := x.Agent.Profile
	svc, _ := dir.Service(x.Activation.ServiceCode)
	return switchboard.Review{Activation: wireActivation(x.Activation), Partner: x.Agent.PartnerID, Name: cmp.Or(p.Name(), p.ShopName),
		City: p.Address.City, State: p.Address.State, WaitingSince: x.Activation.WaitingSince, Confirm: svc.Confirm&agent.ConfirmApproval != 0,
		ClaimedBy: x.Claim.By, ClaimedAt: x.Claim.At, ClaimedUntil: x.Claim.Until}
}

func (h *Handler) reviewSummary(r request) (any, error) {
	before := r.cause.At.Add(-h.cfg.Desk.ReviewTarget)
	totals, mine, err := h.reg.ReviewSummary(r.Context(), r.caller(), before)
	if err != nil {
		return nil, err
	}
	s := switchboard.ReviewSummary{Mine: mine}
	for _, x := range totals {
		s.Waiting, s.OverTarget, s.Second = s.Waiting+x.Waiting, s.OverTarget+x.Over, s.Second+x.Second
		if s.Oldest.IsZero() || x.Oldest.Before(s.Oldest) {
			s.Oldest = x.Oldest
		}
		s.ByService = append(s.ByService, switchboard.ReviewsWaiting{Service: x.ServiceCode, Waiting: x.Waiting, Oldest: x.Oldest})
	}
	return s, nil
}

func (h *Handler) claimReview(r request) (any, error) {
	if err := nothingSaid(r); err != nil {
		return nil, err
	}
	cl, changed, err := h.reg.ClaimReview(r.Context(), r.caller(), r.PathValue("agent"), r.PathValue("service"))
	if err != nil {
		return nil, err
	}
	return switchboard.Claimed{Changed: changed, By: cl.By, Until: cl.Until}, nil
}

func (h *Handler) releaseReview(r request) (any, error) {
	if err := nothingSaid(r); err != nil {
		return nil, err
	}
	changed, err := h.reg.ReleaseReview(r.Context(), r.caller(), r.PathValue("agent"), r.PathValue("service"))
	return switchboard.Claimed{Changed: changed}, err
}

// nothingSaid reads a body that has nothing to say: an empty object.
func nothingSaid(r request) error {
	_, err := decode[struct{}](r)
	return err
}
