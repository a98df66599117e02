package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3". It is never changed after.
var version string

func versionCommand() *command {
	return &command{
		name:  "version",
		short: "Print which build this is",
		help: `
The commit and the time are those of the source it was built from. "modified" says that the
source differed from that commit.`,
		examples: "switchboard version\nswitchboard version --json",
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(context.Context, []string) error {
				info, _ := debug.ReadBuildInfo()
				v := describeBuild(version, info)
				return c.show(v, v.write)
			}
		},
	}
}

// build is what is known of a binary.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// describeBuild joins what the linker was told with what Go recorded; info may be nil.
func describeBuild(linked string, info *debug.BuildInfo) build {
	b := build{Version: linked, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "development"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) write(w io.Writer) error {
	commit := ""
	if b.Commit != "" {
		commit = " (commit " + b.Commit[:min(12, len(b.Commit))] + " of " + b.Time
		if b.Modified {
			commit += ", modified"
		}
		commit += ")"
	}
	_, err := fmt.Fprintf(w, "switchboard %s%s, %s, %s\n", b.Version, commit, b.Go, b.Platform)
	return err
}
