//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// walFile is the log of the server's database within its data directory.
const (
	databaseFile = "switchboard.db"
	walFile      = databaseFile + "-wal"
)

// server is a running server under test.
type server struct {
	*process
	addr     string
	operator string
}

// buildServer builds the binary under test unless one was given.
func (b *bench) buildServer(ctx context.Context) error {
	if b.options.server != "" {
		var err error
		b.options.server, err = filepath.Abs(b.options.server)
		return err
	}
	b.options.server = filepath.Join(b.out, "switchboard")
	b.progress("build the server")
	return b.processes.run(ctx, command{
		name: "build", core: anyCore, env: []string{"CGO_ENABLED=0"},
		args: []string{"go", "build", "-o", b.options.server, "./cmd/switchboard"},
	})
}

// serverSettings are how a server under test differs from another.
type serverSettings struct {
	core        int
	commitGroup int    // most changes in one commit; 0: the default
	mobile      bool   // channels call it, too
	database    string // the address of the one it shares; empty: its own
}

// launch starts a sandbox server without waiting for it. Its limits are off: a load comes from one
// partner at one address.
func (b *bench) launch(dir string, s serverSettings) (*server, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	operator, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := []string{
		b.options.server, "sandbox", "--data", dir, "--listen", addr, "--operator-listen", operator,
		"--partner-rate", "0", "--address-rate", "0",
	}
	if s.mobile {
		args = append(args, "--channel-rate", "0")
	}
	if s.commitGroup > 0 {
		args = append(args, "--commit-group", strconv.Itoa(s.commitGroup))
	}
	p, err := b.processes.start(command{name: "server", args: args, core: s.core, env: databaseEnv(s.database)})
	if err != nil {
		return nil, err
	}
	return &server{process: p, addr: addr, operator: operator}, nil
}

// startServer starts a server and waits until it is healthy.
func (b *bench) startServer(ctx context.Context, dir string, s serverSettings) (*server, error) {
	srv, err := b.launch(dir, s)
	if err != nil {
		return nil, err
	}
	if err := waitListening(ctx, srv.process, srv.addr); err != nil {
		srv.kill()
		return nil, err
	}
	if err := waitListening(ctx, srv.process, srv.operator); err != nil {
		srv.kill()
		return nil, err
	}
	return srv, nil
}

// waitReadAhead waits until the server has read its agents into memory, which it does in the
// background after its start and slowly while it is under load.
func (s *server) waitReadAhead(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	return untilNil(ctx, s.process, func() error {
		time.Sleep(200 * time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.operator+"/metrics", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && !strings.Contains(string(body), "switchboard_store_reading_ahead 0") {
			err = errors.New("the server is still reading ahead")
		}
		return err
	})
}

// finishServer notes the memory of a server of agents and stops it.
func (b *bench) finishServer(s *server) error {
	peak := peakMemory(s.pid())
	if err := s.stop(); err != nil {
		return err
	}
	b.peak = max(b.peak, peak)
	return nil
}

// measureStart clocks a start: from exec until the operator's health check answers, and until a
// signed enquiry does.
func (b *bench) measureStart(ctx context.Context) error {
	var healthy, enquired []float64
	for range b.starts {
		h, e, err := b.clockStart(ctx)
		if err != nil {
			return err
		}
		healthy, enquired = append(healthy, h), append(enquired, e)
	}
	goal := target{Least: 50, Aim: 15, Lower: true, Unit: " ms"}
	measured := fmt.Sprintf("%d starts", b.starts)
	b.report.value("start to first answer: health check", measured, median(healthy), goal)
	b.report.value("start to first answer: signed enquiry", measured, median(enquired), goal)
	return nil
}

// clockStart gives the milliseconds from one exec to both first answers.
func (b *bench) clockStart(ctx context.Context) (healthy, enquired float64, err error) {
	begin := time.Now()
	srv, err := b.launch(b.dataDir(), serverSettings{core: anyCore})
	if err != nil {
		return 0, 0, err
	}
	defer srv.kill()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	type answered struct {
		ms  float64
		err error
	}
	first := func(ask func() error) <-chan answered {
		out := make(chan answered, 1)
		go func() {
			err := untilNil(ctx, srv.process, ask)
			out <- answered{float64(time.Since(begin)) / float64(time.Millisecond), err}
		}()
		return out
	}
	health := first(func() error { return askHealth(ctx, srv.operator) })
	enquiry := first(func() error {
		_, err := enquire(ctx, plainClient(), srv.addr, apiPrefix, userCode(b.agents/2))
		return err
	})
	h, e := <-health, <-enquiry
	if h.err != nil {
		return 0, 0, h.err
	}
	if e.err != nil {
		return 0, 0, e.err
	}
	return h.ms, e.ms, srv.stop()
}

// untilNil asks again and again, half a millisecond apart, until the answer is right.
func untilNil(ctx context.Context, p *process, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if p.ended() {
			return p.endedEarly()
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the server gave no right answer: %w\n%s", err, tail(p.log))
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// askHealth asks the operator's listener whether the server is healthy.
func askHealth(ctx context.Context, operator string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+operator+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := plainClient().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health check: status %d", resp.StatusCode)
	}
	return nil
}
