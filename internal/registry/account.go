package registry

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// hashPassword hashes a password for an operator, as soon as there is a place.
func (r *Registry) hashPassword(operator string, password secret.Text) (string, error) {
	turn, err := r.passwords.Enter("")
	if err != nil {
		return "", err
	}
	defer turn.Leave()
	return turn.Hash(operator, password), nil
}

// ChangePassword replaces the caller's own password, and ends every other session of theirs. The one it came with goes on
// under a new token: whoever has copied the former is out. s is zero for who came with a token. Faults: Conflict when they
// have none; Invalid when the new one is not taken; those of CheckPassword for the old one.
func (r *Registry) ChangePassword(ctx context.Context, v Visitor, by Caller, old, fresh secret.Text) (s OpenedSession, err error) {
	name := by.operator()
	if name == "" {
		return s, fault.New(fault.Conflict, "There is no password to change: this request came through the socket, or with the shared token.")
	}
	if own, err := r.Own(ctx, name); err != nil || own.Password == "" {
		return s, orNoPassword(err)
	}
	if err := r.acceptable(name, old, fresh); err != nil {
		return s, err
	}
	proof, err := r.CheckPassword(ctx, v, name, old)
	if err != nil {
		return s, err
	}
	hash, err := r.hashPassword(name, fresh)
	if err != nil {
		return s, err
	}
	token := secret.NewBearer(SessionToken)
	err = r.update(ctx, by, func(tx store.Tx) (err error) {
		s.Session, err = changePassword(tx, by, proof, hash, secret.HashToken(token), r.Now())
		return err
	})
	if err == nil && by.inSession() {
		s.Token = token
	}
	return s, err
}

func orNoPassword(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "You have no password; an administrator can issue one.")
}

// acceptable refuses a new password that is easily guessed, or no other one.
func (r *Registry) acceptable(name string, old, fresh secret.Text) error {
	var bad fault.Fields
	if problem := access.RefusePassword(name, fresh.Reveal(), r.sandbox); problem != "" {
		bad.Add("new", "%s", problem)
	} else if fresh.Equal(old) {
		bad.Add("new", "must be another password than the old one")
	}
	return bad.Err()
}

func changePassword(tx store.Tx, by Caller, proof Proof, hash string, token [32]byte, now time.Time) (s access.Session, err error) {
	a, err := proven(tx, proof, access.ByPassword)
	if err != nil {
		return s, err
	}
	a.Password, a.PasswordAt, a.MustChange = hash, now, false
	if err := tx.SaveAccount(a); err != nil {
		return s, err
	}
	ended, err := endSessions(tx, a.Operator, by.Cause.Key)
	if err != nil {
		return s, err
	}
	if by.inSession() {
		if s, err = renewSession(tx, by.Cause.Key, token, now); err != nil {
			return s, err
		}
	}
	return s, noteOperator(tx, a.Operator, by.Cause, event.PasswordChanged, "sessions_ended", ended, "session", s.ID)
}

// renewSession lets a session go on under another token. It lasts no longer for that, and the password alone proves nothing
// anew of who may have a passkey as well.
func renewSession(tx store.Tx, id string, token [32]byte, now time.Time) (s access.Session, err error) {
	if s, err = tx.Session(id); err != nil {
		return s, err
	}
	if _, err := tx.DeleteSession(id); err != nil {
		return s, err
	}
	s.Hash, s.ID, s.MustChange, s.CreatedAt, s.SeenAt = token, access.SessionID(token), false, now, now
	return s, tx.SaveSession(s)
}

// IssuePassword gives an operator a password to begin with, which must be replaced. All sessions of theirs end, and
// so does a lock after wrong passwords. Faults: NotFound; Conflict for one who was revoked; Forbidden for oneself.
func (r *Registry) IssuePassword(ctx context.Context, by Caller, name string) (secret.Text, error) {
	if err := by.notOneself(name); err != nil {
		return secret.Text{}, err
	}
	password := secret.NewPassword()
	hash, err := r.hashPassword(name, password)
	if err != nil {
		return secret.Text{}, err
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		o, err := liveOperator(dir, name)
		if err != nil {
			return err
		}
		return r.issuePassword(tx, by.Cause, o, hash)
	})
	return password, err
}

// issuePassword saves a password that its owner must replace.
func (r *Registry) issuePassword(tx store.Tx, c event.Cause, o access.Operator, hash string) error {
	a, err := tx.Account(o.Name)
	if err != nil {
		return err
	}
	a.Password, a.PasswordAt, a.MustChange = hash, c.At, true
	if err := tx.SaveAccount(a); err != nil {
		return err
	}
	if err := tx.ForgetTally(r.tallyOfName(o.Name)); err != nil {
		return err
	}
	ended, err := endSessions(tx, o.Name, "")
	if err != nil {
		return err
	}
	return noteOperator(tx, o.Name, c, event.PasswordIssued, "sessions_ended", ended)
}

// closeAccount takes away what a revoked operator signed in with.
func closeAccount(tx store.Tx, name string) error {
	a, err := tx.Account(name)
	if err != nil {
		return err
	}
	a.Password, a.PasswordAt, a.MustChange = "", time.Time{}, false
	if err := tx.SaveAccount(a); err != nil {
		return err
	}
	if _, err := tx.DeletePasskeys(name); err != nil {
		return err
	}
	if _, err := tx.DeleteLink(name); err != nil {
		return err
	}
	_, err = endSessions(tx, name, "")
	return err
}

// Account is an operator's account with what else is known of it.
type Account struct {
	access.Account
	Passkeys    []access.Passkey // the oldest first
	Link        access.Link      // zero when there is none
	Sessions    []access.Session // live ones, the oldest first
	LockedUntil time.Time        // zero when it is not
}

// SeenAt is when the operator was last at the desk in a browser, zero if never.
func (a *Account) SeenAt() time.Time {
	at := a.SignedInAt
	for _, s := range a.Sessions {
		if s.SeenAt.After(at) {
			at = s.SeenAt
		}
	}
	return at
}

// Own gives the account of one operator.
func (r *Registry) Own(ctx context.Context, name string) (own Account, err error) {
	all, err := r.accounts(ctx, name)
	own = all[name]
	return own, err
}

// Accounts gives the accounts of all operators, by name.
func (r *Registry) Accounts(ctx context.Context) (map[string]Account, error) {
	return r.accounts(ctx, "")
}

func (r *Registry) accounts(ctx context.Context, name string) (map[string]Account, error) {
	now := r.Now()
	all := map[string]Account{}
	err := r.store.View(ctx, func(tx store.Tx) error {
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if name == "" || a.Operator == name {
				all[a.Operator] = Account{Account: a}
			}
		}
		if err := addPasskeys(tx, all, name); err != nil {
			return err
		}
		return r.addSessions(tx, all, name, now)
	})
	return all, err
}

// addPasskeys adds what accounts have besides a password: passkeys, and who they are at the OpenID provider.
func addPasskeys(tx store.Tx, all map[string]Account, name string) error {
	keys, err := tx.Passkeys(name)
	if err != nil {
		return err
	}
	for _, k := range keys {
		a := all[k.Operator]
		a.Passkeys = append(a.Passkeys, k)
		all[k.Operator] = a
	}
	links, err := tx.Links()
	for _, l := range links {
		if name == "" || l.Operator == name {
			a := all[l.Operator]
			a.Link = l
			all[l.Operator] = a
		}
	}
	return err
}

// addSessions adds the live sessions of accounts, and until when they are locked.
func (r *Registry) addSessions(tx store.Tx, all map[string]Account, name string, now time.Time) error {
	sessions, err := tx.Sessions(name)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.Live(now, r.sessions.Idle) {
			a := all[s.Operator]
			a.Sessions = append(a.Sessions, s)
			all[s.Operator] = a
		}
	}
	locked, err := tx.Tallies(now)
	for _, t := range locked {
		for operator, a := range all {
			if t.About == r.tallyOfName(operator) {
				a.LockedUntil = t.LockedUntil
				all[operator] = a
			}
		}
	}
	return err
}
