package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{
		Main: debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef"},
			{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
			{Key: "vcs.modified", Value: "true"},
		},
	}
	tail := ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for _, c := range []struct {
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		{"", nil, "switchboard development"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "switchboard development"},
		{"v9.9.9", nil, "switchboard v9.9.9"},
		{"v9.9.9", info, "switchboard v9.9.9 (commit 0123456789ab of 2026-01-02T03:04:05Z, modified)"},
		{"", info, "switchboard v1.2.3 (commit 0123456789ab of 2026-01-02T03:04:05Z, modified)"},
	} {
		var b strings.Builder
		if err := describeBuild(c.linked, c.info).write(&b); err != nil || b.String() != c.want+tail {
			t.Errorf("got %q (%v), want %q", b.String(), err, c.want+tail)
		}
	}
}

func TestVersionCommand(t *testing.T) {
	t.Parallel()
	var tm terminal
	text := tm.run("--version")
	if text.code != exitOK || !strings.HasPrefix(text.out, "switchboard ") || text != tm.run("version") {
		t.Errorf("got %+v", text)
	}
	var v build
	if err := json.Unmarshal([]byte(tm.run("version", "--json").out), &v); err != nil || v.Go != runtime.Version() || v.Version == "" {
		t.Errorf("got %+v, %v", v, err)
	}
}
