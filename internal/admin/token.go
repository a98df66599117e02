package admin

import (
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// holderState says in a word whether an operator or a switch is still one.
func holderState(revoked time.Time) string {
	if revoked.IsZero() {
		return "live"
	}
	return "revoked"
}

func wireTokens(tokens []access.Token, used lastUses, now time.Time) []switchboard.BearerToken {
	list := make([]switchboard.BearerToken, 0, len(tokens))
	for _, t := range tokens {
		list = append(list, switchboard.BearerToken{ID: t.ID, State: keyState(t.Live(now), t.ExpiresAt, t.RevokedAt),
			CreatedAt: t.CreatedAt, LastUsedAt: used[store.KeyName{Kind: store.BearerToken, ID: t.ID}], ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt})
	}
	return list
}

// issuedToken is the one place where a token leaves the server.
func issuedToken(t registry.IssuedToken) switchboard.IssuedToken {
	return switchboard.IssuedToken{Holder: string(t.Token.Holder), HolderID: t.Token.HolderID, TokenID: t.Token.ID, Token: t.Text.Reveal()}
}

// addToken makes the endpoint that gives a holder, whose name or id is in the path, one more token.
func (h *Handler) addToken(kind access.Holder) func(request) (any, error) {
	return func(r request) (any, error) {
		in, err := decode[switchboard.NewBearerToken](r)
		if err != nil {
			return nil, err
		}
		if in.Keep && in.Overlap != "" {
			return nil, badField("keep", "leaves the older tokens as they are: give it or overlap, not both")
		}
		overlap, err := overlapOf(in.Overlap)
		if err != nil {
			return nil, err
		}
		t, err := h.reg.AddToken(r.Context(), r.caller(), kind, r.PathValue(string(kind)), registry.Overlap{Keep: in.Keep, For: overlap})
		return issuedToken(t), err
	}
}

func (h *Handler) partnerTokens(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	p, err := dir.FindPartner(r.PathValue("partner"))
	if err != nil {
		return nil, err
	}
	used, err := h.reg.KeyUses(r.Context())
	if err != nil {
		return nil, err
	}
	tokens := registry.TokensOf(dir, access.HolderPartner, p.ID, time.Time{})
	return switchboard.Page[switchboard.BearerToken]{Items: wireTokens(tokens, used, r.cause.At)}, nil
}

func (h *Handler) revokeToken(r request) (any, error) {
	changed, err := h.reg.RevokeToken(r.Context(), r.caller(), r.PathValue("token"))
	return switchboard.Changed{Changed: changed}, err
}
