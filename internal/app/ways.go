package app

import (
	"net"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/passkey"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// deskURL is the address at which browsers see the desk, "" when none can. It is known once everything listens.
func (a *App) deskURL() string {
	if a.cfg.ConsoleURL != "" || a.addresses.Operator == "" {
		return a.cfg.ConsoleURL
	}
	_, port, err := net.SplitHostPort(a.addresses.Operator)
	if err != nil {
		return ""
	}
	return "http://localhost:" + port // which browsers trust as they trust one with TLS
}

// useWays tells the registry which ways of signing in there are besides a password.
func (a *App) useWays() {
	var w registry.Ways
	at := a.deskURL()
	if at != "" {
		var err error
		if w.Passkeys, err = passkey.New(at); err != nil {
			a.log.Warn("nobody can use passkeys: browsers make none for an address without a host name", "console_url", at)
		}
	}
	if a.cfg.OpenIDIssuer != "" {
		w.OpenIDName = a.cfg.OpenIDName
		w.OpenID = openid.New(openid.Config{Issuer: a.cfg.OpenIDIssuer, ClientID: a.cfg.OpenIDClientID, Secret: a.cfg.OpenIDClientSecret,
			Claim: a.cfg.OpenIDClaim, Desk: at, Now: a.reg.Clock})
	}
	a.reg.UseWays(w)
	a.warnOfPlain()
}

// warnOfPlain warns when people may have to sign in where others can read along: the desk is open to the network, and
// neither the address that browsers see nor a proxy in front says that anything is kept secret on the way.
func (a *App) warnOfPlain() {
	at := a.addresses.Operator
	if at == "" || loopback(at) || strings.HasPrefix(a.cfg.ConsoleURL, "https:") || len(a.cfg.TrustedProxies) > 0 {
		return
	}
	a.log.Warn("passwords and sessions of the desk travel in the clear: put a proxy that speaks TLS before it, and say console-url and trusted-proxies", "operator_listen", at)
}
