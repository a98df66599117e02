//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestProcessesRun(t *testing.T) {
	t.Parallel()
	p := &processes{logDir: t.TempDir()}
	var out strings.Builder
	err := p.run(t.Context(), command{
		name: "echo", core: anyCore, args: []string{"sh", "-c", "cat; echo $EXTRA"},
		env: []string{"EXTRA=more"}, in: strings.NewReader("in "), out: &out,
	})
	if err != nil || out.String() != "in more\n" {
		t.Errorf("have %q, error %v", out.String(), err)
	}
	err = p.run(t.Context(), command{name: "bad", core: anyCore, args: []string{"sh", "-c", "echo why >&2; exit 3"}})
	if err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("a failure does not tell why: %v", err)
	}
}

func TestProcessesEndTheirChildren(t *testing.T) {
	t.Parallel()
	p := &processes{logDir: t.TempDir()}
	sleeper := command{name: "sleep", core: anyCore, args: []string{"sleep", "600"}}
	child, err := p.start(sleeper)
	if err != nil {
		t.Fatal(err)
	}
	if peakMemory(child.pid()) == 0 {
		t.Error("a running process has no memory")
	}
	p.killAll()
	if !child.ended() || child.failure() == nil {
		t.Error("the child was not killed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.run(ctx, sleeper); err == nil {
		t.Error("the end of the context did not end the child")
	}
	if len(p.running) != 0 {
		t.Errorf("%d children are still listed", len(p.running))
	}
}

func TestPinnedProcessAndPinningEnds(t *testing.T) {
	t.Parallel()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	if !before.IsSet(serverCore) {
		t.Skip("this process may not use the core that servers are bound to")
	}
	p := &processes{logDir: t.TempDir()}
	var out strings.Builder
	err := p.run(t.Context(), command{
		name: "pinned", core: serverCore, out: &out,
		args: []string{"sh", "-c", "grep Cpus_allowed_list /proc/self/status; echo $GOMAXPROCS"},
	})
	if err != nil || strings.Join(strings.Fields(out.String()), " ") != "Cpus_allowed_list: 0 1" {
		t.Errorf("have %q, error %v", out.String(), err)
	}
	// Other tests may have moved to another thread, so ask for this process as a whole.
	var after unix.CPUSet
	if err := unix.SchedGetaffinity(os.Getpid(), &after); err != nil || after != before {
		t.Errorf("the affinity was %v and is %v, error %v", before, after, err)
	}
}

// TestFamilyTime: what a child uses counts as its parent's, while it runs and after its end.
func TestFamilyTime(t *testing.T) {
	t.Parallel()
	p := &processes{logDir: t.TempDir()}
	parent, err := p.start(command{name: "parent", core: anyCore, args: []string{
		"sh", "-c", `i=0; sh -c 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done'; exec sleep 600`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.killAll)
	await := func(what string, is func() bool) {
		for !is() {
			if t.Context().Err() != nil || parent.ended() {
				t.Fatal(what)
			}
			time.Sleep(time.Millisecond)
		}
	}
	await("the child uses nothing", func() bool { return familyTime(parent.pid()) >= 2*clockTick })
	await("the child does not end", func() bool {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent.pid(), parent.pid()))
		return err == nil && len(children) == 0
	})
	if all, own := familyTime(parent.pid()), processorTime(parent.pid()); all < own+2*clockTick {
		t.Errorf("the parent used %s, with its child that has ended %s", own, all)
	}
	if familyTime(0) != 0 {
		t.Error("nobody has used something")
	}
}
