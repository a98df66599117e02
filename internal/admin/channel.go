package admin

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

func (h *Handler) channels(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	used, err := h.reg.KeyUses(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.Channel]{Items: []switchboard.Channel{}}
	for _, c := range dir.Channels {
		p.Items = append(p.Items, wireChannel(c, dir.SecretsOf(c.ID), used, r.cause.At))
	}
	return p, nil
}

// lastUses says when keys were last used.
type lastUses = map[store.KeyName]time.Time

func wireChannel(c channel.Channel, secrets []channel.Secret, used lastUses, now time.Time) switchboard.Channel {
	w := switchboard.Channel{ID: c.ID, Name: c.Name, State: "live", Addresses: c.Addresses.Texts(), Rate: c.Rate, Burst: c.Burst,
		Version: c.Head.Version, CreatedAt: c.CreatedAt, RevokedAt: c.RevokedAt, Secrets: []switchboard.ChannelSecret{}}
	if c.Revoked() {
		w.State = "revoked"
	}
	for _, s := range secrets {
		if s.RevokedAt.IsZero() {
			s.RevokedAt = c.RevokedAt // a revoked channel's secrets open no door either
		}
		w.Secrets = append(w.Secrets, switchboard.ChannelSecret{ID: s.ID, State: keyState(s.Live(now), s.ExpiresAt, s.RevokedAt),
			CreatedAt: s.CreatedAt, LastUsedAt: used[store.KeyName{Kind: store.ChannelSecret, ID: s.ID}], ExpiresAt: s.ExpiresAt, RevokedAt: s.RevokedAt})
	}
	return w
}

func (h *Handler) addChannel(r request) (any, error) {
	in, err := decode[switchboard.NewChannel](r)
	if err != nil {
		return nil, err
	}
	c := channel.Channel{ID: in.ID, Name: in.Name, Rate: in.Rate, Burst: in.Burst}
	var bad fault.Fields
	c.Addresses, err = network.Parse(in.Addresses)
	addProblem(&bad, "addresses", err)
	c.Check(&bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	_, s, err := h.reg.AddChannel(r.Context(), r.caller(), c)
	if err != nil {
		return nil, err
	}
	return issuedSecret(s), nil
}

// addProblem adds what a parser of the domain says as the problem of the field it read.
func addProblem(bad *fault.Fields, field string, err error) {
	if err != nil {
		bad.Add(field, "are not all networks: %s", strings.TrimSuffix(fault.As(err).Message, "."))
	}
}

// issuedSecret is the one place where a channel's secret leaves the server.
func issuedSecret(s registry.IssuedSecret) switchboard.IssuedSecret {
	return switchboard.IssuedSecret{Channel: s.Secret.ChannelID, SecretID: s.Secret.ID, Secret: s.Text.Reveal()}
}

func (h *Handler) setChannel(r request) (any, error) {
	in, err := decode[switchboard.ChannelChange](r)
	if err != nil {
		return nil, err
	}
	as, err := changeOf(in)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.SetChannel(r.Context(), r.having(in.IfVersion), r.PathValue("channel"), as)
	return switchboard.Changed{Changed: changed}, err
}

// changeOf makes of what a request gives the change of a channel.
func changeOf(in switchboard.ChannelChange) (func(*channel.Channel), error) {
	addresses := in.Addresses
	if addresses == nil {
		addresses = new([]string)
	}
	nets, err := network.Parse(*addresses)
	var bad fault.Fields
	if addProblem(&bad, "addresses", err); err != nil {
		return nil, bad.Err()
	}
	return func(c *channel.Channel) {
		if in.Addresses != nil {
			c.Addresses = nets
		}
		set(&c.Name, in.Name)
		set(&c.Rate, in.Rate)
		set(&c.Burst, in.Burst)
	}, nil
}

// set puts a value that was given where it belongs.
func set[T any](into, value *T) {
	if value != nil {
		*into = *value
	}
}

func (h *Handler) rotateSecret(r request) (any, error) {
	in, err := decode[switchboard.NewSecret](r)
	if err != nil {
		return nil, err
	}
	overlap, err := overlapOf(in.Overlap)
	if err != nil {
		return nil, err
	}
	s, err := h.reg.RotateSecret(r.Context(), r.caller(), r.PathValue("channel"), overlap)
	if err != nil {
		return nil, err
	}
	return issuedSecret(s), nil
}

func (h *Handler) revokeSecret(r request) (any, error) {
	changed, err := h.reg.RevokeSecret(r.Context(), r.caller(), r.PathValue("channel"), r.PathValue("secret"))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) revokeChannel(r request) (any, error) {
	changed, err := h.reg.RevokeChannel(r.Context(), r.caller(), r.PathValue("channel"))
	return switchboard.Changed{Changed: changed}, err
}
