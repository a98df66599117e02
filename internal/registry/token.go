package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// IssuedToken is a bearer token as its holder gets it: once, when it is made.
type IssuedToken struct {
	Token access.Token
	Text  secret.Text
}

// Overlap says what becomes of a holder's older tokens when a new one is made.
type Overlap struct {
	Keep bool          // they stay as they are
	For  time.Duration // else they stay good for so long, and no longer
}

// tokenPrefixes begin the tokens of each kind of holder, so that one that leaked is known for what it is.
var tokenPrefixes = map[access.Holder]string{access.HolderOperator: "sbo_", access.HolderSwitch: "sbs_", access.HolderPartner: "sbp_"}

// holder is who a token is of, inside a transaction: note appends an event to their chain and saves them
// with its new head.
type holder struct {
	kind   access.Holder
	id     string
	tokens []access.Token // dead ones included
	note   func(kind event.Kind, pairs ...string) error
}

// findHolder finds a holder who may have tokens. Faults: NotFound; Conflict for one that was revoked.
func findHolder(tx store.Tx, c event.Cause, kind access.Holder, id string) (*holder, error) {
	dir, err := tx.Directory()
	if err != nil {
		return nil, err
	}
	h := &holder{kind: kind, id: id, tokens: tokensOf(dir, kind, id)}
	switch kind {
	case access.HolderOperator:
		o, err := liveOperator(dir, id)
		h.note = func(k event.Kind, pairs ...string) error { return noteOperator(tx, o.Name, c, k, pairs...) }
		return h, err
	case access.HolderSwitch:
		s, err := liveSwitch(dir, id)
		h.note = func(k event.Kind, pairs ...string) error { return saveSwitch(tx, &s, c, k, pairs...) }
		return h, err
	case access.HolderPartner:
		p, err := dir.FindPartner(id)
		h.note = func(k event.Kind, pairs ...string) error { return savePartner(tx, &p, p.Record(k, c, pairs...)) }
		return h, err
	}
	return nil, fault.New(fault.NotFound, "A %s has no tokens.", kind)
}

func tokensOf(dir *store.Directory, kind access.Holder, id string) (list []access.Token) {
	for _, t := range dir.Tokens {
		if t.Holder == kind && t.HolderID == id {
			list = append(list, t)
		}
	}
	return list
}

// AddToken gives an operator, a switch or a partner one more token. Faults: NotFound; Conflict when
// access.MaxLiveTokens are live already; Forbidden for oneself.
func (r *Registry) AddToken(ctx context.Context, by Caller, kind access.Holder, id string, older Overlap) (IssuedToken, error) {
	if kind == access.HolderOperator {
		if err := by.notOneself(id); err != nil {
			return IssuedToken{}, err
		}
	}
	text := secret.NewBearer(tokenPrefixes[kind])
	var t access.Token
	err := r.update(ctx, by, func(tx store.Tx) error {
		h, err := findHolder(tx, by.Cause, kind, id)
		if err != nil {
			return err
		}
		live := slices.DeleteFunc(slices.Clone(h.tokens), func(t access.Token) bool { return !t.Live(by.Cause.At) })
		if len(live) >= access.MaxLiveTokens {
			return fault.New(fault.Conflict, "The %s %s has %d live tokens; revoke one first: %s", kind, id, len(live), live[0].ID)
		}
		if !older.Keep {
			if err := h.expire(tx, live, by.Cause.At, older.For); err != nil {
				return err
			}
		}
		t, err = h.add(tx, by.Cause.At, text)
		return err
	})
	return IssuedToken{t, text}, err
}

// add records and saves one more token.
func (h *holder) add(tx store.Tx, at time.Time, text secret.Text) (access.Token, error) {
	t := access.Token{ID: fmt.Sprintf("%s-%s-%d", h.kind, h.id, len(h.tokens)+1), Holder: h.kind, HolderID: h.id,
		Hash: secret.HashToken(text), CreatedAt: at}
	if err := h.note(event.TokenAdded, "token", t.ID); err != nil {
		return t, err
	}
	h.tokens = append(h.tokens, t)
	return t, tx.SaveToken(t)
}

// expire makes tokens end some time from now, unless they end earlier.
func (h *holder) expire(tx store.Tx, tokens []access.Token, now time.Time, after time.Duration) error {
	at := now.Add(after)
	for _, t := range tokens {
		if !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(at) {
			continue
		}
		t.ExpiresAt = at
		if after <= 0 { // at once, whatever the clocks of other nodes say
			t.RevokedAt = at
		}
		if err := h.note(event.TokenExpires, "token", t.ID, "at", event.Date(at)); err != nil {
			return err
		}
		if err := tx.SaveToken(t); err != nil {
			return err
		}
	}
	return nil
}

// RevokeToken ends a token at once. changed is false when it was revoked already, or its holder was.
func (r *Registry) RevokeToken(ctx context.Context, by Caller, tokenID string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		changed = false
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(dir.Tokens, func(t access.Token) bool { return t.ID == tokenID })
		if i < 0 {
			return fault.New(fault.NotFound, "There is no token %.80q.", tokenID)
		}
		t := dir.Tokens[i]
		h, err := findHolder(tx, by.Cause, t.Holder, t.HolderID)
		if !t.RevokedAt.IsZero() || fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		changed, t.RevokedAt = true, by.Cause.At
		if err := h.note(event.TokenRevoked, "token", t.ID); err != nil {
			return err
		}
		return tx.SaveToken(t)
	})
	return changed, err
}
