package switchboard

import (
	"context"
	"net/url"
)

// Operators lists the people at the desk, revoked ones included.
func (o *Operator) Operators(ctx context.Context) (list []DeskOperator, err error) {
	var page Page[DeskOperator]
	err = o.call(ctx, "GET", "/operators", nil, &page)
	return page.Items, err
}

// AddOperator makes an operator with a first token, a password to begin with, or both.
func (o *Operator) AddOperator(ctx context.Context, n NewDeskOperator) (a AddedOperator, err error) {
	return a, o.call(ctx, "POST", "/operators", n, &a)
}

// SetRoles says what an operator may do from now on.
func (o *Operator) SetRoles(ctx context.Context, name string, roles []string) (c Changed, err error) {
	body := map[string][]string{"roles": roles}
	return c, o.call(ctx, "PUT", "/operators/"+url.PathEscape(name)+"/roles", body, &c)
}

// SetRolesFrom is SetRoles if the operator's roles are still others; Conflict when they are not.
func (o *Operator) SetRolesFrom(ctx context.Context, name string, were, roles []string) (c Changed, err error) {
	body := map[string][]string{"roles": roles, "if_roles": were}
	return c, o.call(ctx, "PUT", "/operators/"+url.PathEscape(name)+"/roles", body, &c)
}

// RevokeOperator ends an operator at once, for good.
func (o *Operator) RevokeOperator(ctx context.Context, name string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/operators/"+url.PathEscape(name)+"/revoke", struct{}{}, &c)
}

// Switches lists the transaction switches, revoked ones included.
func (o *Operator) Switches(ctx context.Context) (list []TransactionSwitch, err error) {
	var page Page[TransactionSwitch]
	err = o.call(ctx, "GET", "/switches", nil, &page)
	return page.Items, err
}

// AddSwitch makes a transaction switch and its first token.
func (o *Operator) AddSwitch(ctx context.Context, n NewTransactionSwitch) (t IssuedToken, err error) {
	return t, o.call(ctx, "POST", "/switches", n, &t)
}

// RevokeSwitch ends a switch at once, for good.
func (o *Operator) RevokeSwitch(ctx context.Context, id string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/switches/"+url.PathEscape(id)+"/revoke", struct{}{}, &c)
}

// AddOperatorToken gives an operator one more token.
func (o *Operator) AddOperatorToken(ctx context.Context, name string, n NewBearerToken) (t IssuedToken, err error) {
	return t, o.call(ctx, "POST", "/operators/"+url.PathEscape(name)+"/tokens", n, &t)
}

// AddSwitchToken gives a switch one more token.
func (o *Operator) AddSwitchToken(ctx context.Context, id string, n NewBearerToken) (t IssuedToken, err error) {
	return t, o.call(ctx, "POST", "/switches/"+url.PathEscape(id)+"/tokens", n, &t)
}

// AddPartnerToken gives a partner one more token, for calls that are not signed.
func (o *Operator) AddPartnerToken(ctx context.Context, partner string, n NewBearerToken) (t IssuedToken, err error) {
	return t, o.call(ctx, "POST", "/partners/"+url.PathEscape(partner)+"/tokens", n, &t)
}

// PartnerTokens lists a partner's tokens, dead ones included.
func (o *Operator) PartnerTokens(ctx context.Context, partner string) (list []BearerToken, err error) {
	var page Page[BearerToken]
	err = o.call(ctx, "GET", "/partners/"+url.PathEscape(partner)+"/tokens", nil, &page)
	return page.Items, err
}

// RevokeToken ends a token at once, whoever holds it.
func (o *Operator) RevokeToken(ctx context.Context, tokenID string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/tokens/"+url.PathEscape(tokenID)+"/revoke", struct{}{}, &c)
}
