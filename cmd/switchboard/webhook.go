package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func webhookCommand() *command {
	return &command{
		name: "webhook", short: "Deliver events to partners' addresses, and look after the deliveries",
		help: `A webhook endpoint is an address of a partner that is told of what happens: to its agents, to
itself, and to the services of the catalogue. Messages are signed as Standard Webhooks asks and
tried again for about three days; docs/webhooks.md has what a receiver must know. Partners manage
their endpoints themselves under /v1/webhooks; these commands are for you.`,
		subcommands: []*command{
			webhookAddCommand(), webhookListCommand(), webhookShowCommand(), webhookSetCommand(), webhookRotateCommand(),
			webhookToggleCommand("enable", true), webhookToggleCommand("disable", false), webhookTestCommand(),
			webhookDeliveriesCommand(), webhookRedeliverCommand(), webhookRemoveCommand(),
		},
	}
}

// webhookFlags are what add and set are given of an endpoint.
type webhookFlags struct {
	fs                                *flag.FlagSet
	url, description, kinds, services string
}

func (f *webhookFlags) register(fs *flag.FlagSet) {
	f.fs = fs
	fs.StringVar(&f.description, "description", "", "`TEXT`: what it is, for people")
	fs.StringVar(&f.kinds, "kinds", "", "`KINDS`: events wanted, like activation.deactivated or block.*, with commas between them; all when empty")
	fs.StringVar(&f.services, "services", "", "`CODES`: only events of these services, with commas between them; all when empty")
}

// list takes a list with commas apart; an empty one is no nil.
func list(text string) []string {
	return append([]string{}, strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })...)
}

func webhookAddCommand() *command {
	return &command{
		name: "add", args: "PARTNER URL", short: "Add an endpoint and print its secret",
		help: `It gets what happens from then on. The URL must be https and lead to a public address, unless
webhook-allow-http and webhook-allow-networks say otherwise. A partner may have ten.

The secret is printed this once: the receiver checks signatures with it.`,
		examples: `switchboard webhook add p1 https://partner.example/switchboard

# only when something is switched off or blocked, for two services
switchboard webhook add p1 https://partner.example/off --kinds 'activation.deactivated,block.*' --services 45,53`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f webhookFlags
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				return c.issueWebhook(ctx, func(op *switchboard.Operator) (switchboard.IssuedWebhook, error) {
					return op.Webhooks().Add(ctx, switchboard.NewWebhook{Partner: args[0], URL: args[1], Description: f.description,
						Kinds: list(f.kinds), Services: list(f.services)})
				})
			}
		},
	}
}

// issueWebhook makes a secret of an endpoint and prints it, the only time that anybody sees it.
func (c *cli) issueWebhook(ctx context.Context, do func(*switchboard.Operator) (switchboard.IssuedWebhook, error)) error {
	i, err := ask(ctx, c, do)
	if i.Secret == "" {
		return err
	}
	// Printed even when something failed after it was made: it cannot be had again.
	shown := c.show(i, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Webhook endpoint %s of partner %s has a new secret.\n  url     %s\n  secret  %s\n\n%s It is not shown again.\n",
			i.Webhook.ID, i.Webhook.Partner, printable(i.Webhook.URL), i.Secret, c.paint(w, bold, "Store the secret now."))
		return err
	})
	if err == nil {
		err = shown
	}
	return err
}

func webhookListCommand() *command {
	return &command{
		name: "list", short: "List the endpoints and how they are doing",
		help:     "An endpoint is disabled by its partner, by you, when its receiver answers 410 (gone), or when\nnothing succeeded for five days (failing).",
		examples: "switchboard webhook list\n\n# those that fail\nswitchboard webhook list --json | jq '.items[] | select(.failing_since)'",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			partner := fs.String("partner", "", "`ID`: only those of this partner")
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.Webhook]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Webhooks().List(ctx, *partner)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.webhookTable(page.Items).write)
			}
		},
	}
}

func (c *cli) webhookTable(list []switchboard.Webhook) *table {
	t := c.table("ENDPOINT", "PARTNER", "URL", "KINDS", "SERVICES", "STATE", "WAITING", "FAILING SINCE")
	for _, h := range list {
		t.row(h.ID, h.Partner, h.URL, orAll(h.Kinds), orAll(h.Services), webhookState(h), strconv.Itoa(h.Waiting), timeText(h.FailingSince))
	}
	return t
}

// orAll writes a filter.
func orAll(list []string) string {
	if len(list) == 0 {
		return "all"
	}
	return strings.Join(list, ",")
}

func webhookState(h switchboard.Webhook) string {
	if h.Reason == "" {
		return h.State
	}
	return h.State + " (" + h.Reason + ")"
}

func webhookShowCommand() *command {
	return &command{
		name: "show", args: "ENDPOINT", short: "Show an endpoint and its secrets' dates",
		examples: "switchboard webhook show wh-d5p3k2s6n88s73f4b2gg",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.withWebhook(ctx, func(op *switchboard.Operator) (switchboard.Webhook, error) { return op.Webhooks().Get(ctx, args[0]) })
			}
		},
	}
}

// withWebhook does something that gives an endpoint, and shows it.
func (c *cli) withWebhook(ctx context.Context, do func(*switchboard.Operator) (switchboard.Webhook, error)) error {
	h, err := ask(ctx, c, do)
	if err != nil {
		return err
	}
	return c.show(h, func(w io.Writer) error { return writeWebhook(c, w, h) })
}

func writeWebhook(c *cli, w io.Writer, h switchboard.Webhook) error {
	if _, err := fmt.Fprintf(w, "%s of partner %s, %s\n\n%s\n\n", c.paint(w, bold, "Webhook endpoint "+h.ID), h.Partner, webhookState(h), columns(func(tw io.Writer) {
		for _, row := range [][2]string{
			{"url", h.URL}, {"description", h.Description}, {"kinds", orAll(h.Kinds)}, {"services", orAll(h.Services)},
			{"waiting", strconv.Itoa(h.Waiting)}, {"failing since", timeText(h.FailingSince)}, {"disabled", timeText(h.DisabledAt)},
			{"since", timeText(h.CreatedAt)}, {"changed", timeText(h.UpdatedAt)},
		} {
			if row[1] != "" {
				fmt.Fprintf(tw, "  %s\t%s\n", row[0], printable(row[1]))
			}
		}
	})); err != nil {
		return err
	}
	t := c.table("SECRET", "SINCE", "UNTIL")
	for _, s := range h.Secrets {
		t.row(strconv.Itoa(s.Number), timeText(s.CreatedAt), timeText(s.ExpiresAt))
	}
	return t.write(w)
}

func webhookSetCommand() *command {
	const path = "switchboard webhook set"
	return &command{
		name: "set", args: "ENDPOINT", short: "Change an endpoint's address or what it is told",
		help:     "What is not given stays as it is; an empty --kinds or --services wants all. What waits goes to the\nnew address.",
		examples: "switchboard webhook set wh-d5p3k2s6n88s73f4b2gg --url https://partner.example/new\nswitchboard webhook set wh-d5p3k2s6n88s73f4b2gg --kinds ''",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f webhookFlags
			f.register(fs)
			fs.StringVar(&f.url, "url", "", "`URL`: where it is")
			return func(ctx context.Context, args []string) error {
				change := f.change()
				if change == (switchboard.WebhookChange{}) {
					return usageError(path, "say what to change: --url, --description, --kinds or --services")
				}
				return c.withWebhook(ctx, func(op *switchboard.Operator) (switchboard.Webhook, error) {
					return op.Webhooks().Set(ctx, args[0], change)
				})
			}
		},
	}
}

// change holds what stands on the command line.
func (f *webhookFlags) change() (n switchboard.WebhookChange) {
	if isGiven(f.fs, "url") {
		n.URL = &f.url
	}
	if isGiven(f.fs, "description") {
		n.Description = &f.description
	}
	if isGiven(f.fs, "kinds") {
		kinds := list(f.kinds)
		n.Kinds = &kinds
	}
	if isGiven(f.fs, "services") {
		services := list(f.services)
		n.Services = &services
	}
	return n
}

func webhookRotateCommand() *command {
	return &command{
		name: "rotate", args: "ENDPOINT", short: "Give an endpoint a new secret; the older one ends after a while",
		help: `Messages are signed with both for the overlap, so that the receiver changes over without a pause.
A secret that leaked ends at once with --overlap 0s. While two are live there is no third: wait
until the older one has ended, or end both with --overlap 0s.`,
		examples: "switchboard webhook rotate wh-d5p3k2s6n88s73f4b2gg --overlap 48h",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			overlap := fs.String("overlap", "24h", "`DURATION`: how long messages are signed with the older secret, too")
			return func(ctx context.Context, args []string) error {
				return c.issueWebhook(ctx, func(op *switchboard.Operator) (switchboard.IssuedWebhook, error) {
					return op.Webhooks().Rotate(ctx, args[0], switchboard.NewSecret{Overlap: *overlap})
				})
			}
		},
	}
}

func webhookToggleCommand(name string, enabled bool) *command {
	cmd := &command{
		name: name, args: "ENDPOINT", short: "Stop delivering to an endpoint; what happens is kept for it",
		help:     "Nothing is lost: what happens meanwhile is delivered when it is enabled again.",
		examples: "switchboard webhook " + name + " wh-d5p3k2s6n88s73f4b2gg",
		operator: true, settings: operatorSettings(),
	}
	if enabled {
		cmd.short = "Deliver to an endpoint again"
		cmd.help = "What waits is tried at once, and then comes what happened while it was disabled, in order, unless\n--skip-missed leaves that out."
	}
	cmd.setup = func(fs *flag.FlagSet, c *cli) runFunc {
		change := switchboard.WebhookChange{Enabled: &enabled}
		if enabled {
			fs.BoolVar(&change.SkipMissed, "skip-missed", false, "leave out what happened while it was disabled")
		}
		return func(ctx context.Context, args []string) error {
			return c.withWebhook(ctx, func(op *switchboard.Operator) (switchboard.Webhook, error) {
				return op.Webhooks().Set(ctx, args[0], change)
			})
		}
	}
	return cmd
}

func webhookRemoveCommand() *command {
	return &command{
		name: "remove", args: "ENDPOINT", short: "End an endpoint for good, and with it what waits",
		help:     "It asks nothing back. To stop it for a while, use 'switchboard webhook disable'.",
		examples: "switchboard webhook remove wh-d5p3k2s6n88s73f4b2gg",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return switchboard.Changed{Changed: true}, op.Webhooks().Remove(ctx, args[0])
				}, "Webhook endpoint "+args[0]+" is removed.", "")
			}
		},
	}
}
