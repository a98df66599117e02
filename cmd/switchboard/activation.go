package main

import (
	"context"
	"flag"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func activationCommand() *command {
	return &command{
		name: "activation", short: "Switch agents' services on and off, and review them",
		help: `An activation is one service of one agent. What you do here is recorded with your name, as
what partners do is with theirs.`,
		subcommands: []*command{
			activationOnCommand(), activationOffCommand(), activationApproveCommand(), activationRejectCommand(),
			activationRenewCommand(), activationDatesCommand(), activationListCommand(),
		},
	}
}

func activationOnCommand() *command {
	return &command{
		name: "on", args: "AGENT SERVICE", short: "Activate a service of an agent",
		help: `Where the service is reviewed before it runs, or takes two people, it waits until it is
approved: by somebody else than you, if it takes two.

One that was on before has the dates it had, until you give new ones: --from and --until together
take the place of both, so that the one you leave out is gone. When it must be verified anew stays.`,
		examples: `switchboard activation on 20810200 45
switchboard activation on 20810200 53 --latlong 28.6139,77.2090

# from a day on, for a month
switchboard activation on 20810200 45 --from 2027-03-01 --until 2027-04-01`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			latlong := fs.String("latlong", "", "`LAT,LONG`: where the agent stands, in degrees")
			from := fs.String("from", "", "`TIME`: may not be used before; a day begins at 00:00 UTC")
			until := fs.String("until", "", "`TIME`: may not be used from then on")
			return func(ctx context.Context, args []string) (err error) {
				n := switchboard.ServiceCommand{LatLong: *latlong}
				if n.From, err = whenFlag("switchboard activation on", "from", *from); err != nil {
					return err
				}
				if n.Until, err = whenFlag("switchboard activation on", "until", *until); err != nil {
					return err
				}
				return c.changeService("activate", func() switchboard.ServiceCommand { return n })(ctx, args)
			}
		},
	}
}

func activationOffCommand() *command {
	return &command{
		name: "off", args: "AGENT SERVICE", short: "Deactivate a service of an agent, at once",
		help: `It asks nothing back: when it returns, the service is off. It works whatever the standing
of the agent, and for services that have left the catalogue. Its dates stay, for
when it is on again.`,
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
		help: `Where the service takes two people to approve, the first one's approval is kept, and it
waits on for the second one's.`,
		examples: "switchboard activation list --waiting\nswitchboard activation approve 20810200 43",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			return c.verifyService(fs, "approve")
		},
	}
}

func activationRejectCommand() *command {
	return &command{
		name: "reject", args: "AGENT SERVICE", short: "Reject an activation that waits for a review",
		help:     "The service is off from then on; its dates stay. The partner sees the comment.",
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
		return c.showServiceChange(ctx, args, func(op *switchboard.Operator) (switchboard.ServiceChange, error) {
			return op.ChangeService(ctx, args[0], args[1], command, with())
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
