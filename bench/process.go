//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The two cores of a pinned measurement.
const (
	serverCore = 0
	loadCore   = 1
	anyCore    = -1
)

func goVersion() string { return runtime.Version() }

// processors counts the cores that this process may use.
func processors() int { return runtime.NumCPU() }

// processes starts the benchmark's children and ends them all, each by its id.
type processes struct {
	mu      sync.Mutex
	running []*process
	logDir  string
}

// process is a child. Its output goes to a file, unless out takes it.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
	err  error         // how, once done
}

// command says what to start.
type command struct {
	name string
	args []string // program first
	env  []string // besides the parent's
	core int
	in   io.Reader
	out  io.Writer
}

// start begins a process, on one core with one Go processor when the command says so.
func (p *processes) start(c command) (*process, error) {
	log, err := os.CreateTemp(p.logDir, c.name+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	child := &process{name: c.name, log: log.Name(), done: make(chan struct{})}
	child.cmd = exec.Command(c.args[0], c.args[1:]...)
	child.cmd.Stdin, child.cmd.Stdout, child.cmd.Stderr = c.in, log, log
	if c.out != nil {
		child.cmd.Stdout = c.out
	}
	child.cmd.Env = append(os.Environ(), c.env...)
	// A signal typed at the terminal must reach this process alone, which ends its children in order.
	child.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.core != anyCore {
		child.cmd.Env = append(child.cmd.Env, "GOMAXPROCS=1")
	}
	if err := onCore(c.core, child.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	p.mu.Lock()
	p.running = append(p.running, child)
	p.mu.Unlock()
	go p.wait(child)
	return child, nil
}

// onCore calls fn with its thread bound to a core: a process that fn starts inherits that.
func onCore(core int, fn func() error) error {
	if core == anyCore {
		return fn()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, pinned unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("read the affinity: %w", err)
	}
	pinned.Set(core)
	if err := unix.SchedSetaffinity(0, &pinned); err != nil {
		return fmt.Errorf("bind to core %d: %w", core, err)
	}
	defer unix.SchedSetaffinity(0, &before)
	return fn()
}

func (c *process) pid() int { return c.cmd.Process.Pid }

func (p *processes) wait(child *process) {
	child.err = child.cmd.Wait()
	p.mu.Lock()
	p.running = slices.DeleteFunc(p.running, func(c *process) bool { return c == child })
	p.mu.Unlock()
	close(child.done)
}

// run starts a process and waits for its end, or kills it when ctx ends first.
func (p *processes) run(ctx context.Context, c command) error {
	child, err := p.start(c)
	if err != nil {
		return err
	}
	return child.finish(ctx)
}

// finish waits for the end of a process that ends by itself.
func (c *process) finish(ctx context.Context) error {
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill()
		return fmt.Errorf("%s: %w", c.name, ctx.Err())
	}
	return c.failure()
}

// failure explains an unsuccessful end with the last of what the process wrote.
func (c *process) failure() error {
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w\n%s", c.name, c.err, tail(c.log))
}

// endedEarly explains the end of a process that should still run.
func (c *process) endedEarly() error {
	if err := c.failure(); err != nil {
		return err
	}
	return fmt.Errorf("%s ended early\n%s", c.name, tail(c.log))
}

// stop asks a process to end and kills it when it does not within the time a server is given.
func (c *process) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.done:
		return c.failure()
	case <-time.After(20 * time.Second):
		c.kill()
		return fmt.Errorf("%s did not stop in time\n%s", c.name, tail(c.log))
	}
}

// kill ends a process at once.
func (c *process) kill() {
	_ = c.cmd.Process.Kill() // an error says that it has ended already
	<-c.done
}

// ended reports whether a process has ended.
func (c *process) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// killAll ends whatever still runs.
func (p *processes) killAll() {
	p.mu.Lock()
	left := slices.Clone(p.running)
	p.mu.Unlock()
	for _, c := range left {
		c.kill()
	}
}

// tail gives the last of a log file.
func tail(file string) string {
	const most = 4096
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(text[max(len(text)-most, 0):])
}
