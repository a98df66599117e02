package registry

import (
	"crypto/subtle"
	"log/slog"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Bearer is who holds a token: exactly one of Partner, Switch and Operator, as Token.Holder says.
type Bearer struct {
	Token    access.Token
	Partner  partner.Partner
	Switch   access.Switch
	Operator access.Operator
	used     *keyUse
}

// Used notes that the token has let its bearer in.
func (b *Bearer) Used(at time.Time) { b.used.note(at) }

// Actor names the bearer in events.
func (b *Bearer) Actor() string { return string(b.Token.Holder) + ":" + b.Token.HolderID }

// Bearer finds who holds a token that is live at a time, in the directory that f stands on. ok is false for a
// token that does not exist, is expired or revoked, or whose holder was, and for the sandbox's in production;
// b then says whose it was, as far as that is known.
func (r *Registry) Bearer(f Footing, token secret.Text, now time.Time) (b Bearer, ok bool) {
	hash := secret.HashToken(token)
	held := r.keyring(f.Dir).bearers[hash]
	// The look-up compares digests, which tell nothing of the token; this comparison is for good measure.
	if held == nil || subtle.ConstantTimeCompare(hash[:], held.Token.Hash[:]) != 1 {
		return b, false
	}
	return *held, held.Token.Live(now)
}

// openTokens finds the holders of a directory's tokens; those whose holder is gone let nobody in.
func (r *Registry) openTokens(dir *store.Directory) map[[32]byte]*Bearer {
	public := secret.HashToken(secret.NewText(sandbox.SwitchToken))
	held := make(map[[32]byte]*Bearer, len(dir.Tokens))
	for _, t := range dir.Tokens {
		if !r.sandbox && (t.Hash == public || t.HolderID == sandbox.SwitchID && t.Holder == access.HolderSwitch) {
			slog.Error("the public sandbox token stands in a production database; it is refused", "token", t.ID)
			continue
		}
		b := Bearer{Token: t, used: r.keyUses.find(store.BearerToken, t.ID)}
		found := false
		switch t.Holder {
		case access.HolderPartner:
			b.Partner, found = dir.Partner(t.HolderID)
		case access.HolderSwitch:
			b.Switch, found = dir.Switch(t.HolderID)
			found = found && b.Switch.RevokedAt.IsZero()
		case access.HolderOperator:
			b.Operator, found = dir.Operator(t.HolderID)
			found = found && b.Operator.RevokedAt.IsZero()
		}
		if found {
			held[t.Hash] = &b
		}
	}
	return held
}
