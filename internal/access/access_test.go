package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/block"
)

// mayOwn says whose blocks each role may place and lift: an "x" under the owner.
const mayOwn = `
role           operator  compliance  fraud  partner  system
viewer         -         -           -      -        -
support        x         -           -      -        -
reviewer       x         -           -      -        -
fraud          -         -           x      -        -
compliance     -         x           -      -        -
administrator  x         x           x      x        -
`

func TestMayOwn(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(mayOwn), "\n")
	if len(lines)-1 != len(access.RoleNames()) {
		t.Fatalf("the table has %d roles, there are %v", len(lines)-1, access.RoleNames())
	}
	for _, line := range lines[1:] {
		cell := strings.Fields(line)
		roles, ok := access.ParseRoles(cell[0])
		if !ok {
			t.Fatalf("%q is no role", cell[0])
		}
		for i, owner := range block.Owners() {
			if got := roles.MayOwn(owner); got != (cell[1+i] == "x") {
				t.Errorf("%s may own blocks of %s: %t", roles, owner, got)
			}
		}
	}
	if access.Roles(0).MayOwn(block.Operator) {
		t.Error("nobody may own a block")
	}
}

// TestRolesAdd: somebody with two roles may what either may, and no more.
func TestRolesAdd(t *testing.T) {
	t.Parallel()
	for a := range access.Roles(1 << 6) {
		for b := range access.Roles(1 << 6) {
			for _, owner := range block.Owners() {
				if (a | b).MayOwn(owner) != (a.MayOwn(owner) || b.MayOwn(owner)) {
					t.Fatalf("%s and %s together own blocks of %s: %t", a, b, owner, (a | b).MayOwn(owner))
				}
			}
		}
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		roles, any access.Roles
		want       bool
	}{
		{access.Viewer, access.Viewer, true},
		{access.Viewer, access.Support, false},
		{access.Viewer | access.Fraud, access.Support | access.Fraud, true},
		{access.Administrator, access.Fraud, true},
		{access.Administrator, 0, true},
		{access.Compliance, 0, false},
		{0, access.Viewer, false},
	} {
		if got := c.roles.Has(c.any); got != c.want {
			t.Errorf("%q has any of %q: %t", c.roles, c.any, got)
		}
	}
}

func TestParseRoles(t *testing.T) {
	t.Parallel()
	for r := access.Roles(1); r < 1<<6; r++ {
		if got, ok := access.ParseRoles(r.String()); !ok || got != r {
			t.Errorf("%s comes back as %s, %t", r, got, ok)
		}
	}
	if r, ok := access.ParseRoles("fraud, viewer,fraud"); !ok || r != access.Viewer|access.Fraud {
		t.Errorf("with spaces and twice: %s, %t", r, ok)
	}
	for _, list := range []string{"", ",", "viewer,", "Viewer", "root", "viewer;support", "viewer support"} {
		if r, ok := access.ParseRoles(list); ok || r != 0 {
			t.Errorf("%q is taken for %q", list, r)
		}
	}
	if names := strings.Join(access.RoleNames(), " "); names != "viewer support reviewer fraud compliance administrator" {
		t.Errorf("the roles are %s", names)
	}
}

func TestTokenLive(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		token access.Token
		want  bool
	}{
		"for ever":           {access.Token{}, true},
		"until later":        {access.Token{ExpiresAt: now.Add(1)}, true},
		"until now":          {access.Token{ExpiresAt: now}, false},
		"expired":            {access.Token{ExpiresAt: now.Add(-1)}, false},
		"revoked":            {access.Token{RevokedAt: now.Add(-1)}, false},
		"revoked, not ended": {access.Token{RevokedAt: now, ExpiresAt: now.Add(1)}, false},
	} {
		if c.token.Live(now) != c.want {
			t.Errorf("%s: live: %t", name, !c.want)
		}
	}
}
