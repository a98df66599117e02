package config

import "testing"

func TestConsoleURL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://desk.example.com": "https://desk.example.com", "https://Desk.Example.com/": "https://desk.example.com",
		"https://desk.example.com:443": "https://desk.example.com", "https://desk.example.com:8443": "https://desk.example.com:8443",
		"http://localhost:8081": "http://localhost:8081", "http://127.0.0.1:8081": "http://127.0.0.1:8081", "http://[::1]:8081": "http://[::1]:8081", "": "",

		"http://desk.example.com": "bad", "https://desk.example.com/desk": "bad", "https://desk.example.com?a": "bad", "https://me@desk.example.com": "bad",
		"desk.example.com": "bad", "https://": "bad", "ftp://localhost": "bad", "https://desk.example.com#top": "bad",
	} {
		r, err := Load(Sources{Flags: Flags{"console-url": given, "data": t.TempDir()}, LookupEnv: env()})
		if (err != nil) != (want == "bad") {
			t.Errorf("%q: %v", given, err)
		}
		if err == nil && r.Config.ConsoleURL != want {
			t.Errorf("%q is read as %q, want %q", given, r.Config.ConsoleURL, want)
		}
	}
}

func TestOpenIDSettings(t *testing.T) {
	t.Parallel()
	const issuer = "https://id.example.com/realms/desk"
	for name, c := range map[string]struct {
		flags Flags
		ok    bool
	}{
		"a provider":              {Flags{"openid-issuer": issuer, "openid-client-id": "desk"}, true},
		"a provider here":         {Flags{"openid-issuer": "http://127.0.0.1:9998/", "openid-client-id": "desk", "openid-claim": "email"}, true},
		"nobody's client":         {Flags{"openid-issuer": issuer}, false},
		"no name":                 {Flags{"openid-issuer": issuer, "openid-client-id": "desk", "openid-name": ""}, false},
		"without TLS":             {Flags{"openid-issuer": "http://id.example.com", "openid-client-id": "desk"}, false},
		"a claim that can change": {Flags{"openid-issuer": issuer, "openid-client-id": "desk", "openid-claim": "preferred_username"}, false},
		"a client alone":          {Flags{"openid-client-id": "desk"}, true},
	} {
		c.flags["data"] = t.TempDir()
		if _, err := Load(Sources{Flags: c.flags, LookupEnv: env()}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
