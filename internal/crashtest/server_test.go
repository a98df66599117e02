package crashtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"sync/atomic"
	"syscall"

	"github.com/switchboard-platform/switchboard/internal/app"
)

// server is a running process.
type server struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer // to be read when the process is gone
	ready  chan app.Addresses
	killed atomic.Bool // by us
	gone   chan struct{}
}

// launch starts a sandbox over a data directory and returns at once.
func launch(bin, data string, flags ...string) (*server, error) {
	s := &server{ready: make(chan app.Addresses, 1), gone: make(chan struct{})}
	// Few pages a checkpoint: so there are many, and kills fall into them.
	args := []string{"sandbox", "--json", "--data", data, "--listen", "127.0.0.1:0", "--operator-listen", "off",
		"--checkpoint-pages", "200", "--log-level", "error"}
	s.cmd = exec.Command(bin, append(args, flags...)...)
	s.cmd.Stderr = &s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.gone)
		var at app.Addresses
		if json.NewDecoder(out).Decode(&at) == nil {
			s.ready <- at
		}
		_ = s.cmd.Wait() // how it ended is in ProcessState
	}()
	return s, nil
}

// start starts a sandbox and waits until it listens.
func start(bin, data string, flags ...string) (*server, app.Addresses, error) {
	s, err := launch(bin, data, flags...)
	if err != nil {
		return nil, app.Addresses{}, err
	}
	select {
	case at := <-s.ready:
		return s, at, nil
	case <-s.gone:
		return nil, app.Addresses{}, fmt.Errorf("the server did not start (%v): %s", s.cmd.ProcessState, s.stderr.Bytes())
	}
}

// kill ends the process as a power cut of the process would, and waits until it is gone. The error
// is that of a process which had ended by itself before.
func (s *server) kill() error {
	s.killed.Store(true)
	_ = s.cmd.Process.Kill() // one that is gone already shows below
	<-s.gone
	if ws, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !ws.Signaled() || ws.Signal() != syscall.SIGKILL {
		return fmt.Errorf("the server ended by itself (%v): %s", s.cmd.ProcessState, s.stderr.Bytes())
	}
	return nil
}
