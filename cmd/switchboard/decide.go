package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// errDenied ends a command that was answered, and the answer is no.
var errDenied = errors.New("denied")

func decideCommand() *command {
	return &command{
		name: "decide", args: "[AGENT SERVICE]", short: "Ask whether an agent may use a service now, and why not",
		help: `The answer is the one that a transaction switch gets at this moment, with every reason there
is against it. Asking here counts as no use of the service.

With --check it says instead whether a receipt, which comes with every answer, is genuine: what
was answered, to whom, when, and on which version of the agent's history.

The exit code is 0 when it is allowed, or the receipt genuine, and 3 when it is not.`,
		examples: `switchboard decide 20810200 45

# a service that demands a place, from one of the agent's devices
switchboard decide 20810200 45 --place 28.6139,77.2090 --device POS-7

# will it still be allowed on new year's day?
switchboard decide 20810200 45 --at 2027-01-01T00:00:00Z

# in a script
if switchboard decide 20810200 45 >/dev/null; then echo allowed; fi

# what was answered then?
switchboard decide --check AQAB4p2k8…`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var q switchboard.DecisionRequest
			fs.StringVar(&q.Place, "place", "", "`LATLONG`: where it is to happen, as latitude,longitude")
			fs.StringVar(&q.Device, "device", "", "`NAME`: from which device")
			at := fs.String("at", "", "`TIME`: when it is to happen, like 2026-03-01T09:30:00Z; now by default")
			check := fs.String("check", "", "`RECEIPT`: check it instead of asking")
			return func(ctx context.Context, args []string) error {
				if *check != "" && len(args) == 0 {
					return c.checkReceipt(ctx, *check)
				}
				if *check != "" || len(args) != 2 {
					return usageError("switchboard decide", "give AGENT and SERVICE, or --check and a receipt")
				}
				if *at != "" {
					t, err := time.Parse(time.RFC3339, *at)
					if err != nil {
						return usageError("switchboard decide", "--at must be a time with its zone, like 2026-03-01T09:30:00Z")
					}
					q.At = t
				}
				q.Agent, q.Service = args[0], args[1]
				return c.decide(ctx, q)
			}
		},
	}
}

func (c *cli) decide(ctx context.Context, q switchboard.DecisionRequest) error {
	d, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Decision, error) { return op.Decide(ctx, q) })
	if err == nil {
		err = c.show(d, func(w io.Writer) error { return c.writeDecision(w, q, d) })
	}
	if err == nil && !d.Allowed {
		return errDenied
	}
	return err
}

func (c *cli) writeDecision(w io.Writer, q switchboard.DecisionRequest, d switchboard.Decision) error {
	may := "may"
	if !d.Allowed {
		may = "may not"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Agent %s %s use service %s.\n", printable(q.Agent), c.paint(w, bold, may), printable(q.Service))
	for _, r := range d.Reasons {
		fmt.Fprintf(&b, "\n%s\n  %s\n  %s\n%s\n", c.paint(w, bold, r.Code), printable(r.Message), printable(r.Next), reasonDetails(r))
	}
	fmt.Fprintf(&b, "\nreceipt %s\n", d.Receipt)
	_, err := io.WriteString(w, b.String())
	return err
}

// reasonDetails says of a reason what concerns whoever can end it.
func reasonDetails(r switchboard.DecisionReason) string {
	return columns(func(tw io.Writer) {
		for _, row := range [][2]string{
			{"block", r.Block}, {"since", timeText(r.Since)}, {"until", timeText(r.Until)}, {"lifted by", strings.Join(r.LiftedBy, " or ")},
		} {
			if row[1] != "" {
				fmt.Fprintf(tw, "  %s\t%s\n", row[0], row[1])
			}
		}
	})
}

func (c *cli) checkReceipt(ctx context.Context, receipt string) error {
	r, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.ReceiptCheck, error) { return op.CheckReceipt(ctx, receipt) })
	if err == nil {
		err = c.show(r, func(w io.Writer) error { return writeReceipt(w, r) })
	}
	if err == nil && !r.Genuine {
		return errDenied
	}
	return err
}

func writeReceipt(w io.Writer, r switchboard.ReceiptCheck) error {
	if !r.Genuine {
		_, err := io.WriteString(w, "The receipt is not genuine: this server did not give it, or it was changed.\n")
		return err
	}
	answer := "allowed"
	if !r.Allowed {
		answer = "denied: " + strings.Join(r.Reasons, ", ")
	}
	_, err := io.WriteString(w, "The receipt is genuine.\n\n"+columns(func(tw io.Writer) {
		for _, row := range [][2]string{
			{"answered", timeText(r.AnsweredAt)}, {"to partner", r.Partner}, {"to switch", r.Switch}, {"to operator", r.Operator},
			{"answer", answer}, {"agent", fmt.Sprintf("%s, version %d of its history", r.Agent, r.AgentVersion)}, {"service", r.Service},
			{"place", r.Place}, {"device", r.Device}, {"asked for", timeText(r.At)},
		} {
			if row[1] != "" {
				fmt.Fprintf(tw, "  %s\t%s\n", row[0], printable(row[1]))
			}
		}
	})+"\n")
	return err
}
