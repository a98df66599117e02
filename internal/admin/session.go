package admin

import (
	"errors"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// sessionRoutes are those by which people come and go, and what is their own.
func (h *Handler) sessionRoutes() {
	h.public("GET /session/ways", h.signInWays)
	h.public("POST /session", h.signIn)
	h.json("DELETE /session", h.signOut)
	h.json("GET /me", h.me)
	h.json("POST /me/password", h.changePassword)
	h.json("POST /me/sessions/{session}/end", h.endSession)
}

// visitor is who asks, as the registry lets people in.
func (r request) visitor() registry.Visitor {
	v := registry.Visitor{Cause: r.cause, Browser: r.UserAgent()}
	if r.cause.Address != "" {
		v.Network = origin.Network(r.cause.Address)
	}
	if token := bearer(r.Request); strings.HasPrefix(token.Reveal(), registry.SessionToken) {
		v.Over = token
	}
	return v
}

// recognizeSession finds whose session a token is of.
func (h *Handler) recognizeSession(r *request, token secret.Text) (known bool, err error) {
	s, o, ok, err := h.reg.Session(r.Context(), token, r.Header.Get(switchboard.IdleHeader) != "")
	if err != nil || !ok {
		return false, err
	}
	r.session = s
	r.cause.Actor, r.cause.Key, r.roles = access.OperatorPrefix+o.Name, s.ID, o.Roles
	return true, nil
}

func (h *Handler) signInWays(request) (any, error) {
	return switchboard.SignInWays{Password: true, OpenID: h.reg.OpenIDName()}, nil
}

func (h *Handler) signIn(r request) (any, error) {
	in, err := decode[switchboard.SignIn](r)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSpace(in.Name)) // as names are; some keyboards begin with a capital
	s, asked, err := h.reg.SignIn(r.Context(), r.visitor(), name, secret.NewText(in.Password))
	if err == nil && asked.Pending != "" {
		return switchboard.SignedIn{Operator: asked.Operator, Pending: asked.Pending, Passkey: asked.Options}, nil
	}
	return h.signedIn(r, s, err)
}

// signedIn tells the token of a session, as changePassword does; no other answer has any.
func (h *Handler) signedIn(r request, s registry.OpenedSession, err error) (any, error) {
	if fault.Is(err, fault.Unauthenticated) {
		h.log.Warn("sign-in refused", "request_id", r.id, "address", r.cause.Address, "cause", errors.Unwrap(err)) // what it says may name the person
	}
	if err != nil {
		return nil, err
	}
	return switchboard.SignedIn{Operator: s.Operator, Session: s.Token.Reveal(), ExpiresAt: s.ExpiresAt}, nil
}

func (h *Handler) signOut(r request) (any, error) {
	return switchboard.Changed{Changed: true}, h.reg.SignOut(r.Context(), r.caller())
}

func (h *Handler) endSession(r request) (any, error) {
	changed, err := h.reg.EndSession(r.Context(), r.caller(), r.PathValue("session"))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) changePassword(r request) (any, error) {
	in, err := decode[switchboard.NewPassword](r)
	if err != nil {
		return nil, err
	}
	s, err := h.reg.ChangePassword(r.Context(), r.visitor(), r.caller(), secret.NewText(in.Old), secret.NewText(in.New))
	return switchboard.PasswordChanged{Changed: err == nil, Session: s.Token.Reveal(), ExpiresAt: s.ExpiresAt}, err
}

// issuePassword tells a password, as addOperator does; no other answer has any.
func (h *Handler) issuePassword(r request) (any, error) {
	name := r.PathValue("operator")
	password, err := h.reg.IssuePassword(r.Context(), r.caller(), name)
	if err != nil {
		return nil, err
	}
	return switchboard.IssuedPassword{Operator: name, Password: password.Reveal()}, nil
}
