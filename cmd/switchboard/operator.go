package main

import (
	"net/url"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// target is where a server's operator API is reached: over the socket in its data directory, or
// at a URL with a token.
type target struct {
	Socket string // empty when URL is set
	URL    string // without a trailing slash
	Token  secret.Text
}

// operator finds the server a command talks to: --server or SWITCHBOARD_SERVER, else the socket.
func (c *cli) operator() (target, error) {
	server := c.server
	if server == "" {
		server = c.env("SWITCHBOARD_SERVER")
	}
	if server == "" {
		r, err := c.config()
		if err != nil {
			return target{}, err
		}
		return target{Socket: r.Config.SocketPath()}, nil
	}
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || (u.Path != "" && u.Path != "/") {
		return target{}, &failure{usage: true, err: fault.New("usage", "--server must be the URL of an operator listener"),
			remedy: "Write it like http://127.0.0.1:8081, or leave it out to use the socket in the data directory."}
	}
	token, err := c.token()
	return target{URL: u.Scheme + "://" + u.Host, Token: token}, err
}

// token reads the operator's token. It is never a flag: flags are seen by everyone on the machine.
func (c *cli) token() (secret.Text, error) {
	if c.tokenFile != "" {
		return c.readSecret("--token-file", c.tokenFile)
	}
	if v := c.env("SWITCHBOARD_TOKEN"); v != "" {
		return secret.NewText(v), nil
	}
	return secret.Text{}, &failure{usage: true, err: fault.New("usage", "--server needs a token"),
		remedy: "Give it in SWITCHBOARD_TOKEN or with --token-file FILE."}
}
