//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// rowsSpec says how to read rows of agents drawn uniformly, with nothing around it.
type rowsSpec struct {
	Database string // its address
	SQL      string // a statement with the user code as $1
	Rows     int    // that each must give
	Conns    int    // each asks when the last answer is there
	Agents   int
	Warmup   time.Duration
	Duration time.Duration
	Seed     uint64
	ServedBy int // the database's process
}

// rowsCommand is the floor of reads over PostgreSQL: the bare driver with prepared statements. Specification and result
// are as those of a load.
func rowsCommand() error {
	var s rowsSpec
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return fmt.Errorf("read the specification: %w", err)
	}
	r, err := readRows(context.Background(), &s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// rowsReader is one connection and what it found.
type rowsReader struct {
	conn   *pgx.Conn
	random *rand.PCG
	times  histogram
	err    error
}

// readRows connects, reads for so long and gives what came of the counted time.
func readRows(ctx context.Context, s *rowsSpec) (*loadResult, error) {
	var readers []*rowsReader
	defer func() {
		for _, r := range readers {
			_ = r.conn.Close(ctx)
		}
	}()
	for i := range s.Conns {
		r, err := newRowsReader(ctx, s, uint64(i))
		if err != nil {
			return nil, err
		}
		readers = append(readers, r)
	}
	begin := time.Now()
	from, to := begin.Add(s.Warmup), begin.Add(s.Warmup+s.Duration)
	var all sync.WaitGroup
	for _, r := range readers {
		all.Go(func() { r.err = r.read(ctx, s, from, to) })
	}
	use := func() (own, behind time.Duration) { return processorTime(os.Getpid()), familyTime(s.ServedBy) }
	time.Sleep(time.Until(from))
	own, behind := use()
	time.Sleep(time.Until(to))
	ownEnd, behindEnd := use()
	all.Wait()
	share := func(used time.Duration) float64 { return float64(used) / float64(s.Duration) }
	result := &loadResult{ServerCPU: share(ownEnd - own), BehindCPU: share(behindEnd - behind)}
	return result, sumReaders(result, readers, s.Duration)
}

const rowsStatement = "rows"

func newRowsReader(ctx context.Context, s *rowsSpec, number uint64) (*rowsReader, error) {
	conn, err := pgx.Connect(ctx, s.Database)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Prepare(ctx, rowsStatement, s.SQL); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return &rowsReader{conn: conn, random: rand.NewPCG(s.Seed, number)}, nil
}

// read asks again and again. The values are not looked at, which nothing that uses them could be quicker than.
func (r *rowsReader) read(ctx context.Context, s *rowsSpec, from, to time.Time) error {
	formats := []int16{pgx.BinaryFormatCode}
	var code []byte
	for now := time.Now(); now.Before(to); {
		code = strconv.AppendUint(code[:0], uint64(userCode(int(r.random.Uint64()%uint64(s.Agents)))), 10)
		rows := r.conn.PgConn().ExecPrepared(ctx, rowsStatement, [][]byte{code}, nil, formats)
		n := 0
		for rows.NextRow() {
			n++
		}
		if _, err := rows.Close(); err != nil || n != s.Rows {
			return fmt.Errorf("agent %s: want %d rows, have %d, error %w", code, s.Rows, n, err)
		}
		sent := now
		if now = time.Now(); !sent.Before(from) && !now.After(to) {
			r.times.record(now.Sub(sent))
		}
	}
	return nil
}

// sumReaders adds up what the connections found.
func sumReaders(to *loadResult, readers []*rowsReader, counted time.Duration) error {
	var times histogram
	for _, r := range readers {
		if r.err != nil {
			return r.err
		}
		times.add(&r.times)
	}
	to.Requests, to.Answered = times.total, times.total
	to.Rate = float64(times.total) / counted.Seconds()
	to.P50, to.P99 = times.quantile(0.5), times.quantile(0.99)
	return nil
}
