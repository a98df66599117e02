package main

import (
	"context"
	"flag"

	"github.com/switchboard-platform/switchboard"
)

func serviceCommand() *command {
	return &command{
		name: "service", short: "Keep the catalogue: list, set and remove services",
		help: `The catalogue is what agents can be activated for. A service's review rule says when your
reviewers look at an activation:
  none    never
  before  it waits, and runs once it is approved
  after   it runs at once, and is switched off when it is rejected`,
		subcommands: []*command{serviceListCommand(), serviceSetCommand(), serviceRemoveCommand()},
	}
}

func serviceListCommand() *command {
	return &command{
		name: "list", short: "List the catalogue",
		help:     "Removed services are listed too: where they are active they can still be switched off.",
		examples: "switchboard service list\nswitchboard service list --json",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.Service]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Services(ctx)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.serviceTable(page.Items).write)
			}
		},
	}
}

func (c *cli) serviceTable(services []switchboard.Service) *table {
	t := c.table("CODE", "NAME", "PROVIDER", "REVIEW", "NEEDS", "OFFERED")
	for _, s := range services {
		needs, offered := "", "yes"
		if s.NeedsLatLong {
			needs = "latlong"
		}
		if s.Removed {
			offered = "removed"
		}
		t.row(s.Code, s.Name, s.Provider, s.Review, needs, offered)
	}
	return t
}

// serviceFlags are what service set was given.
type serviceFlags struct {
	fs                            *flag.FlagSet
	name, provider, review, needs string
}

func serviceSetCommand() *command {
	return &command{
		name: "set", args: "CODE", short: "Add a service, or change one",
		help: `What is not given stays as it is; a new service needs a name. A service that was removed
comes back. A changed review rule holds for activations from then on.`,
		examples: `# a new one, reviewed before it runs
switchboard service set 71 --name "Gold Loans" --provider "Acme Bank" --review before

# change the rule alone
switchboard service set 71 --review after

# it no longer has to say where the agent stands
switchboard service set 53 --needs nothing`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			f := serviceFlags{fs: fs}
			fs.StringVar(&f.name, "name", "", "`NAME`: what it is called")
			fs.StringVar(&f.provider, "provider", "", "`WHO`: who provides it")
			fs.StringVar(&f.review, "review", "", "`RULE`: when an activation is reviewed: none, before or after")
			fs.StringVar(&f.needs, "needs", "", "`WHAT`: what an activation must say: latlong, or nothing")
			return func(ctx context.Context, args []string) error {
				if f.needs != "" && f.needs != "latlong" && f.needs != "nothing" {
					return usageError("switchboard service set", "--needs must be latlong or nothing")
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return f.set(ctx, op, args[0]) },
					"Service "+args[0]+" is set.", "Service "+args[0]+" was so already.")
			}
		},
	}
}

// set changes what was given and keeps the rest.
func (f *serviceFlags) set(ctx context.Context, op *switchboard.Operator, code string) (switchboard.Changed, error) {
	s := switchboard.Service{Code: code}
	known, err := op.Services(ctx)
	if err != nil {
		return switchboard.Changed{}, err
	}
	for _, k := range known {
		if k.Code == code {
			s = switchboard.Service{Code: code, Name: k.Name, Provider: k.Provider, Review: k.Review, NeedsLatLong: k.NeedsLatLong}
		}
	}
	for _, field := range []struct {
		flag, value string
		into        *string
	}{{"name", f.name, &s.Name}, {"provider", f.provider, &s.Provider}, {"review", f.review, &s.Review}} {
		if isGiven(f.fs, field.flag) {
			*field.into = field.value
		}
	}
	if f.needs != "" {
		s.NeedsLatLong = f.needs == "latlong"
	}
	return op.SetService(ctx, s)
}

func serviceRemoveCommand() *command {
	return &command{
		name: "remove", args: "CODE", short: "Take a service out of the catalogue",
		help: `It can no longer be activated. Where it is active it stays so and can be switched off;
'switchboard service set' brings it back.`,
		examples: "switchboard service remove 71",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RemoveService(ctx, args[0]) },
					"Service "+args[0]+" is out of the catalogue.", "Service "+args[0]+" was removed already.")
			}
		},
	}
}
