package registry

import (
	"context"
	"encoding/json"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// StartOpenID begins a sign-in at the OpenID provider: a browser goes to the address, and keeps pending. A fresh one ends well
// only if the provider says that somebody has proven anew who they are. Faults: Conflict where there is no provider,
// Unavailable while it does not answer.
func (r *Registry) StartOpenID(ctx context.Context, fresh bool) (address, pending string, err error) {
	p, err := r.openID()
	if err != nil {
		return "", "", err
	}
	address, visit, err := p.Start(ctx, fresh)
	if err != nil {
		return "", "", err
	}
	state, err := json.Marshal(visit)
	if err != nil {
		return "", "", fault.Wrap(err, fault.Internal, "The visit to the OpenID provider could not be written.")
	}
	pending, err = r.sealChallenge(toVisit, challenge{State: state})
	return address, pending, err
}

// SignInOpenID signs in who the OpenID provider says is there, if that is linked with an operator. A passkey is not asked
// for: how its people prove who they are is the provider's. Faults: Unauthenticated; SignInAgain for a fresh sign-in that
// proves nothing anew; Conflict and Unavailable as for StartOpenID.
func (r *Registry) SignInOpenID(ctx context.Context, v Visitor, pending, state, code string) (s OpenedSession, err error) {
	p, err := r.openID()
	if err != nil {
		return s, err
	}
	visit, err := r.visited(ctx, pending, state)
	if err != nil {
		return s, err
	}
	who, err := p.Finish(ctx, visit, state, code)
	if err != nil {
		return s, err
	}
	name, err := r.linked(ctx, who.Identity)
	if err != nil {
		return s, err
	}
	return r.OpenSession(ctx, v, Proof{Operator: name, At: who.ProvenAt}, access.ByOpenID, func(tx store.Tx) error {
		l, err := tx.Linked(who.Identity)
		if fault.Is(err, fault.NotFound) || err == nil && l.Operator != name {
			return errNotLinked(who.Identity)
		}
		return err
	})
}

// visited reads which visit to the provider a browser comes back from, once. Nothing is written for who does not.
func (r *Registry) visited(ctx context.Context, pending, state string) (v openid.Visit, err error) {
	c, err := r.openChallenge(toVisit, pending)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(c.State, &v); err != nil {
		return v, errChallengeOver(err)
	}
	if err := v.CameBack(state); err != nil {
		return v, err
	}
	return v, r.store.Update(ctx, c.spend)
}

// linked finds who somebody at the provider is here.
func (r *Registry) linked(ctx context.Context, who access.Identity) (operator string, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		l, err := tx.Linked(who)
		operator = l.Operator
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = errNotLinked(who)
	}
	return operator, err
}

// errNotLinked tells people what an administrator needs to know of them: it is their own, and they have just proven it.
func errNotLinked(who access.Identity) error {
	return fault.New(fault.Unauthenticated, "You have no account here yet. Tell an administrator what you are known by at the provider, %s %q: it is linked with `switchboard operator link`.", who.Claim, who.Value)
}

// LinkOperator lets an operator sign in as somebody at the OpenID provider, known by the value of the claim that the
// settings name, in the place of whoever it was before. changed is false when it was so already. Faults: Invalid; NotFound
// and Conflict for an operator who is not; Conflict where there is no provider; Exists when it is another operator; Forbidden for oneself.
func (r *Registry) LinkOperator(ctx context.Context, by Caller, name, value string) (changed bool, err error) {
	if err := by.notOneself(name); err != nil {
		return false, err
	}
	p, err := r.openID()
	if err != nil {
		return false, err
	}
	who := p.Identity(value)
	var bad fault.Fields
	if who.Check(&bad); bad != nil {
		return false, bad.Err()
	}
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		if _, err := liveOperator(dir, name); err != nil {
			return err
		}
		l, err := tx.Linked(who)
		if changed = fault.Is(err, fault.NotFound); !changed {
			return onlyOf(l, name, err)
		}
		if err := tx.SaveLink(access.Link{Operator: name, Identity: who, At: by.Cause.At}); err != nil {
			return err
		}
		if err := endSessionsBy(tx, by.Cause, name, access.ByOpenID); err != nil { // as somebody else
			return err
		}
		return tellOperator(tx, name, event.Event{Kind: event.OpenIDLinked, Cause: by.Cause, Data: event.Data("issuer", who.Issuer, "claim", who.Claim),
			Private: event.Private("value", who.Value)})
	})
	return changed, err
}

// onlyOf refuses what is linked with another operator.
func onlyOf(l access.Link, name string, err error) error {
	if err == nil && l.Operator != name {
		err = fault.New(fault.Exists, "That person at the OpenID provider is operator %s already.", l.Operator)
	}
	return err
}

// UnlinkOperator takes that back, and ends the sessions that were opened so. changed is false when there was no link.
func (r *Registry) UnlinkOperator(ctx context.Context, by Caller, name string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		if _, ok := dir.Operator(name); !ok {
			_, err := liveOperator(dir, name)
			return err
		}
		if changed, err = tx.DeleteLink(name); err != nil || !changed {
			return err
		}
		if err := endSessionsBy(tx, by.Cause, name, access.ByOpenID); err != nil {
			return err
		}
		return noteOperator(tx, name, by.Cause, event.OpenIDUnlinked)
	})
	return changed, err
}

// endSessionsBy ends the sessions of an operator that were opened in a way.
func endSessionsBy(tx store.Tx, by event.Cause, name string, way access.Way) error {
	list, err := tx.Sessions(name)
	for _, s := range list {
		if err == nil && s.Way == way {
			err = endSession(tx, by, s, "unlinked")
		}
	}
	return err
}
