package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

const issuePINPath = "switchboard member issue-pin"

func memberIssuePINCommand() *command {
	return &command{
		name: "issue-pin", args: "MSISDN...", short: "Give members new PINs and print them",
		help: `A new PIN takes the place of the one before, chosen or issued, and clears the count of wrong
ones. With it a member can activate the app, and choose a PIN by SET_PIN, which asks for the
identity; until then LOGIN is answered SET_PIN.

Each PIN is printed this once, on standard output, as soon as it is issued; the server keeps only
a hash of it. Hand it over on a safe way, to the member alone.

A - for MSISDN reads phone numbers from standard input, a line each. They are done one after the
other, so that members who log in meanwhile need not wait. The exit code is 1 when one got no PIN.`,
		examples: `switchboard member issue-pin 254712345678 --reason "forgot the PIN, identity seen at the desk"

# all who have none yet, after an import, for whoever prints the letters
umask 077
switchboard member list --all --json | jq -r '.items[] | select(.pin == "none") | .msisdn' |
  switchboard member issue-pin - --csv --reason "first PIN" > pins.csv`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			p := &pinIssuing{c: c}
			fs.BoolVar(&p.csv, "csv", false, "print CSV (msisdn,pin); read it as text, a PIN may begin with 0")
			reason := reasonFlag(fs)
			return withReason(issuePINPath, reason, func(ctx context.Context, args []string) error {
				p.because.Reason = *reason
				return p.run(ctx, args)
			})
		},
	}
}

// pinIssuing is one run of issue-pin.
type pinIssuing struct {
	c       *cli
	csv     bool
	because switchboard.Because

	out     pageWriter[switchboard.IssuedPIN]
	bar     *progress
	issued  int
	refused int
}

func (p *pinIssuing) run(ctx context.Context, args []string) error {
	list, err := p.members(args)
	if err != nil {
		return err
	}
	p.out = pageWriter[switchboard.IssuedPIN]{c: p.c, text: p.rows}
	p.bar = p.progress(len(list))
	err = p.c.operate(ctx, func(op *switchboard.Operator) error { return p.issueAll(ctx, op, list) })
	p.bar.end()
	if p.issued > 0 {
		err = errors.Join(p.out.end(""), err)
	}
	return p.outcome(err, list)
}

// members gives the phone numbers: all are there before the first PIN is issued.
func (p *pinIssuing) members(args []string) ([]string, error) {
	list := args
	if len(args) == 1 && args[0] == "-" {
		var err error
		if list, err = readLines(p.c.In); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	for _, msisdn := range list {
		if seen[msisdn] {
			return nil, usageError(issuePINPath, "%.50q stands there twice: the second PIN would end the first", msisdn)
		}
		seen[msisdn] = true
	}
	return list, nil
}

// readLines reads what stands on lines, blank ones left out.
func readLines(r io.Reader) (list []string, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			list = append(list, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The phone numbers on standard input cannot be read.")
	}
	if len(list) == 0 {
		return nil, fault.New(fault.Invalid, "There is no phone number on standard input; write one a line.")
	}
	return list, nil
}

// progress shows how many are done, unless the PINs themselves appear on the same terminal.
func (p *pinIssuing) progress(n int) *progress {
	if n == 1 || isTerminal(p.c.Out) {
		return nil
	}
	bar := p.c.progress(int64(n), "issuing")
	if bar != nil {
		progressbar.OptionShowBytes(false)(bar.bar)
		progressbar.OptionShowCount()(bar.bar)
	}
	return bar
}

func (p *pinIssuing) issueAll(ctx context.Context, op *switchboard.Operator, list []string) error {
	for _, msisdn := range list {
		pin, err := op.IssuePIN(ctx, msisdn, p.because)
		switch {
		case err == nil:
			if err := p.out.write([]switchboard.IssuedPIN{pin}); err != nil {
				return err
			}
			p.issued++
		case len(list) == 1 || !isMembers(err):
			return err
		default:
			if err := p.refuse(msisdn, err); err != nil {
				return err
			}
		}
		p.bar.at(int64(p.issued + p.refused))
	}
	return nil
}

// isMembers says whether a fault is one of the member alone, so that the next may have a PIN.
func isMembers(err error) bool {
	var f *switchboard.OperatorFault
	return errors.As(err, &f) && (fault.Code(f.Code) == fault.NotFound || fault.Code(f.Code) == fault.Conflict)
}

// refuse tells of a member who got no PIN.
func (p *pinIssuing) refuse(msisdn string, err error) error {
	p.refused++
	p.bar.clear()
	if !p.c.json {
		_, err = fmt.Fprintf(p.c.Err, "%s: %s\n", printable(msisdn), printable(err.Error()))
		return err
	}
	e := json.NewEncoder(p.c.Err)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		MSISDN string `json:"msisdn"`
		Reason string `json:"reason"`
	}{msisdn, err.Error()})
}

// rows prints issued PINs for people or for a spreadsheet. The columns stand without a look at what
// is to come: no phone number is longer than 15 digits.
func (p *pinIssuing) rows(w io.Writer, list []switchboard.IssuedPIN, first bool) error {
	if p.csv {
		return csvRows(w, list, first)
	}
	if first {
		if _, err := fmt.Fprintln(w, p.c.paint(w, bold, fmt.Sprintf("%-15s  PIN", "MEMBER"))); err != nil {
			return err
		}
	}
	for _, x := range list {
		if _, err := fmt.Fprintf(w, "%-15s  %s\n", x.MSISDN, x.PIN); err != nil {
			return err
		}
	}
	return nil
}

func csvRows(w io.Writer, list []switchboard.IssuedPIN, first bool) error {
	cw := csv.NewWriter(w)
	if first {
		_ = cw.Write([]string{"msisdn", "pin"}) // Flush tells
	}
	for _, x := range list {
		_ = cw.Write([]string{x.MSISDN, x.PIN})
	}
	cw.Flush()
	return cw.Error()
}

// outcome says how it ended: what was issued is printed whatever happened after.
func (p *pinIssuing) outcome(err error, list []string) error {
	done := p.issued + p.refused
	switch {
	case err != nil && done > 0 && done < len(list):
		return withRemedy(err, "It stopped at %s: %d of %d PINs are issued and stand above. When the cause is gone, go on with that one.",
			printable(list[done]), p.issued, len(list))
	case err != nil:
		return err
	case p.refused > 0:
		return withRemedy(fault.New("members_refused", "%d of %d members got no PIN.", p.refused, len(list)),
			"Correct their phone numbers and run it again for them alone: the others would get another PIN.")
	case !p.csv && !p.c.json:
		_, err = fmt.Fprintln(p.c.Err, "Hand over now what is printed: it is not shown again, and must be replaced at the first use.")
	}
	return err
}
