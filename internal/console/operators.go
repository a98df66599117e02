package console

import (
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func (c *Console) operatorsRoutes() {
	c.page("GET /operators", "operators", (*visit).operatorsPage)
	c.act("POST /operators", (*visit).addOperator)
	c.act("PUT /operators/{operator}/roles", (*visit).setRoles)
	c.act("POST /operators/{operator}/revoke", (*visit).revokeOperator)
	c.act("POST /operators/{operator}/password", (*visit).issuePassword)
	c.act("POST /operators/{operator}/passkeys/forget", (*visit).forgetPasskeys)
	c.act("PUT /operators/{operator}/openid", (*visit).linkOperator)
	c.act("DELETE /operators/{operator}/openid", (*visit).unlinkOperator)
	c.act("POST /operators/{operator}/tokens", (*visit).addOperatorToken)
	c.page("GET /switches", "switches", (*visit).switchesPage)
	c.act("POST /switches", (*visit).addSwitch)
	c.act("POST /switches/{switch}/tokens", (*visit).addSwitchToken)
	c.act("POST /switches/{switch}/revoke", (*visit).revokeSwitch)
}

// operatorsPage is who works at the desk.
type operatorsPage struct {
	*visit
	People   []switchboard.DeskOperator
	Gone     []switchboard.DeskOperator
	Provider string // of OpenID; "" for none
}

func (v *visit) operatorsPage() (any, error) {
	p := operatorsPage{visit: v}
	ways, err := v.api.SignInWays(v.r.Context())
	if err != nil {
		return nil, err
	}
	p.Provider = ways.OpenID
	all, err := v.api.Operators(v.r.Context())
	for _, o := range all {
		if o.State == "revoked" {
			p.Gone = append(p.Gone, o)
			continue
		}
		p.People = append(p.People, o)
	}
	return p, err
}

// roleNames are the roles there are, from the one that may least.
func roleNames() []string {
	return []string{"viewer", "support", "reviewer", "fraud", "compliance", "administrator"}
}

// RoleNames is that.
func (v *visit) RoleNames() []string { return roleNames() }

// InRole says whether somebody has a role.
func (v *visit) InRole(o switchboard.DeskOperator, role string) bool {
	return slices.Contains(o.Roles, role)
}

// formRoles reads the roles that were ticked.
func (v *visit) formRoles() (roles []string) {
	for _, r := range roleNames() {
		if v.form("role_"+r) != "" {
			roles = append(roles, r)
		}
	}
	return roles
}

func (v *visit) addOperator() (done, error) {
	n := switchboard.NewDeskOperator{Name: strings.ToLower(v.form("name")), Roles: v.formRoles(), Password: v.form("with") != "token", NoToken: v.form("with") == "password"}
	if len(n.Roles) == 0 {
		return done{}, badField("roles", v.T("operators.roles.problem"))
	}
	a, err := v.api.AddOperator(v.r.Context(), n)
	if err != nil {
		return done{}, err
	}
	o := once{Title: v.T("operators.added", n.Name), Lead: v.T("operators.added.lead"), Back: "/operators", BackText: v.T("operators.back"),
		Rows: []onceRow{{v.T("operators.name"), n.Name, false}}}
	if a.Password != "" {
		o.Rows = append(o.Rows, onceRow{v.T("operators.password"), a.Password, true})
	}
	if a.Token != "" {
		o.Rows = append(o.Rows, onceRow{v.T("operators.token"), a.Token, true})
	}
	return v.tellOnce(o), nil
}

func (v *visit) setRoles() (done, error) {
	name, roles := v.r.PathValue("operator"), v.formRoles()
	if len(roles) == 0 {
		return done{}, badField("roles", v.T("operators.roles.problem"))
	}
	seen := v.form(seenField)
	if seen == "" {
		return done{}, v.unseen()
	}
	c, err := v.api.SetRolesFrom(v.r.Context(), name, strings.Split(seen, ","), roles)
	return sayChanged(c, "operators.roles.set", name), err
}

func (v *visit) revokeOperator() (done, error) {
	name := v.r.PathValue("operator")
	if err := v.typed(name); err != nil {
		return done{}, err
	}
	c, err := v.api.RevokeOperator(v.r.Context(), name)
	return sayChanged(c, "operators.revoked", name), err
}

func (v *visit) issuePassword() (done, error) {
	name := v.r.PathValue("operator")
	p, err := v.api.IssuePassword(v.r.Context(), name)
	return v.tellOnce(once{Title: v.T("operators.password.title", name), Lead: v.T("operators.password.lead"), Back: "/operators", BackText: v.T("operators.back"),
		Rows: []onceRow{{v.T("operators.name"), name, false}, {v.T("operators.password"), p.Password, true}}}), err
}

func (v *visit) forgetPasskeys() (done, error) {
	name := v.r.PathValue("operator")
	c, err := v.api.ForgetPasskeys(v.r.Context(), name)
	return sayChanged(c, "operators.passkeys.forgotten", name), err
}

func (v *visit) linkOperator() (done, error) {
	name := v.r.PathValue("operator")
	c, err := v.api.LinkOperator(v.r.Context(), name, v.form("value"))
	return sayChanged(c, "operators.openid.linked", name), err
}

func (v *visit) unlinkOperator() (done, error) {
	name := v.r.PathValue("operator")
	c, err := v.api.UnlinkOperator(v.r.Context(), name)
	return sayChanged(c, "operators.openid.unlinked", name), err
}

func (v *visit) addOperatorToken() (done, error) {
	t, err := v.api.AddOperatorToken(v.r.Context(), v.r.PathValue("operator"), v.newToken())
	return v.tellToken(t, "/operators", "operators.back"), err
}

// newToken reads how long the tokens before a new one stay good.
func (v *visit) newToken() switchboard.NewBearerToken {
	if v.form("overlap") == "keep" {
		return switchboard.NewBearerToken{Keep: true}
	}
	return switchboard.NewBearerToken{Overlap: v.form("overlap")}
}

// tellToken tells a token once.
func (v *visit) tellToken(t switchboard.IssuedToken, back, backText string) done {
	return v.tellOnce(once{Title: v.T("operators.token.title", t.HolderID), Lead: v.T("operators.token.lead"), Back: back, BackText: v.T(backText),
		Rows: []onceRow{{v.T("operators.token.id"), t.TokenID, false}, {v.T("operators.token"), t.Token, true}}})
}

// switchesPage is which transaction switches may ask for decisions.
type switchesPage struct {
	*visit
	Switches []switchboard.TransactionSwitch
}

func (v *visit) switchesPage() (any, error) {
	all, err := v.api.Switches(v.r.Context())
	return switchesPage{v, all}, err
}

func (v *visit) addSwitch() (done, error) {
	t, err := v.api.AddSwitch(v.r.Context(), switchboard.NewTransactionSwitch{ID: v.form("id"), Name: v.form("name")})
	return v.tellToken(t, "/switches", "switches.back"), err
}

func (v *visit) addSwitchToken() (done, error) {
	t, err := v.api.AddSwitchToken(v.r.Context(), v.r.PathValue("switch"), v.newToken())
	return v.tellToken(t, "/switches", "switches.back"), err
}

func (v *visit) revokeSwitch() (done, error) {
	id := v.r.PathValue("switch")
	if err := v.typed(id); err != nil {
		return done{}, err
	}
	c, err := v.api.RevokeSwitch(v.r.Context(), id)
	return sayChanged(c, "switches.revoked", id), err
}
