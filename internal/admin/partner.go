package admin

import (
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) partners(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	used, err := h.reg.KeyUses(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Partner]{Items: []switchboard.Partner{}}
	for _, x := range dir.Partners {
		w := switchboard.Partner{ID: x.ID, Name: x.Name, InitiatorID: x.InitiatorID, CreatedAt: x.CreatedAt, Version: x.Head.Version, Addresses: x.Addresses.Texts(), Keys: []switchboard.DeveloperKey{}}
		for _, k := range dir.Keys {
			if k.PartnerID == x.ID {
				w.Keys = append(w.Keys, wireKey(k, used[store.KeyName{Kind: store.DeveloperKey, ID: k.DeveloperKey}], r.cause.At))
			}
		}
		slices.SortFunc(w.Keys, func(a, b switchboard.DeveloperKey) int { return a.CreatedAt.Compare(b.CreatedAt) })
		p.Items = append(p.Items, w)
	}
	return p, nil
}

func wireKey(k partner.Key, used, now time.Time) switchboard.DeveloperKey {
	return switchboard.DeveloperKey{DeveloperKey: k.DeveloperKey, State: keyState(k.Live(now), k.ExpiresAt, k.RevokedAt), Replay: k.Replay.String(),
		CreatedAt: k.CreatedAt, LastUsedAt: used, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt}
}

// keyState says in a word what a key or a secret is.
func keyState(live bool, expires, revoked time.Time) string {
	switch {
	case !revoked.IsZero():
		return "revoked"
	case !live:
		return "expired"
	case !expires.IsZero():
		return "expiring"
	}
	return "live"
}

func (h *Handler) addPartner(r request) (any, error) {
	in, err := decode[switchboard.NewPartner](r)
	if err != nil {
		return nil, err
	}
	level, err := replayOf(in.Replay)
	if err != nil {
		return nil, err
	}
	p := partner.Partner{Name: in.Name, InitiatorID: in.InitiatorID}
	p, cred, err := h.reg.AddPartner(r.Context(), r.caller(), p, level)
	if err != nil {
		return nil, err
	}
	return issued(p.InitiatorID, cred), nil
}

// issued is the one place where an access key leaves the server.
func issued(initiator string, c registry.Credentials) switchboard.IssuedKey {
	return switchboard.IssuedKey{Partner: c.Key.PartnerID, InitiatorID: initiator, DeveloperKey: c.Key.DeveloperKey,
		AccessKey: c.AccessKey.Reveal(), Replay: c.Key.Replay.String()}
}

// replayOf reads a replay level; "" is the default.
func replayOf(text string) (partner.Replay, error) {
	if text == "" {
		return partner.Observe, nil
	}
	level, ok := partner.ParseReplay(text)
	if !ok {
		return level, badField("replay", "must be observe, same-source or strict")
	}
	return level, nil
}

// defaultOverlap is how long older keys stay good after a rotation, unless said otherwise.
const defaultOverlap = 7 * 24 * time.Hour

func overlapOf(text string) (time.Duration, error) {
	if text == "" {
		return defaultOverlap, nil
	}
	overlap, err := time.ParseDuration(text)
	if err != nil || overlap < 0 {
		return 0, badField("overlap", "must be a duration like 168h, or 0s to end the older ones at once")
	}
	return overlap, nil
}

func (h *Handler) rotateKey(r request) (any, error) {
	in, err := decode[switchboard.NewKey](r)
	if err != nil {
		return nil, err
	}
	overlap, err := overlapOf(in.Overlap)
	if err != nil {
		return nil, err
	}
	var level *partner.Replay
	if in.Replay != "" {
		l, err := replayOf(in.Replay)
		if err != nil {
			return nil, err
		}
		level = &l
	}
	cred, err := h.reg.RotateKey(r.Context(), r.caller(), r.PathValue("partner"), level, overlap)
	if err != nil {
		return nil, err
	}
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	p, _ := dir.Partner(cred.Key.PartnerID)
	return issued(p.InitiatorID, cred), nil
}

func (h *Handler) revokeKey(r request) (any, error) {
	changed, err := h.reg.RevokeKey(r.Context(), r.caller(), r.PathValue("key"))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) setReplay(r request) (any, error) {
	in, err := decode[struct {
		Replay    string `json:"replay"`
		IfVersion uint64 `json:"if_version"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Replay == "" {
		return nil, badField("replay", "is required: observe, same-source or strict")
	}
	level, err := replayOf(in.Replay)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.SetReplay(r.Context(), r.having(in.IfVersion), r.PathValue("key"), level)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) setPartnerAddresses(r request) (any, error) {
	in, err := decode[struct {
		Addresses *[]string `json:"addresses"`
		IfVersion uint64    `json:"if_version"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Addresses == nil { // what was forgotten must not open the door to all
		return nil, badField("addresses", "are required: networks, or an empty list for anywhere")
	}
	list, err := network.Parse(*in.Addresses)
	var bad fault.Fields
	if addProblem(&bad, "addresses", err); bad != nil {
		return nil, bad.Err()
	}
	changed, err := h.reg.SetPartnerAddresses(r.Context(), r.having(in.IfVersion), r.PathValue("partner"), list)
	return switchboard.Changed{Changed: changed}, err
}
