package registry

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/passkey"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Prompt is what a browser is asked for: Options go to navigator.credentials, and Pending comes back with the answer.
type Prompt struct {
	Operator string
	Options  []byte
	Pending  string
}

// errPasskeyNeeded ends the opening of a session with a password alone.
var errPasskeyNeeded = errors.New("the operator has passkeys")

// SignIn signs an operator in with a password, or asks for one of the passkeys of those who have any: then asked has
// Options, and there is no session yet. Faults: those of CheckPassword and OpenSession.
func (r *Registry) SignIn(ctx context.Context, v Visitor, name string, password secret.Text) (s OpenedSession, asked Prompt, err error) {
	proof, err := r.CheckPassword(ctx, v, name, password)
	if err != nil {
		return s, asked, err
	}
	var have []access.Passkey
	s, err = r.OpenSession(ctx, v, proof, access.ByPassword, func(tx store.Tx) (err error) {
		if have, err = tx.Passkeys(name); err == nil && len(have) > 0 {
			err = errPasskeyNeeded
		}
		return err
	})
	if errors.Is(err, errPasskeyNeeded) {
		asked, err = r.askPasskey(proof, have)
		return OpenedSession{}, asked, err
	}
	return s, asked, err
}

// askPasskey asks who has shown their password for one of their passkeys.
func (r *Registry) askPasskey(proof Proof, have []access.Passkey) (Prompt, error) {
	p, err := r.passkeys()
	if err != nil {
		return Prompt{}, err
	}
	c, err := p.Ask(proof.Operator, have)
	if err != nil {
		return Prompt{}, err
	}
	pending, err := r.sealChallenge(toSignIn, challenge{Operator: proof.Operator, PasswordAt: proof.PasswordAt, State: c.State})
	return Prompt{Operator: proof.Operator, Options: c.Options, Pending: pending}, err
}

// SignInPasskey is the second step of signing in. Unauthenticated when the passkey is not accepted, and when the challenge
// has ended or was answered before, rightly or wrongly.
func (r *Registry) SignInPasskey(ctx context.Context, v Visitor, pending string, answer []byte) (OpenedSession, error) {
	p, err := r.passkeys()
	if err != nil {
		return OpenedSession{}, err
	}
	c, err := r.openChallenge(toSignIn, pending)
	if err != nil {
		return OpenedSession{}, err
	}
	var refused error
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		refused, err = provePasskey(tx, p, v, c, answer, r.Now())
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return OpenedSession{}, err
	}
	return r.OpenSession(ctx, v, Proof{Operator: c.Operator, PasswordAt: c.PasswordAt, At: r.Now()}, access.ByPasskey, nil)
}

// provePasskey judges an answer. That it is refused is no error of the transaction: the challenge is spent all the same,
// and the record says that somebody knew the password and had no passkey.
func provePasskey(tx store.Tx, p *passkey.Party, v Visitor, c challenge, answer []byte, now time.Time) (refused, err error) {
	if err := c.spend(tx); err != nil {
		return nil, err
	}
	have, err := tx.Passkeys(c.Operator)
	if err != nil {
		return nil, err
	}
	k, refused := p.Proved(c.Operator, have, c.State, answer)
	if refused == nil {
		k.UsedAt = now
		return nil, tx.SavePasskey(k)
	}
	by := v.Cause
	by.Actor, by.At = lockoutActor, now
	why := "not accepted"
	if errors.Is(refused, passkey.ErrCloned) {
		why = "copied"
	}
	return refused, noteOperator(tx, c.Operator, by, event.PasskeyRefused, "passkey", k.ID, "why", why)
}

// NewPasskey asks the caller's browser for a new passkey. Conflict when the caller has as many as there may be, or is
// nobody who signs in with a password; SignInAgain for who has one already and has not used it of late.
func (r *Registry) NewPasskey(ctx context.Context, by Caller) (asked Prompt, err error) {
	p, name, err := r.ownPasskeys(by)
	if err != nil {
		return asked, err
	}
	var have []access.Passkey
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		have, err = roomForPasskey(tx, by)
		return err
	})
	if err != nil {
		return asked, err
	}
	c, err := p.Create(name, have)
	if err != nil {
		return asked, err
	}
	asked = Prompt{Operator: name, Options: c.Options}
	asked.Pending, err = r.sealChallenge(toMakePasskey, challenge{Operator: name, State: c.State})
	return asked, err
}

// ownPasskeys gives what asks the caller for passkeys, and the caller's name. A token makes none: with one that leaked,
// somebody could shut its owner out.
func (r *Registry) ownPasskeys(by Caller) (*passkey.Party, string, error) {
	if !by.inSession() {
		return nil, "", fault.New(fault.Conflict, "Passkeys are made by who is signed in at the desk, in a browser.")
	}
	p, err := r.passkeys()
	return p, by.operator(), err
}

// roomForPasskey gives the caller's passkeys, unless there may be no more of them. Who has one proves it first: a password
// that somebody found out must not make a second factor of their own.
func roomForPasskey(tx store.Tx, by Caller) ([]access.Passkey, error) {
	a, err := tx.Account(by.operator())
	if err != nil {
		return nil, err
	}
	if a.Password == "" {
		return nil, fault.New(fault.Conflict, "A passkey is asked for after a password, and you have none; an administrator can issue one.")
	}
	have, err := tx.Passkeys(by.operator())
	if err == nil && len(have) >= access.MaxPasskeys {
		err = fault.New(fault.Conflict, "You have %d passkeys, and can have no more; remove one first.", len(have))
	}
	if err == nil && len(have) > 0 {
		err = by.provenLately(tx)
	}
	return have, err
}

// AddPasskey takes what was answered to NewPasskey. From then on a password alone signs the caller in no more, so that it is
// asked for again: a browser that was left open must not shut its owner out. Faults: Invalid; Unauthenticated as for
// SignInPasskey; those of CheckPassword; Conflict and SignInAgain as for NewPasskey; Exists when the passkey is known already.
func (r *Registry) AddPasskey(ctx context.Context, v Visitor, by Caller, pending string, answer []byte, label string, password secret.Text) (k access.Passkey, err error) {
	p, name, err := r.ownPasskeys(by)
	if err != nil {
		return k, err
	}
	var bad fault.Fields
	if (access.Passkey{Label: label}).Check(&bad); bad != nil {
		return k, bad.Err()
	}
	c, err := r.openChallenge(toMakePasskey, pending)
	if err == nil && c.Operator != name {
		err = errChallengeOver(errors.New("the challenge is another operator's"))
	}
	if err != nil {
		return k, err
	}
	made, err := p.Created(name, c.State, answer)
	if err != nil {
		return k, err
	}
	proof, err := r.CheckPassword(ctx, v, name, password)
	if err != nil {
		return k, err
	}
	made.ID, made.Label = xid.New().String(), label
	err = r.update(ctx, by, func(tx store.Tx) error {
		k = made
		k.CreatedAt = r.Now()
		if _, err := proven(tx, proof, access.ByPassword); err != nil {
			return err
		}
		return addPasskey(tx, by, c, k)
	})
	return k, err
}

func addPasskey(tx store.Tx, by Caller, c challenge, k access.Passkey) error {
	if err := c.spend(tx); err != nil {
		return err
	}
	if _, err := roomForPasskey(tx, by); err != nil {
		return err
	}
	err := tx.SavePasskey(k)
	if fault.Is(err, fault.Exists) {
		return fault.Wrap(err, fault.Exists, "This passkey is known already.")
	}
	if err != nil {
		return err
	}
	return noteOperator(tx, k.Operator, by.Cause, event.PasskeyAdded, "passkey", k.ID)
}

// RemovePasskey takes one of the caller's own passkeys away; the password is asked for again, and a session must have proven a
// passkey of late, so that it takes more than a browser that was left open, and more than the password. changed is false
// when there is none with this id. Faults: those of CheckPassword; Conflict when there is no password; SignInAgain.
func (r *Registry) RemovePasskey(ctx context.Context, v Visitor, by Caller, id string, password secret.Text) (changed bool, err error) {
	name := by.operator()
	if name == "" {
		return false, fault.New(fault.Conflict, "Whoever comes through the socket, or with the shared token, has no passkeys.")
	}
	if own, err := r.Own(ctx, name); err != nil || own.Password == "" {
		return false, orNoPassword(err)
	}
	if _, err := r.CheckPassword(ctx, v, name, password); err != nil {
		return false, err
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		if err := by.provenLately(tx); err != nil {
			return err
		}
		if changed, err = tx.DeletePasskey(name, id); err != nil || !changed {
			return err
		}
		return noteOperator(tx, name, by.Cause, event.PasskeyRemoved, "passkey", id)
	})
	return changed, err
}

// ForgetPasskeys takes all passkeys of an operator who lost them, and ends the operator's sessions. changed is false when
// there were none. Faults: NotFound; Forbidden for one's own, which RemovePasskey takes away for the password.
func (r *Registry) ForgetPasskeys(ctx context.Context, by Caller, name string) (changed bool, err error) {
	if by.operator() == name {
		return false, fault.New(fault.Forbidden, "Your own passkeys you remove yourself, one by one, with your password. If you lost them, another administrator forgets them.")
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		if _, err := liveOperator(dir, name); err != nil {
			return err
		}
		n, err := tx.DeletePasskeys(name)
		if changed = n > 0; err != nil || !changed {
			return err
		}
		ended, err := endSessions(tx, name, "")
		if err != nil {
			return err
		}
		return noteOperator(tx, name, by.Cause, event.PasskeysForgotten, "count", strconv.Itoa(n), "sessions_ended", ended)
	})
	return changed, err
}

// ForgetChallenges forgets which challenges were answered that are good no more.
func (r *Registry) ForgetChallenges(ctx context.Context, _ time.Duration) (n int, err error) {
	now := r.Now()
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		n, err = tx.ForgetChallenges(now)
		return err
	})
	return n, err
}
