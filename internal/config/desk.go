package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// signInSettings say how people at the desk sign in, and where browsers see it.
func signInSettings() []Setting {
	return []Setting{
		{Name: "console-url", Arg: "URL", Help: "address at which browsers see the desk; http://localhost and the port of operator-listen when empty. Passkeys are bound to its host name",
			bind: func(c *Config) value { return deskURL(&c.ConsoleURL) }},
		{Name: "openid-issuer", Arg: "URL", Help: "OpenID Connect provider at which operators may sign in; none when empty",
			bind: func(c *Config) value { return issuerURL(&c.OpenIDIssuer) }},
		{Name: "openid-client-id", Arg: "ID", Help: "what the OpenID provider knows this server as",
			bind: func(c *Config) value {
				return text(&c.OpenIDClientID, 255, "the client id that the OpenID provider gave, or empty")
			}},
		{Name: "openid-client-secret", Arg: "SECRET", Help: "secret that the OpenID provider gave with the client id", Secret: true,
			bind: func(c *Config) value { return hidden(&c.OpenIDClientSecret, "the secret's text, or not set at all") }},
		{Name: "openid-claim", Arg: "CLAIM", Help: "by which claim of the OpenID provider operators are linked; email counts only where the provider verified it",
			bind: func(c *Config) value { return choice(&c.OpenIDClaim, "sub", "email") }},
		{Name: "openid-name", Arg: "NAME", Help: "what the sign-in page calls the OpenID provider",
			bind: func(c *Config) value { return text(&c.OpenIDName, 40, "a name of at most 40 bytes") }},
	}
}

// deskURL reads an origin as browsers write it, because they compare it letter by letter.
func deskURL(at *string) value {
	const must = "an https address without a path, such as https://desk.example.com, or an http one of this machine itself, such as http://localhost:8081, or empty"
	read := func(s string) (string, error) {
		s = strings.ToLower(strings.TrimSuffix(s, "/"))
		if strings.HasPrefix(s, "https:") {
			s = strings.TrimSuffix(s, ":443")
		}
		return s, nil
	}
	check := func(s string) bool {
		u, ok := secureURL(s)
		return s == "" || ok && s == u.Scheme+"://"+u.Host
	}
	return field[string]{at, read, shown, check, must}
}

// issuerURL reads an issuer as providers write it, with a path or without.
func issuerURL(at *string) value {
	const must = "the https address that the provider calls its issuer, such as https://accounts.example.com, or empty"
	check := func(s string) bool {
		u, ok := secureURL(s)
		return s == "" || ok && u.RawQuery == "" && u.Fragment == ""
	}
	return field[string]{at, same, shown, check, must}
}

// secureURL reads an address that nobody on the way can change: one with TLS, or of this machine.
func secureURL(s string) (u *url.URL, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || ip.IsLoopback()
	return u, u.Scheme == "https" || u.Scheme == "http" && here
}
