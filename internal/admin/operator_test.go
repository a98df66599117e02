package admin_test

import (
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// as is a client of the operator's listener with a token.
func as(a *apptest.App, token string) *switchboard.Operator {
	return switchboard.NewOperator("http://"+a.At.Operator, token)
}

// What a person does stands under their name, with the token they used.
func TestOperatorsAreNamed(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, a *apptest.App, op *switchboard.Operator) {
		ctx := t.Context()
		k := must(op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"support", "reviewer"}}))(t)
		if k.Holder != "operator" || k.HolderID != "asha" || k.TokenID != "operator-asha-1" {
			t.Errorf("issued: %s %s %s", k.Holder, k.HolderID, k.TokenID)
		}
		asha := as(a, k.Token)
		must(asha.SetStanding(ctx, sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "a test"}))(t)
		e := must(op.Agent(ctx, sandbox.UserCode, 1))(t).Events[0]
		if e.Actor != "operator:asha" || e.Key != k.TokenID || e.Address == "" {
			t.Errorf("the event is by %s with %s from %s", e.Actor, e.Key, e.Address)
		}
		_, err := asha.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"})
		wantFault(t, err, "forbidden")
		must(op.SetRoles(ctx, "asha", []string{"administrator"}))(t)
		must(asha.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"}))(t)

		fresh := must(op.AddOperatorToken(ctx, "asha", switchboard.NewBearerToken{Overlap: "0s"}))(t)
		_, err = asha.Status(ctx)
		wantFault(t, err, "unauthenticated")
		asha = as(a, fresh.Token)
		must(asha.Status(ctx))(t)
		must(op.RevokeOperator(ctx, "asha"))(t)
		_, err = asha.Status(ctx)
		wantFault(t, err, "unauthenticated")
		list := must(op.Operators(ctx))(t)
		if len(list) != 3 || list[0].State != "revoked" || len(list[0].Tokens) != 2 || list[0].Tokens[0].State != "revoked" || list[0].Tokens[1].State != "revoked" {
			t.Errorf("the list is %+v", list)
		}
	})
}

// The tokens of partners and switches are of no use at the desk.
func TestOthersTokensAreRefused(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	core := must(a.Operator.AddSwitch(ctx, switchboard.NewTransactionSwitch{ID: "core", Name: "Core"}))(t)
	acme := must(a.Operator.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{}))(t)
	for _, token := range []string{core.Token, acme.Token, sandbox.SwitchToken, ""} {
		_, err := as(a, token).Status(ctx)
		wantFault(t, err, "unauthenticated")
	}
	if list := must(a.Operator.PartnerTokens(ctx, sandbox.PartnerID))(t); len(list) != 1 || list[0].ID != acme.TokenID || list[0].State != "live" {
		t.Errorf("the partner's tokens are %+v", list)
	}
	must(a.Operator.RevokeToken(ctx, acme.TokenID))(t)
	must(a.Operator.AddSwitchToken(ctx, "core", switchboard.NewBearerToken{Keep: true}))(t)
	must(a.Operator.RevokeSwitch(ctx, "core"))(t)
	list := must(a.Operator.Switches(ctx))(t)
	if len(list) != 2 || list[0].ID != "core" || list[0].State != "revoked" || len(list[0].Tokens) != 2 || list[1].ID != sandbox.SwitchID {
		t.Errorf("the switches are %+v", list)
	}
}

func TestBadHoldersAreNamed(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx, op := t.Context(), a.Operator
	for name, c := range map[string]struct {
		call func() error
		code string
	}{
		"no name": {func() error {
			_, err := op.AddOperator(ctx, switchboard.NewDeskOperator{Roles: []string{"viewer"}})
			return err
		}, "invalid"},
		"no roles": {func() error { _, err := op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha"}); return err }, "invalid"},
		"an odd role": {func() error {
			_, err := op.AddOperator(ctx, switchboard.NewDeskOperator{Name: "asha", Roles: []string{"root"}})
			return err
		}, "invalid"},
		"no such roles": {func() error { _, err := op.SetRoles(ctx, "asha", []string{"boss"}); return err }, "invalid"},
		"nobody":        {func() error { _, err := op.SetRoles(ctx, "asha", []string{"viewer"}); return err }, "not_found"},
		"keep and end": {func() error {
			_, err := op.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{Keep: true, Overlap: "1h"})
			return err
		}, "invalid"},
		"odd overlap": {func() error {
			_, err := op.AddPartnerToken(ctx, sandbox.PartnerID, switchboard.NewBearerToken{Overlap: "soon"})
			return err
		}, "invalid"},
		"no partner":  {func() error { _, err := op.PartnerTokens(ctx, "p99"); return err }, "not_found"},
		"no token":    {func() error { _, err := op.RevokeToken(ctx, "operator-x-1"); return err }, "not_found"},
		"no operator": {func() error { _, err := op.RevokeOperator(ctx, "x"); return err }, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, c.call(), c.code)
		})
	}
}
