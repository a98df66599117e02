package registry

import (
	"cmp"
	"context"
	"crypto/subtle"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// SessionRules say how long a session is good.
type SessionRules struct {
	Lifetime time.Duration // after signing in
	Idle     time.Duration // without being used
}

// DefaultSessionRules are a working day, and an hour.
func DefaultSessionRules() SessionRules {
	return SessionRules{Lifetime: 12 * time.Hour, Idle: time.Hour}
}

// SessionToken begins the token of every session.
const SessionToken = "sbd_"

// maxSessions is how many sessions an operator has at most: one more ends the oldest.
const maxSessions = 16

// OpenedSession is a session as its browser gets it: the token is told once.
type OpenedSession struct {
	access.Session
	Token secret.Text
}

// OpenSession signs an operator in who has proven to be one, in a way. What the proof was also does, such as to be used
// up, is done by also in the same transaction; it may be nil. Unauthenticated when the operator is gone, or when the
// password of the proof is not theirs any more.
func (r *Registry) OpenSession(ctx context.Context, v Visitor, proof Proof, way access.Way, also func(store.Tx) error) (OpenedSession, error) {
	token := secret.NewBearer(SessionToken)
	s := access.Session{Hash: secret.HashToken(token), Operator: proof.Operator, Way: way, Address: v.Cause.Address, Agent: access.BrowserName(v.Browser), ProvenAt: proof.At}
	s.ID = access.SessionID(s.Hash)
	err := r.store.Update(ctx, func(tx store.Tx) error {
		now := r.Now()
		s.CreatedAt, s.SeenAt, s.ExpiresAt = now, now, now.Add(r.sessions.Lifetime)
		a, err := proven(tx, proof, way)
		if err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if err := endFormer(tx, v, now); err != nil {
			return err
		}
		s.MustChange = a.MustChange && way != access.ByOpenID
		a.SignedInAt = now
		return cmp.Or(tx.SaveAccount(a), r.saveNewSession(tx, v.Cause, s))
	})
	return OpenedSession{s, token}, err
}

// proven gives the account of an operator whose proof is still worth something.
func proven(tx store.Tx, proof Proof, way access.Way) (a access.Account, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return a, err
	}
	if _, err := liveOperator(dir, proof.Operator); err != nil {
		return a, fault.Wrap(err, fault.Unauthenticated, "Nobody of that name may sign in.")
	}
	a, err = tx.Account(proof.Operator)
	if err == nil && way != access.ByOpenID && (a.Password == "" || !a.PasswordAt.Equal(proof.PasswordAt)) {
		err = fault.New(fault.Unauthenticated, "The password was changed meanwhile; sign in again.")
	}
	return a, err
}

// saveNewSession saves and records a session, and ends the oldest of the operator's when they are too many.
func (r *Registry) saveNewSession(tx store.Tx, c event.Cause, s access.Session) error {
	c.Actor, c.Key, c.At = access.OperatorPrefix+s.Operator, s.ID, s.CreatedAt
	have, err := tx.Sessions(s.Operator)
	if err != nil {
		return err
	}
	for len(have) >= maxSessions {
		if err := endSession(tx, c, have[0], "too many"); err != nil {
			return err
		}
		have = have[1:]
	}
	if err := tx.SaveSession(s); err != nil {
		return err
	}
	return noteOperator(tx, s.Operator, c, event.SignedIn, "session", s.ID, "way", string(s.Way), "until", event.Date(s.ExpiresAt))
}

// endSession ends a session that is there, and records why; "" when its owner left.
func endSession(tx store.Tx, c event.Cause, s access.Session, why string) error {
	if _, err := tx.DeleteSession(s.ID); err != nil {
		return err
	}
	return noteOperator(tx, s.Operator, c, event.SignedOut, "session", s.ID, "why", why)
}

// endFormer ends the session in whose browser somebody signs in anew, whosever it was: whoever has copied its token is
// out.
func endFormer(tx store.Tx, v Visitor, now time.Time) error {
	if v.Over.IsZero() {
		return nil
	}
	hash := secret.HashToken(v.Over)
	s, err := tx.Session(access.SessionID(hash))
	if err != nil || subtle.ConstantTimeCompare(hash[:], s.Hash[:]) != 1 {
		return unlessMissing(err)
	}
	c := v.Cause
	c.Actor, c.Key, c.At = access.OperatorPrefix+s.Operator, s.ID, now
	return endSession(tx, c, s, "signed in anew")
}

// Session finds the session of a token, and whose it is. ok is false for one that is not live, or whose operator is
// not. That it is in use is noted now and again, unless nobody did anything: resting is for what a page asks by itself.
func (r *Registry) Session(ctx context.Context, token secret.Text, resting bool) (s access.Session, o access.Operator, ok bool, err error) {
	hash := secret.HashToken(token)
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		s, err = tx.Session(access.SessionID(hash))
		return err
	})
	if err != nil {
		return s, o, false, unlessMissing(err)
	}
	now := r.Now()
	if subtle.ConstantTimeCompare(hash[:], s.Hash[:]) != 1 || !s.Live(now, r.sessions.Idle) {
		return s, o, false, nil
	}
	on, err := r.Stand(ctx)
	if err != nil {
		return s, o, false, err
	}
	if o, ok = on.Dir.Operator(s.Operator); !ok || !o.RevokedAt.IsZero() {
		return s, o, false, nil
	}
	if s.Stale(now) && !resting {
		r.seeSession(ctx, s.ID, now)
	}
	return s, o, true, nil
}

// seeSession notes that a session is in use. If that fails, the next request tries again.
func (r *Registry) seeSession(ctx context.Context, id string, now time.Time) {
	if err := r.store.Update(ctx, func(tx store.Tx) error { return tx.SeeSession(id, now) }); err != nil && ctx.Err() == nil {
		slog.Warn("the use of a session cannot be noted", "session", id, "error", err)
	}
}

// inSession says whether the caller came with a session.
func (by Caller) inSession() bool { return strings.HasPrefix(by.Cause.Key, access.SessionPrefix) }

// provenLately refuses, inside a transaction, a session whose owner proved too long ago who they are. Who comes with a token
// or through the socket has no open browser.
func (by Caller) provenLately(tx store.Tx) error {
	if !by.inSession() {
		return nil
	}
	s, err := tx.Session(by.Cause.Key)
	if err != nil {
		return err
	}
	return s.ProvenLately(by.Cause.At)
}

// mayOpen refuses a session that is not fresh to let in callers from anywhere who came from a few networks alone.
func (by Caller) mayOpen(tx store.Tx, was, now network.List) error {
	if len(was) == 0 || len(now) > 0 {
		return nil
	}
	return by.provenLately(tx)
}

// sessionStands makes sure, inside a transaction, that a session with which the caller came has not ended meanwhile.
func (by Caller) sessionStands(tx store.Tx) error {
	if !by.inSession() {
		return nil
	}
	s, err := tx.Session(by.Cause.Key)
	if fault.Is(err, fault.NotFound) || err == nil && (!by.Cause.At.Before(s.ExpiresAt) || access.OperatorPrefix+s.Operator != by.Cause.Actor) {
		return fault.New(fault.Unauthenticated, "The session has ended; sign in again.")
	}
	return err
}

// operator is the name of the operator that the caller is, "" for one who is let in otherwise: by the socket, or by
// the shared token.
func (by Caller) operator() string {
	if by.Cause.Key == "" || by.PartnerID != "" || by.ChannelID != "" {
		return ""
	}
	name, _ := strings.CutPrefix(by.Cause.Actor, access.OperatorPrefix)
	return name
}

// notOneself refuses somebody at the desk what would give them one more way in: a browser that was left open must not leave
// one behind it.
func (by Caller) notOneself(name string) error {
	if by.inSession() && by.operator() == name {
		return fault.New(fault.Forbidden, "Nobody does that for themselves at the desk: another administrator does, or you on the server, with the switchboard command.")
	}
	return nil
}

// SignOut ends the session that the caller came with.
func (r *Registry) SignOut(ctx context.Context, by Caller) error {
	if !by.inSession() {
		return fault.New(fault.Conflict, "There is no session to end: this request came with a token, or through the socket.")
	}
	_, err := r.EndSession(ctx, by, by.Cause.Key)
	return err
}

// EndSession ends a session of the caller's own. changed is false when there is none, or none any more.
func (r *Registry) EndSession(ctx context.Context, by Caller, id string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		s, err := tx.Session(id)
		if changed = err == nil && s.Operator == by.operator(); !changed {
			return unlessMissing(err)
		}
		why := ""
		if id != by.Cause.Key {
			why = "ended from elsewhere"
		}
		return endSession(tx, by.Cause, s, why)
	})
	return changed, err
}

// ForgetSessions takes sessions away that have ended by themselves.
func (r *Registry) ForgetSessions(ctx context.Context, _ time.Duration) (n int, err error) {
	now := r.Now()
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		n, err = tx.ForgetSessions(now, now.Add(-r.sessions.Idle))
		return err
	})
	return n, err
}

// endSessions ends all sessions of an operator but one, "" for none. How many says the event that the caller writes.
func endSessions(tx store.Tx, operator, but string) (ended string, err error) {
	n, err := tx.DeleteSessions(operator, but)
	if n == 0 {
		return "", err
	}
	return strconv.Itoa(n), err
}
