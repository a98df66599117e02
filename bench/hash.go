//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/crypto/argon2"
)

// What one hash of a PIN costs by the server's default settings.
const (
	hashMemory = 19456 // KiB
	hashPasses = 2
	hashLanes  = 1
)

// hashCommand calls Argon2id again and again, which is the floor of every call that takes a PIN, and
// tells how often a second it did. Its arguments are a time before counting and the counted time.
func hashCommand(args []string) error {
	if len(args) != 2 {
		return errors.New("hash: want the time before counting and the counted time")
	}
	var d [2]time.Duration
	for i, text := range args {
		var err error
		if d[i], err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("hash: %w", err)
		}
	}
	hashFor(d[0])
	return json.NewEncoder(os.Stdout).Encode(hashFor(d[1]))
}

// hashFor hashes until the time is over, at least once.
func hashFor(d time.Duration) *loadResult {
	var pin, salt [16]byte
	r, began, used := &loadResult{}, time.Now(), processorTime(os.Getpid())
	times := &histogram{}
	for r.Requests == 0 || time.Since(began) < d {
		binary.LittleEndian.PutUint64(salt[:], r.Requests)
		begin := time.Now()
		argon2.IDKey(pin[:], salt[:], hashPasses, hashMemory, hashLanes, 32)
		times.record(time.Since(begin))
		r.Requests++
	}
	took := time.Since(began)
	r.Rate = float64(r.Requests) / took.Seconds()
	r.P50, r.P99 = times.quantile(0.50), times.quantile(0.99)
	r.ServerCPU = float64(processorTime(os.Getpid())-used) / float64(took)
	return r
}

// hashing gives a contender that is the bare hash, in a process of its own on the server's core.
func (b *bench) hashing(name string) *contender {
	return &contender{name: name, run: func(ctx context.Context) (*loadResult, error) {
		var out bytes.Buffer
		err := b.processes.run(ctx, command{
			name: "hash", args: []string{b.self, "hash", b.warmup.String(), b.pinTime.String()}, core: serverCore, out: &out,
		})
		if err != nil {
			return nil, err
		}
		var r loadResult
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read the rate of hashes: %w", err)
		}
		return &r, r.healthy()
	}}
}
