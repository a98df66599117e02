package app_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// A desk that is open to the network without TLS is warned of.
func TestPlainDeskIsWarnedOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(*config.Config)
		want bool
	}{
		"open": {func(c *config.Config) { c.OperatorListen = "0.0.0.0:0" }, true},
		"a proxy": {func(c *config.Config) {
			c.OperatorListen, c.TrustedProxies = "0.0.0.0:0", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		}, false},
		"an address": {func(c *config.Config) { c.OperatorListen, c.ConsoleURL = "0.0.0.0:0", "https://desk.example.com" }, false},
		"this host":  {func(*config.Config) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &bytes.Buffer{}
			t.Cleanup(func() { // once the server has stopped, and writes no more
				if got := strings.Contains(log.String(), "travel in the clear"); got != c.want {
					t.Errorf("warned: %t, want %t: %s", got, c.want, log)
				}
			})
			apptest.New(t, apptest.Options{Config: c.set, Log: log})
		})
	}
}
