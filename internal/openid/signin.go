package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"time"

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

	FreshSince time.Time `json:"fresh_since,omitzero"` // who proved themselves before it must do so anew; zero: whenever it was
}

// skew is how far apart the provider's clock and this one may be.
const skew = time.Minute

// Start gives the address at the provider to which a browser is sent. For a fresh visit the provider is asked not to take
// its own session for who somebody is. Unavailable while the provider is not to be had.
func (p *Provider) Start(ctx context.Context, fresh bool) (address string, v Visit, err error) {
	c, err := p.find(ctx)
	if err != nil {
		return "", v, err
	}
	v = Visit{State: secret.NewToken().Reveal(), Nonce: secret.NewToken().Reveal(), Verifier: oauth2.GenerateVerifier()}
	with := []oauth2.AuthCodeOption{oidc.Nonce(v.Nonce), oauth2.S256ChallengeOption(v.Verifier)}
	if fresh {
		v.FreshSince = p.cfg.Now().Add(-skew)
		with = append(with, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"))
	}
	return c.oauth2.AuthCodeURL(v.State, with...), v, nil
}

// CameBack refuses a browser that brings the state of another visit. It asks nothing of the provider.
func (v Visit) CameBack(state string) error {
	if subtle.ConstantTimeCompare([]byte(v.State), []byte(state)) != 1 {
		return refused(errors.New("the state is another visit's"))
	}
	return nil
}

// Person is who came back from the provider.
type Person struct {
	access.Identity
	ProvenAt time.Time // there; zero when the provider does not tell, or tells of a time to come
}

// Finish judges what a browser came back with. Unauthenticated when it does not prove who somebody is, SignInAgain when a fresh
// visit does not say that they have proven it anew, Unavailable while the provider is not to be had.
func (p *Provider) Finish(ctx context.Context, v Visit, state, code string) (who Person, err error) {
	if err := v.CameBack(state); err != nil {
		return who, err
	}
	c, err := p.find(ctx)
	if err != nil {
		return who, err
	}
	ctx = p.through(ctx)
	answer, err := c.redeem(ctx, code, v)
	if err != nil {
		return who, err
	}
	token, err := c.verify(ctx, answer, v)
	if err != nil {
		return who, err
	}
	value, err := p.read(ctx, c, answer, token)
	if err != nil {
		return who, err
	}
	who.Identity, who.ProvenAt = p.Identity(value), p.provenAt(token)
	if who.ProvenAt.Before(v.FreshSince) {
		err = fault.New(fault.SignInAgain, "The OpenID provider does not say that you have just proven anew who you are. Sign in with your password, or ask another administrator.")
	}
	return who, err
}

// provenAt is when somebody proved at the provider who they are: often earlier than now, where they have a session there.
func (p *Provider) provenAt(token *oidc.IDToken) time.Time {
	var told struct {
		At seconds `json:"auth_time"`
	}
	if err := token.Claims(&told); err != nil || told.At == 0 {
		return time.Time{}
	}
	now, at := p.cfg.Now(), time.Unix(int64(told.At), 0).UTC()
	switch {
	case at.Sub(now) > skew:
		return time.Time{}
	case at.After(now):
		return now
	}
	return at
}

// seconds are a time since 1970; 0 when it is written as no provider should: who signs in needs it not.
type seconds int64

func (s *seconds) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseFloat(string(b), 64)
	if *s = 0; err == nil && n > 0 && n < 1<<40 {
		*s = seconds(n)
	}
	return nil
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
