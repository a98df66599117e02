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

// Handout says what a new operator is given to begin with: one of the two at least.
type Handout struct{ Token, Password bool }

// NewOperator is an operator who was added, with what they were given.
type NewOperator struct {
	Name     string
	Token    IssuedToken // zero when none was asked for
	Password secret.Text // likewise
}

// AddOperator makes an operator with a first token: see AddOperatorWith.
func (r *Registry) AddOperator(ctx context.Context, by Caller, name string, roles access.Roles) (IssuedToken, error) {
	made, err := r.AddOperatorWith(ctx, by, name, roles, Handout{Token: true})
	return made.Token, err
}

// AddOperatorWith makes an operator with what they begin with. Exists when the name is taken: also by one who was
// revoked, because events name people by it.
func (r *Registry) AddOperatorWith(ctx context.Context, by Caller, name string, roles access.Roles, give Handout) (NewOperator, error) {
	o := access.Operator{Name: name, Roles: roles, CreatedAt: by.Cause.At}
	var bad fault.Fields
	o.Check(&bad)
	if give == (Handout{}) {
		bad.Add("no_token", "leaves nothing to sign in with: ask for a password besides")
	}
	if bad != nil {
		return NewOperator{}, bad.Err()
	}
	made, hash, err := r.firstCredentials(name, give)
	if err != nil {
		return NewOperator{}, err
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		switch was, ok := dir.Operator(name); {
		case ok && !was.RevokedAt.IsZero():
			return fault.New(fault.Exists, "Operator %s was revoked, for good; choose another name.", name)
		case ok:
			return fault.New(fault.Exists, "There is an operator %s already.", name)
		}
		return r.addOperator(tx, by.Cause, o, &made, hash)
	})
	return made, err
}

// firstCredentials makes what a new operator begins with, and the hash of the password.
func (r *Registry) firstCredentials(name string, give Handout) (made NewOperator, hash string, err error) {
	made.Name = name
	if give.Token {
		made.Token.Text = secret.NewBearer(tokenPrefixes[access.HolderOperator])
	}
	if give.Password {
		made.Password = secret.NewPassword()
		hash, err = r.hashPassword(name, made.Password)
	}
	return made, hash, err
}

// addOperator saves a new operator with a token, a password, or both.
func (r *Registry) addOperator(tx store.Tx, c event.Cause, o access.Operator, made *NewOperator, hash string) error {
	if err := saveOperator(tx, o, c, event.OperatorAdded, "roles", o.Roles.String()); err != nil {
		return err
	}
	if hash != "" {
		if err := r.issuePassword(tx, c, o, hash); err != nil {
			return err
		}
	}
	if made.Token.Text.IsZero() {
		return nil
	}
	t, err := firstToken(tx, c, access.HolderOperator, o.Name, made.Token.Text)
	made.Token.Token = t
	return err
}

// firstToken gives a holder who was just saved a token.
func firstToken(tx store.Tx, c event.Cause, kind access.Holder, id string, text secret.Text) (access.Token, error) {
	h, err := findHolder(tx, c, kind, id)
	if err != nil {
		return access.Token{}, err
	}
	return h.add(tx, c.At, text)
}

// saveOperator saves an operator and appends an event to the operator's chain.
func saveOperator(tx store.Tx, o access.Operator, c event.Cause, kind event.Kind, pairs ...string) error {
	if err := tx.SaveOperator(o); err != nil {
		return err
	}
	return noteOperator(tx, o.Name, c, kind, pairs...)
}

// noteOperator appends an event to an operator's chain. The directory stays as it is.
func noteOperator(tx store.Tx, name string, c event.Cause, kind event.Kind, pairs ...string) error {
	return tellOperator(tx, name, event.Event{Kind: kind, Cause: c, Data: event.Data(pairs...)})
}

// tellOperator is noteOperator of an event that may have personal texts.
func tellOperator(tx store.Tx, name string, e event.Event) error {
	head, err := tx.OperatorHead(name)
	if err != nil {
		return err
	}
	e.Subject = event.Subject{Kind: event.Operator, ID: name}
	if head, err = record(tx, head, &e); err != nil {
		return err
	}
	return tx.SaveOperatorHead(name, head)
}

// liveOperator finds an operator who was not revoked.
func liveOperator(dir *store.Directory, name string) (access.Operator, error) {
	o, ok := dir.Operator(name)
	if !ok {
		return o, fault.New(fault.NotFound, "There is no operator %.50q; `switchboard operator list` shows them.", name)
	}
	if !o.RevokedAt.IsZero() {
		return o, fault.New(fault.Conflict, "Operator %s was revoked, for good; add another one.", name)
	}
	return o, nil
}

// SetRoles says what an operator may do from now on. changed is false when it was so already.
func (r *Registry) SetRoles(ctx context.Context, by Caller, name string, roles access.Roles) (changed bool, err error) {
	return r.SetRolesFrom(ctx, by, name, 0, roles)
}

// SetRolesFrom is SetRoles for who saw the roles as they were, 0 for who did not. (Seen would not do: an operator's chain
// tells of much besides.) Conflict when they were others by now.
func (r *Registry) SetRolesFrom(ctx context.Context, by Caller, name string, seen, roles access.Roles) (changed bool, err error) {
	var bad fault.Fields
	if (access.Operator{Name: name, Roles: roles}).Check(&bad); bad != nil {
		return false, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		o, err := liveOperator(dir, name)
		if changed = err == nil && o.Roles != roles; err != nil || !changed {
			return err
		}
		was := o.Roles
		if seen != 0 && seen != was {
			return errUnseen()
		}
		o.Roles = roles
		return saveOperator(tx, o, by.Cause, event.OperatorChanged, "from", was.String(), "to", roles.String())
	})
	return changed, err
}

// RevokeOperator ends an operator at once and for good, with all tokens, sessions and the password. changed is false when that was
// done already.
func (r *Registry) RevokeOperator(ctx context.Context, by Caller, name string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		o, err := liveOperator(dir, name)
		if changed = err == nil; fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		o.RevokedAt = by.Cause.At
		if err := closeAccount(tx, name); err != nil {
			return err
		}
		return saveOperator(tx, o, by.Cause, event.OperatorRevoked)
	})
	return changed, err
}

// TokensOf gives a holder's tokens as a directory has them, dead ones included. One whose holder was revoked
// at a time ended then.
func TokensOf(dir *store.Directory, kind access.Holder, id string, revoked time.Time) []access.Token {
	list := tokensOf(dir, kind, id)
	for i := range list {
		if list[i].RevokedAt.IsZero() {
			list[i].RevokedAt = revoked
		}
	}
	return list
}
