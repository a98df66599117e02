package admin

import (
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) operators(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	accounts, err := h.reg.Accounts(r.Context())
	if err != nil {
		return nil, err
	}
	used, err := h.reg.KeyUses(r.Context())
	if err != nil {
		return nil, err
	}
	p := switchboard.Page[switchboard.DeskOperator]{Items: []switchboard.DeskOperator{}}
	for _, o := range dir.Operators {
		a := accounts[o.Name]
		if !r.roles.Has(nobodyElse) {
			a.Link.Identity.Value = "" // who somebody is elsewhere is theirs, and of who links them
		}
		p.Items = append(p.Items, switchboard.DeskOperator{Name: o.Name, State: holderState(o.RevokedAt),
			Roles: strings.Split(o.Roles.String(), ","), CreatedAt: o.CreatedAt, RevokedAt: o.RevokedAt,
			Tokens:      wireTokens(registry.TokensOf(dir, access.HolderOperator, o.Name, o.RevokedAt), used, r.cause.At),
			HasPassword: a.Password != "", Passkeys: len(a.Passkeys), OpenID: a.Link.Identity.Value, LockedUntil: a.LockedUntil, SeenAt: a.SeenAt()})
	}
	return p, nil
}

func (h *Handler) addOperator(r request) (any, error) {
	in, err := decode[switchboard.NewDeskOperator](r)
	if err != nil {
		return nil, err
	}
	roles, err := rolesOf(in.Roles)
	if err != nil {
		return nil, err
	}
	made, err := h.reg.AddOperatorWith(r.Context(), r.caller(), in.Name, roles, registry.Handout{Token: !in.NoToken, Password: in.Password})
	if err != nil {
		return nil, err
	}
	out := switchboard.AddedOperator{IssuedToken: issuedToken(made.Token), Password: made.Password.Reveal()}
	out.Holder, out.HolderID = string(access.HolderOperator), made.Name
	return out, nil
}

// rolesOf reads a list of roles, which may not be empty.
func rolesOf(names []string) (access.Roles, error) {
	roles, ok := access.ParseRoles(strings.Join(names, ","))
	if !ok {
		return 0, badField("roles", "must be one or more of "+strings.Join(access.RoleNames(), ", "))
	}
	return roles, nil
}

func (h *Handler) setRoles(r request) (any, error) {
	in, err := decode[struct {
		Roles   []string `json:"roles"`
		IfRoles []string `json:"if_roles"`
	}](r)
	if err != nil {
		return nil, err
	}
	roles, err := rolesOf(in.Roles)
	if err != nil {
		return nil, err
	}
	seen, ok := access.ParseRoles(strings.Join(in.IfRoles, ","))
	if !ok && len(in.IfRoles) > 0 {
		return nil, badField("if_roles", "must be the roles that the operator had, or be left out")
	}
	changed, err := h.reg.SetRolesFrom(r.Context(), r.caller(), r.PathValue("operator"), seen, roles)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) revokeOperator(r request) (any, error) {
	changed, err := h.reg.RevokeOperator(r.Context(), r.caller(), r.PathValue("operator"))
	return switchboard.Changed{Changed: changed}, err
}
