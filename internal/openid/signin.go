package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// Visit is one visit of a browser to the provider. All but State must be kept from the browser.
type Visit struct {
	State    string `json:"state"`    // comes back with the browser
	Nonce    string `json:"nonce"`    // comes back in the provider's token
	Verifier string `json:"verifier"` // of PKCE: shown with the code
}

// Start gives the address at the provider to which a browser is sent. Unavailable while the provider is not to be had.
func (p *Provider) Start(ctx context.Context) (address string, v Visit, err error) {
	c, err := p.find(ctx)
	if err != nil {
		return "", v, err
	}
	v = Visit{State: secret.NewToken().Reveal(), Nonce: secret.NewToken().Reveal(), Verifier: oauth2.GenerateVerifier()}
	return c.oauth2.AuthCodeURL(v.State, oidc.Nonce(v.Nonce), oauth2.S256ChallengeOption(v.Verifier)), v, nil
}

// CameBack refuses a browser that brings the state of another visit. It asks nothing of the provider.
func (v Visit) CameBack(state string) error {
	if subtle.ConstantTimeCompare([]byte(v.State), []byte(state)) != 1 {
		return refused(errors.New("the state is another visit's"))
	}
	return nil
}

// Finish judges what a browser came back with. Unauthenticated when it does not prove who somebody is, Unavailable while
// the provider is not to be had.
func (p *Provider) Finish(ctx context.Context, v Visit, state, code string) (id access.Identity, err error) {
	if err := v.CameBack(state); err != nil {
		return id, err
	}
	c, err := p.find(ctx)
	if err != nil {
		return id, err
	}
	ctx = p.through(ctx)
	answer, err := c.redeem(ctx, code, v)
	if err != nil {
		return id, err
	}
	token, err := c.verify(ctx, answer, v)
	if err != nil {
		return id, err
	}
	value, err := p.read(ctx, c, answer, token)
	return p.Identity(value), err
}

// redeem changes a code for what the provider tells of who signed in.
func (c *client) redeem(ctx context.Context, code string, v Visit) (*oauth2.Token, error) {
	answer, err := c.oauth2.Exchange(ctx, code, oauth2.VerifierOption(v.Verifier))
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response.StatusCode < 500 {
		return nil, refused(errors.New("the provider refused the code: " + said.ErrorCode)) // the rest of it may be anything
	}
	if err != nil {
		return nil, unreachable(err)
	}
	return answer, nil
}

// verify looks at the token about who signed in: signature, issuer, audience and expiry, that it was made for this visit,
// and for us.
func (c *client) verify(ctx context.Context, answer *oauth2.Token, v Visit) (*oidc.IDToken, error) {
	text, _ := answer.Extra("id_token").(string)
	if text == "" {
		return nil, refused(errors.New("the provider gave no token about who signed in"))
	}
	token, err := c.verifier.Verify(ctx, text)
	if err != nil {
		return nil, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(v.Nonce)) != 1 {
		return nil, refused(errors.New("the nonce is another visit's"))
	}
	var to struct {
		Party string `json:"azp"`
	}
	if err := token.Claims(&to); err != nil {
		return nil, refused(err)
	}
	if to.Party != "" && to.Party != c.oauth2.ClientID {
		return nil, refused(fmt.Errorf("the token was given to another party, %.100q", to.Party))
	}
	return token, nil
}

// read gives the value of the claim that identities are known by.
func (p *Provider) read(ctx context.Context, c *client, answer *oauth2.Token, token *oidc.IDToken) (string, error) {
	if p.cfg.Claim != Email {
		if token.Subject == "" {
			return "", refused(errors.New("the token names nobody"))
		}
		return token.Subject, nil
	}
	m, err := c.mail(ctx, answer, token)
	if err != nil {
		return "", err
	}
	if m.Address == "" || !m.Verified {
		return "", fault.New(fault.Unauthenticated, "The OpenID provider tells no email address of yours that it has verified.")
	}
	return m.Address, nil
}

// mail is what a provider tells of somebody's email address.
type mail struct {
	Address  string `json:"email"`
	Verified truth  `json:"email_verified"`
}

// truth is true, or the text of it: some providers write that.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

// mail reads the token, or asks where the provider tells it: many put it there alone, as the standard has it.
func (c *client) mail(ctx context.Context, answer *oauth2.Token, token *oidc.IDToken) (m mail, err error) {
	if err := token.Claims(&m); err != nil {
		return m, refused(err)
	}
	if m.Address != "" || c.provider.UserInfoEndpoint() == "" {
		return m, nil
	}
	info, err := c.provider.UserInfo(ctx, oauth2.StaticTokenSource(answer))
	if err != nil {
		return m, unreachable(err)
	}
	if info.Subject != token.Subject {
		return m, refused(errors.New("the provider tells of somebody else"))
	}
	if err := info.Claims(&m); err != nil {
		return m, refused(err)
	}
	return m, nil
}

func refused(err error) error {
	return fault.Wrap(err, fault.Unauthenticated, "The sign-in at the OpenID provider was not accepted. Begin again.")
}
