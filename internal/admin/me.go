package admin

import (
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// Desk is what people at the desk are told of the server.
type Desk struct {
	ReviewTarget time.Duration // how long a review should wait at most
}

// me tells who asks, and what they may do. Who comes through the socket, or with the shared token, has nothing of
// their own here.
func (h *Handler) me(r request) (any, error) {
	s := h.cfg.Status()
	name := strings.TrimPrefix(r.cause.Actor, access.OperatorPrefix)
	out := switchboard.Me{Name: name, Roles: strings.Split(r.roles.String(), ","), May: r.mayRoutes(h.patterns), Owns: ownsOf(r.roles),
		Passkeys: []switchboard.Passkey{}, Sessions: []switchboard.Session{}, Tokens: []switchboard.BearerToken{},
		ReviewTarget: h.cfg.Desk.ReviewTarget.String(), TimeZone: s.TimeZone, Mode: s.Mode, Version: s.Version}
	out.Session, out.SignedInAt, out.ProvenAt, out.ExpiresAt = r.session.ID, r.session.CreatedAt, r.session.ProvenAt, r.session.ExpiresAt
	out.MustChange = r.session.MustChange
	if r.cause.Key == "" {
		return out, nil
	}
	own, err := h.reg.Own(r.Context(), name)
	if err != nil {
		return nil, err
	}
	out.HasPassword, out.PasswordAt = own.Password != "", own.PasswordAt
	out.OpenID, out.OpenIDAt = own.Link.Identity.Value, own.Link.At
	out.Passkeys, out.Sessions = wirePasskeys(own), wireSessions(own)
	out.Tokens, err = h.ownTokens(r, name)
	return out, err
}

// ownTokens gives the tokens of who asks. When they were used is asked for those who have any alone: each page of the desk asks
// who is there.
func (h *Handler) ownTokens(r request, name string) ([]switchboard.BearerToken, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	tokens := registry.TokensOf(dir, access.HolderOperator, name, time.Time{})
	var used lastUses
	if len(tokens) > 0 {
		used, err = h.reg.KeyUses(r.Context())
	}
	return wireTokens(tokens, used, r.cause.At), err
}

// ownsOf lists whose blocks somebody may place and lift.
func ownsOf(roles access.Roles) []string {
	list := []string{}
	for _, o := range block.Owners() {
		if roles.MayOwn(o) {
			list = append(list, o.String())
		}
	}
	return list
}

func wireSessions(a registry.Account) []switchboard.Session {
	list := make([]switchboard.Session, 0, len(a.Sessions))
	for _, s := range a.Sessions {
		list = append(list, switchboard.Session{ID: s.ID, Way: string(s.Way), Address: s.Address, Agent: s.Agent,
			CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt})
	}
	return list
}
