package registry

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// IssuedSecret is a channel's secret as its channel gets it: once, when it is made.
type IssuedSecret struct {
	Secret channel.Secret
	Text   secret.Text
}

// secretLives says whether the secret that a call came with still opens the door.
func secretLives(dir *store.Directory, by Caller) bool {
	c, ok := dir.Channel(by.ChannelID)
	if !ok || c.Revoked() {
		return false
	}
	return slices.ContainsFunc(dir.SecretsOf(by.ChannelID), func(s channel.Secret) bool {
		return s.ID == by.Cause.Key && s.Live(by.Cause.At)
	})
}

// AddChannel makes a channel with a first secret. Exists when the id is taken.
func (r *Registry) AddChannel(ctx context.Context, by Caller, c channel.Channel) (channel.Channel, IssuedSecret, error) {
	var bad fault.Fields
	if c.Check(&bad); c.ID == sandbox.ChannelID && !r.sandbox {
		bad.Add("channel", "is the public sandbox's; a production server never lets it in")
	}
	if err := bad.Err(); err != nil {
		return c, IssuedSecret{}, err
	}
	text := secret.NewToken()
	var s channel.Secret
	err := r.update(ctx, by, func(tx store.Tx) error {
		dir, err := tx.Directory()
		if err != nil {
			return err
		}
		switch was, ok := dir.Channel(c.ID); {
		case ok && was.Revoked():
			return fault.New(fault.Exists, "Channel %s was revoked, for good; choose another id.", c.ID)
		case ok:
			return fault.New(fault.Exists, "There is a channel %s already; give it a new secret with `switchboard channel rotate %s`.", c.ID, c.ID)
		}
		c.CreatedAt, c.RevokedAt, c.Head = by.Cause.At, time.Time{}, event.Head{}
		s, err = addChannel(tx, by.Cause, &c, text)
		return err
	})
	return c, IssuedSecret{s, text}, err
}

// addChannel records and saves a new channel with its first secret.
func addChannel(tx store.Tx, cause event.Cause, c *channel.Channel, text secret.Text) (channel.Secret, error) {
	if err := saveChannel(tx, c, c.Record(event.ChannelAdded, cause, channelPairs(*c)...)); err != nil {
		return channel.Secret{}, err
	}
	return addSecret(tx, cause, c, 1, text)
}

func channelPairs(c channel.Channel) []string {
	return []string{"name", c.Name, "addresses", c.Addresses.String(), "rate", rateText(c.Rate), "burst", countText(c.Burst)}
}

func rateText(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func countText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// addSecret records and saves the n-th secret of a channel.
func addSecret(tx store.Tx, cause event.Cause, c *channel.Channel, n int, text secret.Text) (channel.Secret, error) {
	s := channel.Secret{ID: fmt.Sprintf("%s-%d", c.ID, n), ChannelID: c.ID, Hash: secret.HashToken(text), CreatedAt: cause.At}
	if err := saveChannel(tx, c, c.Record(event.SecretAdded, cause, "secret", s.ID)); err != nil {
		return s, err
	}
	return s, tx.SaveSecret(s)
}

// saveChannel appends an event of the channel's chain and saves the channel with its new head.
func saveChannel(tx store.Tx, c *channel.Channel, e event.Event) error {
	if err := tx.AppendEvent(&e); err != nil {
		return err
	}
	c.Head = e.Head()
	return tx.SaveChannel(*c)
}

// findChannel finds a channel that is not revoked, and its secrets.
func findChannel(tx store.Tx, id string) (c channel.Channel, secrets []channel.Secret, err error) {
	dir, err := tx.Directory()
	if err != nil {
		return c, nil, err
	}
	c, ok := dir.Channel(id)
	if !ok {
		return c, nil, fault.New(fault.NotFound, "There is no channel %.50q; `switchboard channel list` shows them.", id)
	}
	return c, dir.SecretsOf(id), nil
}

func errChannelRevoked(id string) error {
	return fault.New(fault.Conflict, "Channel %s was revoked, for good; add another one.", id)
}

// SetChannel changes a channel's name, addresses and limits. changed is false when it was so already.
func (r *Registry) SetChannel(ctx context.Context, by Caller, id string, change func(*channel.Channel)) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		was, _, err := findChannel(tx, id)
		if err != nil {
			return err
		}
		if was.Revoked() {
			return errChannelRevoked(id)
		}
		c := was
		change(&c)
		c.ID, c.CreatedAt, c.RevokedAt, c.Head = was.ID, was.CreatedAt, was.RevokedAt, was.Head
		var bad fault.Fields
		if c.Check(&bad); bad != nil {
			return bad.Err()
		}
		if changed = !slices.Equal(channelPairs(c), channelPairs(was)); !changed {
			return nil
		}
		if err := by.Seen.still(was.Head); err != nil {
			return err
		}
		if err := by.mayOpen(tx, was.Addresses, c.Addresses); err != nil {
			return err
		}
		return saveChannel(tx, &c, c.Record(event.ChannelChanged, by.Cause, channelPairs(c)...))
	})
	return changed, err
}

// RotateSecret gives a channel a new secret. Its older live one stays good for overlap, and no longer.
// Conflict when two are live already: revoke one first.
func (r *Registry) RotateSecret(ctx context.Context, by Caller, id string, overlap time.Duration) (IssuedSecret, error) {
	text := secret.NewToken()
	var s channel.Secret
	err := r.update(ctx, by, func(tx store.Tx) error {
		c, secrets, err := findChannel(tx, id)
		if err != nil {
			return err
		}
		if c.Revoked() {
			return errChannelRevoked(id)
		}
		live := liveSecrets(secrets, by.Cause.At)
		if len(live) >= channel.MaxLiveSecrets {
			return fault.New(fault.Conflict, "Channel %s has %d live secrets; end one first: switchboard channel revoke %s %s", id, len(live), id, live[0].ID)
		}
		for _, old := range live {
			if err := expireSecret(tx, by.Cause, &c, old, by.Cause.At.Add(overlap)); err != nil {
				return err
			}
		}
		s, err = addSecret(tx, by.Cause, &c, len(secrets)+1, text)
		return err
	})
	return IssuedSecret{s, text}, err
}

func liveSecrets(list []channel.Secret, at time.Time) (live []channel.Secret) {
	for _, s := range list {
		if s.Live(at) {
			live = append(live, s)
		}
	}
	return live
}

// expireSecret makes a secret end at a time, unless it ends earlier.
func expireSecret(tx store.Tx, cause event.Cause, c *channel.Channel, s channel.Secret, at time.Time) error {
	if !s.ExpiresAt.IsZero() && s.ExpiresAt.Before(at) {
		return nil
	}
	s.ExpiresAt = at
	if !at.After(cause.At) { // at once, whatever the clocks of other nodes say
		s.RevokedAt = at
	}
	if err := saveChannel(tx, c, c.Record(event.SecretExpires, cause, "secret", s.ID, "at", at.Format(time.RFC3339))); err != nil {
		return err
	}
	return tx.SaveSecret(s)
}

// RevokeSecret ends a secret of a channel at once. changed is false when it was revoked already.
func (r *Registry) RevokeSecret(ctx context.Context, by Caller, id, secretID string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		c, secrets, err := findChannel(tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(secrets, func(s channel.Secret) bool { return s.ID == secretID })
		if i < 0 {
			return fault.New(fault.NotFound, "Channel %s has no secret %.60q; `switchboard channel list` shows them.", id, secretID)
		}
		s := secrets[i]
		if changed = s.RevokedAt.IsZero(); !changed {
			return nil
		}
		s.RevokedAt = by.Cause.At
		if err := saveChannel(tx, &c, c.Record(event.SecretRevoked, by.Cause, "secret", s.ID)); err != nil {
			return err
		}
		return tx.SaveSecret(s)
	})
	return changed, err
}

// RevokeChannel ends a channel at once, for good. changed is false when it was revoked already.
func (r *Registry) RevokeChannel(ctx context.Context, by Caller, id string) (changed bool, err error) {
	err = r.update(ctx, by, func(tx store.Tx) error {
		c, _, err := findChannel(tx, id)
		if err != nil {
			return err
		}
		if changed = !c.Revoked(); !changed {
			return nil
		}
		c.RevokedAt = by.Cause.At
		return saveChannel(tx, &c, c.Record(event.ChannelRevoked, by.Cause))
	})
	return changed, err
}
