//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// measureVerify clocks `audit verify` on the agents' database, from exec to exit, on one core.
func (b *bench) measureVerify(ctx context.Context) error {
	var rates []float64
	var events int64
	for round := range b.rounds {
		n, took, err := b.clockVerify(ctx)
		if err != nil {
			return err
		}
		events, rates = n, append(rates, float64(n)/took.Seconds())
		b.progress("verify round %d: %d events in %.2f s", round+1, n, took.Seconds())
	}
	b.report.value("audit verify, one core", fmt.Sprintf("%d events, from exec to exit", events),
		median(rates)/1000, target{Least: 500, Aim: 600, Unit: " k/s"})
	return nil
}

// clockVerify verifies once. Nothing is taken off for starting the program or opening the database.
func (b *bench) clockVerify(ctx context.Context) (events int64, took time.Duration, err error) {
	var out bytes.Buffer
	begin := time.Now()
	err = b.processes.run(ctx, command{
		name: "verify", core: serverCore, out: &out,
		args: []string{b.options.server, "audit", "verify", "--data", b.dataDir(), "--json"},
	})
	took = time.Since(begin)
	if err != nil {
		return 0, 0, err
	}
	events, err = readVerified(out.Bytes(), b.agents)
	return events, took, err
}

// readVerified gives how many events were verified: at least one of each agent, and all in order.
func readVerified(text []byte, agents int) (int64, error) {
	var found struct {
		OK     bool  `json:"ok"`
		Events int64 `json:"events"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return 0, fmt.Errorf("read what audit verify found: %w: %.300s", err, text)
	}
	if !found.OK || found.Events < int64(agents) {
		return 0, fmt.Errorf("audit verify of %d agents found %.300s", agents, text)
	}
	return found.Events, nil
}
