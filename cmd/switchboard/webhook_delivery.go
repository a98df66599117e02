package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func webhookDeliveriesCommand() *command {
	const path = "switchboard webhook deliveries"
	return &command{
		name: "deliveries", args: "ENDPOINT [NUMBER]", short: "List an endpoint's deliveries, or show one with its attempts",
		help: `The youngest come first. With NUMBER, as the list shows it, the message and every attempt with what
the receiver answered. Deliveries can be looked at for as long as webhook-retention says.`,
		examples: `switchboard webhook deliveries wh-d5p3k2s6n88s73f4b2gg --state failed
switchboard webhook deliveries wh-d5p3k2s6n88s73f4b2gg 4711`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			state := fs.String("state", "", "`STATE`: only those that are waiting, delivered or failed")
			since := fs.String("since", "", "`TIME`: only those made since, like 2026-03-01 or 2026-03-01T09:00:00Z")
			return func(ctx context.Context, args []string) error {
				if len(args) == 2 {
					return c.showDelivery(ctx, path, args[0], args[1])
				}
				q := switchboard.DeliveryQuery{State: *state}
				var err error
				if q.Since, err = sinceOf(path, *since); err != nil {
					return err
				}
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.WebhookDelivery], error) {
						q.After, q.Limit = after, limit
						return op.Webhooks().Deliveries(ctx, args[0], q)
					}, c.deliveryRows)
				})
			}
		},
	}
}

// sinceOf reads a time or a day; "" is none.
func sinceOf(path, text string) (at time.Time, err error) {
	if text == "" {
		return at, nil
	}
	if at, err = time.Parse(time.DateOnly, text); err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		return at, usageError(path, "--since must be a day like 2026-03-01 or a time like 2026-03-01T09:00:00Z")
	}
	return at, nil
}

func (c *cli) deliveryRows(w io.Writer, list []switchboard.WebhookDelivery, first bool) error {
	t := c.table("NUMBER", "EVENT", "SEQ", "STATE", "ATTEMPTS", "MADE", "NEXT", "DONE")
	for _, d := range list {
		seq := ""
		if d.Seq != 0 {
			seq = strconv.FormatUint(d.Seq, 10)
		}
		t.row(strconv.FormatUint(d.Number, 10), d.Type, seq, d.State, strconv.Itoa(d.Attempts), timeText(d.CreatedAt), timeText(d.NextAt), timeText(d.DoneAt))
	}
	return t.writePart(w, first)
}

// numberOf reads the number of a delivery.
func numberOf(path, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 {
		return 0, usageError(path, "%q is not the number of a delivery: 'switchboard webhook deliveries ENDPOINT' lists them", text)
	}
	return n, nil
}

func (c *cli) showDelivery(ctx context.Context, path, endpoint, text string) error {
	n, err := numberOf(path, text)
	if err != nil {
		return err
	}
	d, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.WebhookDelivery, error) {
		return op.Webhooks().Delivery(ctx, endpoint, n)
	})
	if err != nil {
		return err
	}
	return c.show(d, func(w io.Writer) error { return c.writeDelivery(w, d) })
}

func (c *cli) writeDelivery(w io.Writer, d switchboard.WebhookDelivery) error {
	var body bytes.Buffer
	if err := json.Indent(&body, d.Body, "", "  "); err != nil {
		return err
	}
	next := ""
	if !d.NextAt.IsZero() {
		next = ", next attempt " + timeText(d.NextAt)
	}
	if _, err := fmt.Fprintf(w, "%s: %s, %s%s\n\n%s\n\n", c.paint(w, bold, "Delivery "+strconv.FormatUint(d.Number, 10)), d.MessageID, d.State, next, printableLines(body.String())); err != nil {
		return err
	}
	t := c.table("ATTEMPT", "AT", "TOOK", "STATUS", "ANSWER")
	for _, a := range d.Log {
		status, said := strconv.Itoa(a.Status), firstLine(a.Body)
		if a.Status == 0 {
			status, said = "", a.Problem
		}
		t.row(strconv.Itoa(a.Attempt), timeText(a.At), strconv.FormatFloat(a.DurationMS, 'f', 1, 64)+" ms", status, said)
	}
	return t.write(w)
}

// printableLines is printable for a text of several lines.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}

// mostAnswer is how much of an answer the table shows, in letters.
const mostAnswer = 60

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if letters := []rune(line); len(letters) > mostAnswer {
		return string(letters[:mostAnswer]) + "…"
	}
	return line
}

func webhookRedeliverCommand() *command {
	const path = "switchboard webhook redeliver"
	return &command{
		name: "redeliver", args: "ENDPOINT [NUMBER]", short: "Deliver a message again, or all that failed since a time",
		help: `With NUMBER that one is delivered again, or at once when it waits. With --since all that failed and
were made since then are, and with --all those that arrived, too. They keep their message ids, by
which receivers know what they have seen, and their order.`,
		examples: `switchboard webhook redeliver wh-d5p3k2s6n88s73f4b2gg 4711

# the receiver had lost its database
switchboard webhook redeliver wh-d5p3k2s6n88s73f4b2gg --since 2026-03-01 --all`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			since := fs.String("since", "", "`TIME`: all made since, like 2026-03-01 or 2026-03-01T09:00:00Z")
			all := fs.Bool("all", false, "with --since: those that arrived, too")
			return func(ctx context.Context, args []string) (err error) {
				again := switchboard.Redelivery{All: *all}
				if again.Since, err = sinceOf(path, *since); err != nil {
					return err
				}
				if (len(args) == 2) == (*since != "") || len(args) == 2 && *all {
					return usageError(path, "give NUMBER, or --since with or without --all")
				}
				if len(args) == 2 {
					if again.Number, err = numberOf(path, args[1]); err != nil {
						return err
					}
				}
				return c.redeliver(ctx, args[0], again)
			}
		},
	}
}

func (c *cli) redeliver(ctx context.Context, endpoint string, again switchboard.Redelivery) error {
	n, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Redelivered, error) {
		return op.Webhooks().Redeliver(ctx, endpoint, again)
	})
	if err != nil {
		return err
	}
	return c.show(n, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Delivered again: %d.\n", n.Redelivered)
		return err
	})
}

// How long a test waits for how it ends, and how often it looks.
const (
	testPatience = 70 * time.Second
	testLook     = 100 * time.Millisecond
)

func webhookTestCommand() *command {
	return &command{
		name: "test", args: "ENDPOINT", short: "Send a test message and say how it ended",
		help: `The message is sent once, signed like every other, with the type webhook.test. A server must run:
it is what sends.`,
		examples: "switchboard webhook test wh-d5p3k2s6n88s73f4b2gg",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				d, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.WebhookDelivery, error) { return sendTest(ctx, op, args[0]) })
				if err != nil {
					return err
				}
				return c.show(d, func(w io.Writer) error { return c.writeDelivery(w, d) })
			}
		},
	}
}

// sendTest sends a test message and waits until it has ended, if a server is there to send it.
func sendTest(ctx context.Context, op *switchboard.Operator, endpoint string) (d switchboard.WebhookDelivery, err error) {
	status, err := op.Status(ctx)
	if err != nil {
		return d, err
	}
	if d, err = op.Webhooks().Test(ctx, endpoint); err != nil {
		return d, err
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	for {
		if d, err = op.Webhooks().Delivery(ctx, endpoint, d.Number); err != nil || d.State != "waiting" || status.Listen == "" {
			return d, err
		}
		select {
		case <-ctx.Done():
			return d, nil
		case <-time.After(testLook):
		}
	}
}
