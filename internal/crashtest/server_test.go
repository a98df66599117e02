package crashtest

import "github.com/switchboard-platform/switchboard/internal/apptest"

// often makes a server checkpoint after few pages: so there are many checkpoints, and kills fall into them.
func often(flags []string) []string { return append([]string{"--checkpoint-pages", "200"}, flags...) }

// launch starts a sandbox over a data directory and returns at once.
func launch(bin, data string, flags ...string) (*apptest.Process, error) {
	return apptest.Spawn(bin, data, often(flags)...)
}

// start starts a sandbox and waits until it listens.
func start(bin, data string, flags ...string) (*apptest.Process, error) {
	return apptest.Launch(bin, data, often(flags)...)
}
