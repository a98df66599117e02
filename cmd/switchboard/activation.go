package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func activationCommand() *command {
	return &command{
		name: "activation", short: "Switch agents' services on and off, and review them",
		help: `An activation is one service of one agent. What you do here is recorded with your name, as
what partners do is with theirs.`,
		subcommands: []*command{
			activationOnCommand(), activationOffCommand(), activationApproveCommand(), activationRejectCommand(), activationListCommand(),
		},
	}
}

func activationOnCommand() *command {
	return &command{
		name: "on", args: "AGENT SERVICE", short: "Activate a service of an agent",
		help:     "Where the service is reviewed before it runs, it waits until it is approved.",
		examples: "switchboard activation on 20810200 45\nswitchboard activation on 20810200 53 --latlong 28.6139,77.2090",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			latlong := fs.String("latlong", "", "`LAT,LONG`: where the agent stands, in degrees")
			return c.changeService("activate", func() switchboard.ServiceCommand { return switchboard.ServiceCommand{LatLong: *latlong} })
		},
	}
}

func activationOffCommand() *command {
	return &command{
		name: "off", args: "AGENT SERVICE", short: "Deactivate a service of an agent, at once",
		help: `It asks nothing back: when it returns, the service is off. It works whatever the standing
of the agent, and for services that have left the catalogue.`,
		examples: "switchboard activation off 20810200 45",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return c.changeService("deactivate", func() switchboard.ServiceCommand { return switchboard.ServiceCommand{} })
		},
	}
}

func activationApproveCommand() *command {
	return &command{
		name: "approve", args: "AGENT SERVICE", short: "Approve an activation that waits for a review",
		examples: "switchboard activation list --waiting\nswitchboard activation approve 20810200 43",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return c.changeService("approve", func() switchboard.ServiceCommand { return switchboard.ServiceCommand{} })
		},
	}
}

func activationRejectCommand() *command {
	return &command{
		name: "reject", args: "AGENT SERVICE", short: "Reject an activation that waits for a review",
		help:     "The service is off from then on. The partner sees the comment.",
		examples: `switchboard activation reject 20810200 43 --comment "The shop's photo is missing"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			comment := fs.String("comment", "", "`WHY`: why it is rejected; required")
			run := c.changeService("reject", func() switchboard.ServiceCommand { return switchboard.ServiceCommand{Comment: *comment} })
			return func(ctx context.Context, args []string) error {
				if *comment == "" {
					return usageError("switchboard activation reject", "--comment is missing: say why")
				}
				return run(ctx, args)
			}
		},
	}
}

// changeService makes the run of a command on one activation.
func (c *cli) changeService(command string, with func() switchboard.ServiceCommand) runFunc {
	return func(ctx context.Context, args []string) error {
		var v switchboard.ServiceChange
		err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
			v, err = op.ChangeService(ctx, args[0], args[1], command, with())
			return err
		})
		if err != nil {
			return err
		}
		return c.show(v, func(w io.Writer) error {
			is := "is now"
			if !v.Changed {
				is = "was already"
			}
			_, err := fmt.Fprintf(w, "Service %s of agent %s %s: %s.\n", printable(args[1]), printable(args[0]), is, stateText(v.Activation))
			return err
		})
	}
}

// stateText says in words what an activation is.
func stateText(a switchboard.Activation) string {
	switch {
	case a.Status == "PENDING":
		return "waiting for a review before it runs"
	case a.Status == "ACTIVATED" && a.Verification == waiting:
		return "active, waiting for a review"
	case a.Status == "ACTIVATED" && a.Verification == verified:
		return "active, verified"
	case a.Status == "ACTIVATED":
		return "active"
	case a.Status == "DEACTIVATED" && a.Verification == rejected:
		return "off, rejected"
	}
	return "off"
}

// The verifications of an activation.
const (
	verified = 1
	rejected = 2
	waiting  = 3
)

func activationListCommand() *command {
	return &command{
		name: "list", short: "List activations: what waits for a review, or by status and service",
		help: "They are listed by user code and service code; a page ends with the KEY of the next one.",
		examples: `# the reviewers' queue
switchboard activation list --waiting

# every agent that has service 45 on, for a spreadsheet
switchboard activation list --service 45 --status activated --all --json`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			var q switchboard.ActivationQuery
			p.register(fs)
			fs.BoolVar(&q.Waiting, "waiting", false, "only those that wait for a review")
			fs.StringVar(&q.Status, "status", "", "`STATUS`: only those that are activated, pending or deactivated")
			fs.StringVar(&q.Service, "service", "", "`CODE`: only those of this service")
			return func(ctx context.Context, _ []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.Activation], error) {
						q.After, q.Limit = after, limit
						return op.Activations(ctx, q)
					}, c.activationRows)
				})
			}
		},
	}
}

func (c *cli) activationRows(w io.Writer, list []switchboard.Activation, first bool) error {
	t := c.table("AGENT", "SERVICE", "STATE", "SINCE", "COMMENT")
	for _, a := range list {
		t.row(a.UserCode, a.ServiceCode, stateText(a), timeText(since(a)), a.Comment)
	}
	return t.writePart(w, first)
}
