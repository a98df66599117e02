package storetest

import (
	"testing"

	"github.com/switchboard-platform/switchboard/internal/store"
)

func settingCases() []testCase {
	return []testCase{
		{"Setting/empty until set", settingUnset},
		{"SetSetting/sets and replaces", settingSet},
	}
}

func settingUnset(t *testing.T, s store.Store) {
	equal(t, "a setting never set", setting(t, s, "never set"), "")
}

func settingSet(t *testing.T, s store.Store) {
	for _, value := range []string{"first", "मान \"it's\" \\ 😀\n", "", "last"} {
		update(t, s, func(tx store.Tx) error { return tx.SetSetting("a", value) })
		update(t, s, func(tx store.Tx) error { return tx.SetSetting("A", "other") })
		equal(t, "setting", setting(t, s, "a"), value)
		equal(t, "the other setting", setting(t, s, "A"), "other")
	}
}
