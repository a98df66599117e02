package main

import (
	"strings"
	"testing"
)

const keyText = "TEST-MASTER-KEY-DO-NOT-USE"

func TestConfigCommand(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]string{
		"table":      "--listen :1 --trusted-proxies 10.0.0.0/8",
		"json":       "--json --listen :1",
		"from-file":  "--config testdata/config/switchboard.toml",
		"bad-file":   "--config testdata/config/bad.toml",
		"bad-values": "--listen x --commit-group 0 --json",
		"example":    "--example",
		"reference":  "--reference",
		"no-json":    "--example --json",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm := terminal{env: map[string]string{
				"SWITCHBOARD_DATA":       "no-such-directory",
				"SWITCHBOARD_LOG_LEVEL":  "debug",
				"SWITCHBOARD_MASTER_KEY": keyText,
			}}
			r := tm.run(append([]string{"config"}, strings.Fields(args)...)...)
			if strings.Contains(r.out+r.err, keyText) {
				t.Error("the master key is printed")
			}
			golden(t, "config/"+name, r.whole())
		})
	}
}
