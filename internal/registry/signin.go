package registry

import (
	"cmp"
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Visitor is who stands at the door: nobody knows yet who it is.
type Visitor struct {
	Cause   event.Cause // without an actor
	Network string      // what wrong passwords from there are counted under; "" for none
	Browser string      // as it calls itself
	Over    secret.Text // the token of the session that it has, which a new one takes the place of; zero for none
}

// place is under what a visitor waits for a password to be hashed: somebody who is in already does not wait behind those
// who are not.
func (v Visitor) place() string { return cmp.Or(v.Cause.Key, v.Network) }

// Proof says that somebody knew an operator's password, or is known at the OpenID provider. It opens no door yet: see OpenSession.
type Proof struct {
	Operator   string
	PasswordAt time.Time // which password it was: when that is another one, the proof is worth nothing
	At         time.Time // when it was given; zero when nobody told
}

// lockoutActor names in events that a name was locked: whoever guessed is not known.
const lockoutActor = "system:lockout"

// guess is one attempt on its way.
type guess struct {
	visitor Visitor
	name    string
	account access.Account
	known   bool           // the name is a live operator's
	own     string         // the tally that is of one person alone; "" for none
	tallies []access.Tally // what it is counted on, with it
}

// CheckPassword finds out whether a visitor knows an operator's password. The attempt is counted before the password is
// compared, so that no more are compared than the limits allow, however many come at once and whatever dies in between.
// A name that nobody has is treated as one that somebody has, to the tallies and the hash. Of who is let in already it is
// counted apart, by the session or token: strangers who guess do not keep them from what takes their password again.
// Faults: Unauthenticated; TooMany while the name, the visitor's network or the session is locked, also for the right
// password; Unavailable when too many are being checked.
func (r *Registry) CheckPassword(ctx context.Context, v Visitor, name string, password secret.Text) (Proof, error) {
	turn, err := r.passwords.Enter(v.place())
	if err != nil {
		return Proof{}, err
	}
	defer turn.Leave()
	g, err := r.countGuess(ctx, v, name)
	if err != nil {
		return Proof{}, err
	}
	ctx = context.WithoutCancel(ctx) // it is counted: whoever goes away now must not leave it so
	right, stale := turn.Match(g.account.Password, name, password)
	if !right || !g.known || r.public(password) {
		return Proof{}, cmp.Or(r.wrongGuess(ctx, g), errWrongPassword())
	}
	rehashed := ""
	if stale {
		rehashed = turn.Hash(name, password)
	}
	return Proof{Operator: name, PasswordAt: g.account.PasswordAt, At: r.Now()}, r.rightGuess(ctx, g, rehashed)
}

func errWrongPassword() error {
	return fault.New(fault.Unauthenticated, "The name or the password is not right.")
}

// public says whether a password is one that everybody knows, and this is no sandbox.
func (r *Registry) public(password secret.Text) bool {
	return !r.sandbox && password.Equal(secret.NewText(sandbox.OperatorPassword))
}

// countGuess counts an attempt, unless it is refused, and looks up what its password is to be compared with.
func (r *Registry) countGuess(ctx context.Context, v Visitor, name string) (g *guess, err error) {
	err = r.store.Update(ctx, func(tx store.Tx) (err error) {
		g = &guess{visitor: v, name: name}
		g.visitor.Cause.At = r.Now()
		for _, c := range r.countsOn(g) {
			t, err := tx.Tally(c.about)
			if err != nil {
				return err
			}
			if wait := t.Locked(g.visitor.Cause.At); wait > 0 {
				return fault.Later(wait, "There were too many wrong passwords. Wait until you may try again, or ask an administrator for a new password.")
			}
			g.tallies = append(g.tallies, t.Count(c.limit, g.visitor.Cause.At))
		}
		for _, t := range g.tallies {
			if err := tx.SaveTally(t); err != nil {
				return err
			}
		}
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		o, ok := dir.Operator(name)
		g.known = ok && o.RevokedAt.IsZero()
		g.account, err = tx.Account(name)
		return err
	})
	return g, err
}

// countsOn says what an attempt is counted on. What cannot be a name is nobody's, and is counted on the network alone:
// it shall not fill the table.
func (r *Registry) countsOn(g *guess) (list []countedOn) {
	if key := g.visitor.Cause.Key; key != "" {
		g.own = access.TallyOfKey(key)
		return []countedOn{{g.own, access.AccountLimit()}}
	}
	if access.ValidName(g.name) {
		g.own = r.tallyOfName(g.name)
		list = append(list, countedOn{g.own, access.AccountLimit()})
	}
	if g.visitor.Network != "" {
		list = append(list, countedOn{access.TallyOfNetwork(g.visitor.Network), access.NetworkLimit()})
	}
	return list
}

// tallyOfName is what wrong passwords for a name are counted under.
func (r *Registry) tallyOfName(name string) string {
	if r.passwords == nil { // then nobody has tried any
		return ""
	}
	return access.TallyOfName(r.passwords.Digest(name))
}

type countedOn struct {
	about string
	limit access.Limit
}

// wrongGuess notes who is locked out by a wrong password. It writes as much for a name that nobody has as for another
// one, or else a commit that takes its time would tell the two apart.
func (r *Registry) wrongGuess(ctx context.Context, g *guess) error {
	for _, t := range g.tallies {
		if t.Locked(g.visitor.Cause.At) == 0 {
			continue
		}
		slog.Warn("locked after wrong passwords", "about", g.about(t), "wrong", t.Wrong, "until", t.LockedUntil, "request_id", g.visitor.Cause.RequestID)
		if t.About != g.own {
			continue
		}
		if err := r.store.Update(ctx, func(tx store.Tx) error { return noteLockout(tx, g, t) }); err != nil {
			return err
		}
	}
	return nil
}

// about names in the log what is locked. A name that nobody has may be anything that was typed, a password too.
func (g *guess) about(t access.Tally) string {
	switch {
	case t.About != g.own:
		return t.About
	case g.known:
		return access.OperatorPrefix + g.name
	}
	return "a name that nobody has"
}

func noteLockout(tx store.Tx, g *guess, locked access.Tally) error {
	now, err := tx.Tally(locked.About)
	if err != nil {
		return err
	}
	if err := tx.SaveTally(now); err != nil || !g.known {
		return err
	}
	c := g.visitor.Cause
	c.Actor = lockoutActor
	return noteOperator(tx, g.name, c, event.LockedOut, "wrong", strconv.Itoa(locked.Wrong), "until", event.Date(locked.LockedUntil))
}

// rightGuess takes back what was counted of an attempt, and all that was counted before under its name. A hash that
// was made in another way than hashes are now is replaced.
func (r *Registry) rightGuess(ctx context.Context, g *guess, rehashed string) error {
	return r.store.Update(ctx, func(tx store.Tx) error {
		a, err := tx.Account(g.name)
		if err != nil {
			return err
		}
		if a.Password != g.account.Password {
			return errWrongPassword() // it was changed while it was compared
		}
		for _, counted := range g.tallies {
			if err := takeBack(tx, counted, g.own); err != nil {
				return err
			}
		}
		if rehashed == "" {
			return nil
		}
		a.Password = rehashed
		return tx.SaveAccount(a)
	})
}

func takeBack(tx store.Tx, counted access.Tally, own string) error {
	if counted.About == own {
		return tx.ForgetTally(counted.About)
	}
	t, err := tx.Tally(counted.About)
	if err != nil {
		return err
	}
	return tx.SaveTally(t.TakeBack(counted))
}

// tallyKept is for how long a tally is kept that nothing was added to.
const tallyKept = 24 * time.Hour

// ForgetTallies forgets wrong passwords of long ago.
func (r *Registry) ForgetTallies(ctx context.Context, _ time.Duration) (int, error) {
	return r.forget(ctx, tallyKept, store.Tx.ForgetTallies)
}
