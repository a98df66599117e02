package access_test

import (
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// names lists the bad fields.
func names(bad fault.Fields) string {
	var list []string
	for _, f := range bad {
		list = append(list, f.Name)
	}
	return strings.Join(list, " ")
}

// TestCheckIDs: what names an operator or a switch needs no quoting anywhere.
func TestCheckIDs(t *testing.T) {
	t.Parallel()
	for id, good := range map[string]bool{
		"alice": true, "a": true, "0": true, "a-b.c_9": true, strings.Repeat("x", 50): true,
		"": false, "Alice": false, "-a": false, ".a": false, "_a": false, "a b": false, "a:b": false, "आशा": false, "a\n": false, strings.Repeat("x", 51): false,
	} {
		var ofOperator, ofSwitch fault.Fields
		access.Operator{Name: id, Roles: access.Viewer}.Check(&ofOperator)
		access.Switch{ID: id}.Check(&ofSwitch)
		if (len(ofOperator) == 0) != good || (len(ofSwitch) == 0) != good {
			t.Errorf("%q: as an operator %v, as a switch %v", id, ofOperator, ofSwitch)
		}
	}
}

func TestCheckOperator(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]access.Operator{
		"":           {Name: "alice", Roles: access.Viewer},
		"roles":      {Name: "alice"},
		"name roles": {},
		"name":       {Name: "token", Roles: access.Viewer}, // as events call the shared token
	} {
		var bad fault.Fields
		if o.Check(&bad); names(bad) != want {
			t.Errorf("%+v: the bad fields are %q, want %q", o, names(bad), want)
		}
	}
}

func TestCheckSwitchName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "", "स्विच 😀": "", strings.Repeat("x", 200): "", strings.Repeat("x", 201): "name", "line\nbreak": "name", "\x7f": "name", "\xff": "name",
	} {
		var bad fault.Fields
		access.Switch{ID: "core", Name: name}.Check(&bad)
		if names(bad) != want {
			t.Errorf("%q: the bad fields are %q, want %q", name, names(bad), want)
		}
	}
}
