package registry

import (
	"context"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// AddSwitch makes a transaction switch with a first token. Exists when the id is taken.
func (r *Registry) AddSwitch(ctx context.Context, by Caller, id, name string) (IssuedToken, error) {
	s := access.Switch{ID: id, Name: name, CreatedAt: by.Cause.At}
	var bad fault.Fields
	if s.Check(&bad); id == sandbox.SwitchID && !r.sandbox {
		bad.Add("switch", "is the public sandbox's; a production server never lets it in")
	}
	if err := bad.Err(); err != nil {
		return IssuedToken{}, err
	}
	text := secret.NewBearer(tokenPrefixes[access.HolderSwitch])
	var t access.Token
	err := r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		switch was, ok := dir.Switch(id); {
		case ok && !was.RevokedAt.IsZero():
			return fault.New(fault.Exists, "Switch %s was revoked, for good; choose another id.", id)
		case ok:
			return fault.New(fault.Exists, "There is a switch %s already; give it a new token with `switchboard switch token %s`.", id, id)
		}
		t, err = addSwitch(tx, by.Cause, s, text)
		return err
	})
	return IssuedToken{t, text}, err
}

// addSwitch records and saves a new switch with its first token.
func addSwitch(tx store.Tx, c event.Cause, s access.Switch, text secret.Text) (access.Token, error) {
	if err := saveSwitch(tx, &s, c, event.SwitchAdded, "name", s.Name); err != nil {
		return access.Token{}, err
	}
	return firstToken(tx, c, access.HolderSwitch, s.ID, text)
}

// saveSwitch appends an event of the switch's chain and saves the switch with its new head.
func saveSwitch(tx store.Tx, s *access.Switch, c event.Cause, kind event.Kind, pairs ...string) (err error) {
	e := &event.Event{Subject: event.Subject{Kind: event.Switch, ID: s.ID}, Kind: kind, Cause: c, Data: event.Data(pairs...)}
	if s.Head, err = record(tx, s.Head, e); err != nil {
		return err
	}
	return tx.SaveSwitch(*s)
}

// liveSwitch finds a switch that was not revoked.
func liveSwitch(dir *store.Directory, id string) (access.Switch, error) {
	s, ok := dir.Switch(id)
	if !ok {
		return s, fault.New(fault.NotFound, "There is no switch %.50q; `switchboard switch list` shows them.", id)
	}
	if !s.RevokedAt.IsZero() {
		return s, fault.New(fault.Conflict, "Switch %s was revoked, for good; add another one.", id)
	}
	return s, nil
}

// RevokeSwitch ends a switch at once and for good, with all its tokens. changed is false when that was done
// already.
func (r *Registry) RevokeSwitch(ctx context.Context, by Caller, id string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		s, err := liveSwitch(dir, id)
		if changed = err == nil; fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		s.RevokedAt = by.Cause.At
		return saveSwitch(tx, &s, by.Cause, event.SwitchRevoked)
	})
	return changed, err
}
