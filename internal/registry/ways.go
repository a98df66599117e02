package registry

import (
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/passkey"
)

// Ways are the ways of signing in besides a password alone. Both depend on where browsers see the desk.
type Ways struct {
	Passkeys   *passkey.Party   // nil where browsers would make none
	OpenID     *openid.Provider // nil for none
	OpenIDName string           // what people know the provider as
}

// UseWays says which ways there are. It is called before anything is served, once it is known where.
func (r *Registry) UseWays(w Ways) { r.ways = w }

// OpenIDName is what people know the OpenID provider as, "" when there is none.
func (r *Registry) OpenIDName() string {
	if r.ways.OpenID == nil {
		return ""
	}
	return r.ways.OpenIDName
}

// passkeys gives what asks for passkeys.
func (r *Registry) passkeys() (*passkey.Party, error) {
	if r.ways.Passkeys == nil {
		return nil, fault.New(fault.Conflict, "Browsers make no passkeys for this server: console-url must be its address there, with a host name, such as https://desk.example.com.")
	}
	return r.ways.Passkeys, nil
}

// openID gives the OpenID provider.
func (r *Registry) openID() (*openid.Provider, error) {
	if r.ways.OpenID == nil {
		return nil, fault.New(fault.Conflict, "There is no OpenID provider here: the setting openid-issuer names one.")
	}
	return r.ways.OpenID, nil
}
