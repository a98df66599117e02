//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// pgbenchClients are as many as get most out of the database here.
const pgbenchClients = 16

// userCodeOf calculates userCode of agent i in pgbench's own language.
const userCodeOf = `\set code 21000000 + :i * 7 + ((:i * 2654435761) >> 16) % 7`

// changeScript makes one of the server's changes with one statement, which commits by itself: it reads the agent and its
// activations as the server does, gives the row of one a new state and appends the event. What the server reads and
// writes under its lock for a whole group, the last number of an event, is a sequence here; nothing is hashed.
const changeScript = `\set i random(0, {last})
` + userCodeOf + `
WITH state AS MATERIALIZED (
 SELECT a.user_code, a.partner_id, a.standing, a.version AS agent_version, a.seq AS agent_seq, a.hash AS agent_hash, s.service_code, s.status,
 s.verification, s.comment, s.latlong, s.created_at, s.updated_at, s.version, s.seq, s.hash, s.effective_from, s.effective_until, s.verify_by,
 s.requested_by, s.endorsed_by
 FROM agents a LEFT JOIN activations s ON s.user_code = a.user_code WHERE a.user_code = :code::text
), change AS (
 UPDATE activations s SET status = 1 - was.status, verification = 0, comment = was.comment, latlong = was.latlong, created_at = was.created_at,
 updated_at = was.updated_at + 1, version = was.version + 1, seq = nextval('bench_seq'), hash = was.hash, effective_from = was.effective_from,
 effective_until = was.effective_until, verify_by = was.verify_by, requested_by = '', endorsed_by = ''
 FROM state was WHERE was.service_code = '` + changedService + `'
 AND s.user_code = was.user_code AND s.service_code = was.service_code AND s.version = was.version
 RETURNING s.user_code, s.service_code, s.version, s.seq, was.seq AS prev, s.hash
), event AS (
 INSERT INTO events (seq, prev, subject_kind, subject_id, version, kind, service_code, actor, key, address, request_id, at, data, hash)
 SELECT seq, prev, 'agent', user_code, version, 'activation.deactivated', service_code, 'partner-sandbox', 'becbbce45f79c6f5109f848acd540567',
 '127.0.0.1', 'dc1spl9ksdubre084m40', 1795411157270444, '{"from":"activated(0)","to":"deactivated(0)"}', hash FROM change
)
SELECT * FROM state ORDER BY service_code;
`

// scriptFile is the script while pgbench runs it.
const scriptFile = "change.sql"

// pgbenchContenders prepare a database with the same rows, in which pgbench may change what is chained in the server's, and
// give pgbench as it comes and with our statement.
func (b *bench) pgbenchContenders(ctx context.Context, c *cluster, at site) (plain, statement *contender, err error) {
	twin, err := c.twinOf(ctx, databaseOf(at.agents))
	if err != nil {
		return nil, nil, err
	}
	if err := c.exec(ctx, twin, makeBenchSequence); err != nil {
		return nil, nil, err
	}
	script := filepath.Join(b.out, scriptFile)
	if err := os.WriteFile(script, writeChangeScript(at.agents), 0o600); err != nil {
		return nil, nil, err
	}
	// As many accounts as agents, a hundred thousand a unit of scale.
	scale := strconv.Itoa(max(at.agents/100_000, 1))
	if _, err := b.runPgbench(ctx, nil, "-i", "-q", "-s", scale, twin); err != nil {
		return nil, nil, err
	}
	contend := func(name string, args ...string) *contender {
		return &contender{name: name, run: func(ctx context.Context) (*loadResult, error) { return b.clockPgbench(ctx, c, twin, args...) }}
	}
	return contend("pgbench -N", "-N"), contend("pgbench -f", "-n", "-f", script), nil
}

// writeChangeScript gives the script for so many agents.
func writeChangeScript(agents int) []byte {
	return []byte(strings.Replace(changeScript, "{last}", strconv.Itoa(agents-1), 1))
}

// makeBenchSequence begins where no event is yet.
const makeBenchSequence = `DO $$ BEGIN
 IF to_regclass('bench_seq') IS NULL THEN
 CREATE SEQUENCE bench_seq;
 PERFORM setval('bench_seq', (SELECT max(seq) FROM events));
 END IF;
END $$`

// runPgbench runs PostgreSQL's own benchmark, and gives the processor time that it used itself.
func (b *bench) runPgbench(ctx context.Context, out io.Writer, args ...string) (used time.Duration, err error) {
	p, err := b.processes.start(command{
		name: "pgbench", core: anyCore, out: out, args: append([]string{filepath.Join(pgtest.Programs(), "pgbench")}, args...),
	})
	if err != nil {
		return 0, err
	}
	err = p.finish(ctx)
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(), err
}

// clockPgbench measures it for as long as changes are, in whole seconds, the warm-up at the beginning included: it says how
// many transactions a second there were of the whole time.
func (b *bench) clockPgbench(ctx context.Context, c *cluster, database string, args ...string) (*loadResult, error) {
	seconds := math.Ceil((b.warmup + b.changeTime).Seconds())
	clients := strconv.Itoa(pgbenchClients)
	args = append([]string{"-M", "prepared", "-c", clients, "-j", "2", "-T", strconv.Itoa(int(seconds))}, args...)
	var out bytes.Buffer
	begin, behind := time.Now(), familyTime(c.PID())
	used, err := b.runPgbench(ctx, &out, append(args, database)...)
	if err != nil {
		return nil, err
	}
	share := func(used time.Duration) float64 { return float64(used) / float64(time.Since(begin)) }
	result, err := readPgbench(out.Bytes())
	if err != nil {
		return nil, err
	}
	result.ServerCPU, result.BehindCPU = share(used), share(familyTime(c.PID())-behind)
	return result, nil
}

// readPgbench reads what pgbench prints at the end.
func readPgbench(text []byte) (*loadResult, error) {
	number := func(pattern string) (float64, error) {
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			return 0, fmt.Errorf("pgbench did not say %q:\n%s", pattern, text)
		}
		return strconv.ParseFloat(string(found[1]), 64)
	}
	rate, err := number(`(?m)^tps = ([0-9.]+)`)
	if err != nil {
		return nil, err
	}
	latency, err := number(`(?m)^latency average = ([0-9.]+) ms`)
	if err != nil {
		return nil, err
	}
	done, err := number(`(?m)^number of transactions actually processed: ([0-9]+)`)
	if err != nil {
		return nil, err
	}
	return &loadResult{Requests: uint64(done), Rate: rate, P50: time.Duration(latency * float64(time.Millisecond))}, nil
}

// short gives the medians of what pgbench tells.
func (s *series) short() string {
	return fmt.Sprintf("%s/s, mean %.2f ms, pgbench %.2f cores, database %.2f",
		rateText(median(s.rates)), median(s.p50), median(s.serverCPU), median(s.behindCPU))
}
