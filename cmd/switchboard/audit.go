package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func auditCommand() *command {
	return &command{
		name: "audit", short: "Prove that nothing that was recorded was altered",
		help: `Every change is an event. Events are chained by hash, and all of them together form a log whose
head the server signs every few seconds. Whoever alters, removes, adds or moves an event, or a
row that events have led to, is found by 'audit verify'.

Two things make the proof independent of whoever runs the database: the log's public key, which
'audit key' prints and auditors keep; and signed heads that are kept elsewhere, which the
settings log-heads-file and log-heads-url see to.`,
		subcommands: []*command{
			auditVerifyCommand(), auditKeyCommand(), auditProveCommand(), auditVerifyProofCommand(), auditExportCommand(), auditSearchCommand(),
		},
	}
}

func auditVerifyCommand() *command {
	return &command{
		name: "verify", args: "[FILE]", short: "Find every alteration of the record",
		help: `Without FILE: the whole store, by the server that runs, while it works. FILE is a backup, or what
'audit export' wrote; then nothing but the file and the key is needed.

Checked are: that no event is missing, was added or moved; every hash of every chain; every signed
head, with its signature; and that each row (agents, activations, partners, services, members,
channels, ladders, operators, switches) ends in the last event about it. With --state every agent's
history is played again too, and must lead to its rows: standing, blocks, activations.

Give the public key that you keep with --key: a file that was forged as a whole names a key of its
own. Give heads that were kept elsewhere with --heads: only they show that the last events were
cut off, together with the heads that cover them. The exit code is 1 when anything does not fit.`,
		examples: `switchboard audit verify

# an auditor, with a backup, the key and the heads that the auditor was sent
switchboard audit verify backup.db --key log.key --heads heads.txt --state

# an export of one agent
switchboard audit verify agent.ndjson --key log.key`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			v := auditRun{c: c}
			fs.StringVar(&v.key, "key", "", "`KEY`: the log's public key, or a file of keys, a line each; default the one that is found with the events")
			fs.StringVar(&v.heads, "heads", "", "`FILE` of signed heads that were kept elsewhere")
			fs.BoolVar(&v.state, "state", false, "play the history of every agent again, too; takes several times as long")
			return func(ctx context.Context, args []string) error { return v.run(ctx, args) }
		},
	}
}

// auditRun is one verification.
type auditRun struct {
	c          *cli
	key, heads string
	state      bool
	bar        *progress
}

func (v *auditRun) run(ctx context.Context, args []string) error {
	keys, err := readKeys(v.key)
	if err != nil {
		return err
	}
	heads, err := readHeads(v.heads)
	if err != nil {
		return err
	}
	var r switchboard.AuditReport
	if len(args) == 1 {
		r, err = app.VerifyFile(ctx, args[0], app.Audit{Keys: keys, Heads: audit.SplitHeads(heads), Replay: v.state, Tell: v.tell})
	} else {
		err = v.c.operate(ctx, func(op *switchboard.Operator) (err error) {
			n := switchboard.AuditRequest{Keys: keys, Heads: heads, Replay: v.state}
			r, err = op.Audit(ctx, n, func(p switchboard.AuditProgress) { v.tell(p.Events, p.Total) })
			return err
		})
	}
	v.bar.end()
	if err != nil {
		return err
	}
	if err := v.c.show(r, func(w io.Writer) error { return v.write(w, r) }); err != nil {
		return err
	}
	if !r.OK {
		return fault.New("altered", "The record was altered; problems found: %d.", r.Count)
	}
	return nil
}

func (v *auditRun) tell(events, total uint64) {
	if v.bar == nil {
		v.bar = v.c.counting(int64(total), "verifying", "events")
	}
	v.bar.at(int64(events))
}

func (v *auditRun) write(w io.Writer, r switchboard.AuditReport) error {
	text := columns(func(tw io.Writer) {
		fmt.Fprintf(tw, "  events\t%s\n", eventsText(r))
		heads := fmt.Sprintf("%d", r.Heads)
		if r.External > 0 {
			heads += fmt.Sprintf(", %d of them from elsewhere", r.External)
		}
		if r.Signed > 0 {
			heads += fmt.Sprintf("; the youngest covers %d events", r.Signed)
		}
		fmt.Fprintf(tw, "  signed heads\t%s\n", heads)
		if r.Rows > 0 {
			fmt.Fprintf(tw, "  rows\t%d\n", r.Rows)
		}
		if r.Replayed > 0 {
			fmt.Fprintf(tw, "  replayed\t%d agents\n", r.Replayed)
		}
	})
	verdict := "Everything fits."
	if !r.OK {
		verdict = v.c.paint(w, red, "Not everything fits:")
	}
	if _, err := fmt.Fprintf(w, "Log %s\n%s\n%s\n", orUnsigned(r.Origin), text, verdict); err != nil {
		return err
	}
	for _, p := range r.Problems {
		if _, err := fmt.Fprintf(w, "  %s: %s\n", printable(p.Where), printable(p.What)); err != nil {
			return err
		}
	}
	if n := r.Count - uint64(len(r.Problems)); n > 0 {
		if _, err := fmt.Fprintf(w, "  and %d more\n", n); err != nil {
			return err
		}
	}
	return v.doubts(w, r)
}

// doubts says what the verification could not know.
func (v *auditRun) doubts(w io.Writer, r switchboard.AuditReport) error {
	var text string
	if v.key == "" {
		text += "The key is the one that was found with the events: compare it with yours, or give yours with --key.\n"
	}
	if n := r.Events; r.Scope == "" && n > r.Signed {
		text += fmt.Sprintf("%d events are younger than the last signed head.\n", n-r.Signed)
	}
	_, err := io.WriteString(w, text)
	return err
}

func eventsText(r switchboard.AuditReport) string {
	text := fmt.Sprintf("%d in %d chains", r.Events, r.Chains)
	switch r.Scope {
	case "span":
		return fmt.Sprintf("%s, a span from event %d to %d", text, r.First, r.Last)
	case "agent":
		return fmt.Sprintf("%d, the history of %s", r.Events, r.Subject)
	}
	return text
}

func orUnsigned(s string) string {
	if s == "" {
		return "without a signed head"
	}
	return s
}

// readKeys reads public keys of a log: one as it stands, or a file of them.
func readKeys(keyOrFile string) ([]string, error) {
	if keyOrFile == "" || strings.Contains(keyOrFile, "+") {
		return strings.Fields(keyOrFile), nil
	}
	b, err := os.ReadFile(keyOrFile)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "--key must be the line that 'switchboard audit key' prints, or a file of it; %s cannot be read.", keyOrFile)
	}
	return strings.Fields(string(b)), nil
}

func readHeads(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "The heads %s cannot be read.", file)
	}
	return string(b), nil
}

func auditKeyCommand() *command {
	return &command{
		name: "key", short: "Print the public key of the log",
		help: `Auditors keep it: with it they verify backups, exports and proofs without asking anybody. It is no
secret. When the master key's primary key changes, a new one signs; the former ones are printed
below it, and older heads are verified with them.`,
		examples: `switchboard audit key > log.key`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				k, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.LogKey, error) { return op.LogKey(ctx) })
				if err != nil {
					return err
				}
				return c.show(k, func(w io.Writer) error {
					_, err := fmt.Fprintln(w, strings.Join(append([]string{k.Key}, k.Former...), "\n"))
					return err
				})
			}
		},
	}
}
