package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync/atomic"
	"syscall"

	"github.com/switchboard-platform/switchboard/internal/app"
)

// Process is a running binary.
type Process struct {
	At app.Addresses // of one that was waited for

	cmd    *exec.Cmd
	stderr bytes.Buffer // to be read when the process is gone
	ready  chan app.Addresses
	killed atomic.Bool
	gone   chan struct{}
}

// Launch starts what Build made as a sandbox over a data directory, and waits until it listens.
func Launch(bin, data string, flags ...string) (*Process, error) {
	p, err := Spawn(bin, data, flags...)
	if err != nil {
		return nil, err
	}
	select {
	case p.At = <-p.ready:
		return p, nil
	case <-p.gone:
		return nil, fmt.Errorf("the server did not start (%v): %s", p.cmd.ProcessState, p.stderr.Bytes())
	}
}

// Spawn is Launch without the wait: where the server will listen is not known.
func Spawn(bin, data string, flags ...string) (*Process, error) {
	p := &Process{ready: make(chan app.Addresses, 1), gone: make(chan struct{})}
	args := []string{"sandbox", "--json", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "off", "--log-level", "error"}
	p.cmd = exec.Command(bin, append(args, flags...)...)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.watch(out)
	return p, nil
}

// watch reads where the process listens, and waits for its end.
func (p *Process) watch(out io.Reader) {
	defer close(p.gone)
	var at app.Addresses
	if json.NewDecoder(out).Decode(&at) == nil {
		p.ready <- at
	}
	_ = p.cmd.Wait() // how it ended is in ProcessState
}

// Killed says whether Kill was called.
func (p *Process) Killed() bool { return p.killed.Load() }

// Stop asks the process to end as a service manager does, and waits until it has. The error is that of a process
// that did not end well.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.gone
	if !p.cmd.ProcessState.Success() || p.stderr.Len() > 0 {
		return fmt.Errorf("the server ended (%v): %s", p.cmd.ProcessState, p.stderr.Bytes())
	}
	return nil
}

// Kill ends the process as a power cut of the process would, and waits until it is gone. The error is that of
// a process which had ended by itself before.
func (p *Process) Kill() error {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // one that is gone already shows below
	<-p.gone
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !ws.Signaled() || ws.Signal() != syscall.SIGKILL {
		return fmt.Errorf("the server ended by itself (%v): %s", p.cmd.ProcessState, p.stderr.Bytes())
	}
	return nil
}
