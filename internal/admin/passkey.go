package admin

import (
	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// passkeyRoutes are those of signing in with more than a password, or without one.
func (h *Handler) passkeyRoutes() {
	h.public("POST /session/passkey", h.signInPasskey)
	h.public("POST /session/openid/start", h.startOpenID)
	h.public("POST /session/openid", h.signInOpenID)
	h.json("POST /me/passkeys/begin", h.newPasskey)
	h.json("POST /me/passkeys", h.addPasskey)
	h.json("POST /me/passkeys/{passkey}/remove", h.removePasskey)
	h.json("POST /operators/{operator}/passkeys/forget", h.forgetPasskeys)
	h.json("PUT /operators/{operator}/openid", h.linkOperator)
	h.json("DELETE /operators/{operator}/openid", h.unlinkOperator)
}

func (h *Handler) signInPasskey(r request) (any, error) {
	in, err := decode[switchboard.PasskeyAnswer](r)
	if err != nil {
		return nil, err
	}
	s, err := h.reg.SignInPasskey(r.Context(), r.visitor(), in.Pending, in.Credential)
	return h.signedIn(r, s, err)
}

func (h *Handler) startOpenID(r request) (any, error) {
	in, err := decode[switchboard.OpenIDBegin](r)
	if err != nil {
		return nil, err
	}
	address, pending, err := h.reg.StartOpenID(r.Context(), in.Fresh)
	return switchboard.OpenIDStart{URL: address, Pending: pending}, err
}

func (h *Handler) signInOpenID(r request) (any, error) {
	in, err := decode[switchboard.OpenIDAnswer](r)
	if err != nil {
		return nil, err
	}
	// Each answer is shown to the provider: those from where too many were refused wait.
	from := "openid " + origin.Network(r.cause.Address)
	if wait, ok := h.cfg.Refusals.Peek(from, r.cause.At); !ok {
		return nil, fault.Later(wait, "Too many sign-ins were refused; try again later.")
	}
	s, err := h.reg.SignInOpenID(r.Context(), r.visitor(), in.Pending, in.State, in.Code)
	if fault.Is(err, fault.Unauthenticated) {
		h.cfg.Refusals.Take(from, r.cause.At)
	}
	return h.signedIn(r, s, err)
}

func (h *Handler) newPasskey(r request) (any, error) {
	if _, err := decode[struct{}](r); err != nil {
		return nil, err
	}
	asked, err := h.reg.NewPasskey(r.Context(), r.caller())
	return switchboard.PasskeyChallenge{Pending: asked.Pending, Options: asked.Options}, err
}

func (h *Handler) addPasskey(r request) (any, error) {
	in, err := decode[switchboard.PasskeyAnswer](r)
	if err != nil {
		return nil, err
	}
	k, err := h.reg.AddPasskey(r.Context(), r.visitor(), r.caller(), in.Pending, in.Credential, in.Label, secret.NewText(in.Password))
	return wirePasskey(k), err
}

func (h *Handler) removePasskey(r request) (any, error) {
	in, err := decode[switchboard.SignIn](r)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.RemovePasskey(r.Context(), r.visitor(), r.caller(), r.PathValue("passkey"), secret.NewText(in.Password))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) forgetPasskeys(r request) (any, error) {
	changed, err := h.reg.ForgetPasskeys(r.Context(), r.caller(), r.PathValue("operator"))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) linkOperator(r request) (any, error) {
	in, err := decode[switchboard.OpenIDPerson](r)
	if err != nil {
		return nil, err
	}
	changed, err := h.reg.LinkOperator(r.Context(), r.caller(), r.PathValue("operator"), in.Value)
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) unlinkOperator(r request) (any, error) {
	changed, err := h.reg.UnlinkOperator(r.Context(), r.caller(), r.PathValue("operator"))
	return switchboard.Changed{Changed: changed}, err
}

func wirePasskey(k access.Passkey) switchboard.Passkey {
	return switchboard.Passkey{ID: k.ID, Label: k.Label, CreatedAt: k.CreatedAt, LastUsedAt: k.UsedAt}
}

func wirePasskeys(a registry.Account) []switchboard.Passkey {
	list := make([]switchboard.Passkey, 0, len(a.Passkeys))
	for _, k := range a.Passkeys {
		list = append(list, wirePasskey(k))
	}
	return list
}
