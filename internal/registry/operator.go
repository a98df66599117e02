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

// AddOperator makes an operator with a first token. Exists when the name is taken: also by one who was
// revoked, because events name people by it.
func (r *Registry) AddOperator(ctx context.Context, by Caller, name string, roles access.Roles) (IssuedToken, error) {
	o := access.Operator{Name: name, Roles: roles, CreatedAt: by.Cause.At}
	var bad fault.Fields
	if o.Check(&bad); bad != nil {
		return IssuedToken{}, bad.Err()
	}
	text := secret.NewBearer(tokenPrefixes[access.HolderOperator])
	var t access.Token
	err := r.update(ctx, by, func(tx store.Tx) error {
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
		fresh := o // the transaction may run again
		if err := saveOperator(tx, &fresh, by.Cause, event.OperatorAdded, "roles", roles.String()); err != nil {
			return err
		}
		t, err = firstToken(tx, by.Cause, access.HolderOperator, name, text)
		return err
	})
	return IssuedToken{t, text}, err
}

// firstToken gives a holder who was just saved a token.
func firstToken(tx store.Tx, c event.Cause, kind access.Holder, id string, text secret.Text) (access.Token, error) {
	h, err := findHolder(tx, c, kind, id)
	if err != nil {
		return access.Token{}, err
	}
	return h.add(tx, c.At, text)
}

// saveOperator appends an event of the operator's chain and saves the operator with its new head.
func saveOperator(tx store.Tx, o *access.Operator, c event.Cause, kind event.Kind, pairs ...string) (err error) {
	e := &event.Event{Subject: event.Subject{Kind: event.Operator, ID: o.Name}, Kind: kind, Cause: c, Data: event.Data(pairs...)}
	if o.Head, err = record(tx, o.Head, e); err != nil {
		return err
	}
	return tx.SaveOperator(*o)
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
		o.Roles = roles
		return saveOperator(tx, &o, by.Cause, event.OperatorChanged, "from", was.String(), "to", roles.String())
	})
	return changed, err
}

// RevokeOperator ends an operator at once and for good, with all tokens. changed is false when that was
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
		return saveOperator(tx, &o, by.Cause, event.OperatorRevoked)
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
