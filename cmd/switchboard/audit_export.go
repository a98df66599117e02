package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func auditProveCommand() *command {
	return &command{
		name: "prove", args: "SEQ", short: "Prove that an event is in the log",
		help: `SEQ is the event's number, which 'agent show --json' and exports have. Printed is JSON with the
event, the path from it to a signed head, and that head. Keep it byte for byte: 'audit verify-proof'
checks it with the public key alone, on any machine, years later.

Personal texts stay sealed in it.`,
		examples: `switchboard audit prove 4711 > proof.json
switchboard audit verify-proof proof.json --key log.key`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				seq, err := strconv.ParseUint(args[0], 10, 63)
				if err != nil {
					return usageError("switchboard audit prove", "%q is not the number of an event", args[0])
				}
				proof, err := ask(ctx, c, func(op *switchboard.Operator) ([]byte, error) { return op.EventProof(ctx, seq) })
				if err != nil {
					return err
				}
				_, err = c.Out.Write(proof)
				return err
			}
		},
	}
}

func auditVerifyProofCommand() *command {
	return &command{
		name: "verify-proof", args: "FILE", short: "Check the proof of an event, without a server",
		help: `FILE is what 'audit prove' printed. The event, its place in the log and the signature are checked;
nothing but FILE and the key is needed. The exit code is 1 when it proves nothing.`,
		examples: `switchboard audit verify-proof proof.json --key log.key`,
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			key := fs.String("key", "", "`KEY`: the log's public key, or a file of keys; default the one in the proof, which proves little")
			return func(_ context.Context, args []string) error {
				v, err := checkProof(args[0], *key)
				if err != nil {
					return err
				}
				return c.show(v, func(w io.Writer) error { return v.write(w, *key != "") })
			}
		},
	}
}

// provenView is what a proof says.
type provenView struct {
	OK       bool      `json:"ok"`
	Seq      uint64    `json:"seq"`
	Subject  string    `json:"subject"`
	Kind     string    `json:"kind"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	Data     string    `json:"data"`
	HeadSize uint64    `json:"head_size"`
	SignedAt time.Time `json:"signed_at"`
}

func checkProof(file, key string) (v provenView, err error) {
	texts, err := readKeys(key)
	if err != nil {
		return v, err
	}
	keys, err := audit.ParseKeys(texts)
	if err != nil {
		return v, err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return v, fault.Wrap(err, fault.NotFound, "%s cannot be read.", file)
	}
	p, err := audit.ParseProof(b)
	if err != nil {
		return v, err
	}
	out, err := p.Check(keys)
	e := out.Event
	return provenView{OK: true, Seq: e.Seq, Subject: e.Subject.String(), Kind: string(e.Kind), Actor: e.Cause.Actor, At: e.Cause.At,
		Data: e.Data, HeadSize: out.Head.Size, SignedAt: out.Head.At}, err
}

func (v provenView) write(w io.Writer, keyGiven bool) error {
	_, err := fmt.Fprintf(w, `Event %d is in the log, unaltered.
  what    %s of %s
  by      %s
  at      %s
  data    %s
  signed  on %s, as one of %d events
`, v.Seq, v.Kind, printable(v.Subject), printable(v.Actor), timeText(v.At), printable(v.Data), timeText(v.SignedAt), v.HeadSize)
	if err == nil && !keyGiven {
		_, err = io.WriteString(w, "The key is the proof's own: compare it with yours, or give yours with --key.\n")
	}
	return err
}

func auditExportCommand() *command {
	return &command{
		name: "export", short: "Write events out, with the proof that they are unaltered",
		help: `Writes all events, those of one agent, or those of a span of time to standard output: a line of
JSON each, a header before and a signed head behind them. 'audit verify' checks such a file with
the public key alone; one that was cut off is found.

A date counts from its beginning in UTC for --since, to its end for --until. Personal texts
stay sealed. An agent's export is its whole history.`,
		examples: `switchboard audit export > events.ndjson
switchboard audit export --agent 20810200 > agent.ndjson
switchboard audit export --since 2026-03-01 --until 2026-03-31 > march.ndjson

switchboard audit verify march.ndjson --key log.key`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			agent := fs.String("agent", "", "`CODE`: only the history of this agent")
			since := fs.String("since", "", "`TIME`: only what was caused from this date or time on")
			until := fs.String("until", "", "`TIME`: only what was caused before the end of this date, or before this time")
			return func(ctx context.Context, _ []string) error {
				q := switchboard.ExportQuery{Agent: *agent}
				var err error
				if q.Since, _, err = dayOrTime("switchboard audit export", "since", *since); err != nil {
					return err
				}
				if _, q.Until, err = dayOrTime("switchboard audit export", "until", *until); err != nil {
					return err
				}
				return c.operate(ctx, func(op *switchboard.Operator) error { return c.export(ctx, op, q) })
			}
		},
	}
}

// dayOrTime reads a date or a time. first is the time, or the beginning of the day in UTC, and next the time, or
// the beginning of the day after.
func dayOrTime(path, name, text string) (first, next time.Time, err error) {
	if text == "" {
		return first, next, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, t.AddDate(0, 0, 1), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return first, next, usageError(path, "--%s must be a date like 2026-03-01 or a time like 2026-03-01T15:04:05Z, not %q", name, text)
	}
	return t, t, nil
}

// lastLine begins the last line of an export that is whole.
const lastLine = `{"end":`

// export copies an export to the output, and makes sure that it came whole.
func (c *cli) export(ctx context.Context, op *switchboard.Operator, q switchboard.ExportQuery) error {
	in, err := op.Export(ctx, q)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := c.progress(-1, "exporting")
	defer bar.end()
	lines, out := bufio.NewReaderSize(in, 1<<20), bufio.NewWriterSize(c.Out, 1<<20)
	whole, written := false, int64(0)
	for {
		part, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return fault.Wrap(err, fault.Unavailable, "The export broke off: it has no last line, and is of no use.")
		}
		whole = bytes.HasPrefix(part, []byte(lastLine)) || whole && len(part) == 0
		if _, err := out.Write(part); err != nil {
			return fault.Wrap(err, fault.Unavailable, "The export cannot be written.")
		}
		written += int64(len(part))
		bar.at(written)
		if err == io.EOF {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The export cannot be written.")
	}
	if !whole {
		return fault.New(fault.Unavailable, "The server ended the export early: it has no last line, and is of no use. The server's log says why.")
	}
	return nil
}
