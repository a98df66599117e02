package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func agentPlaceCommand() *command {
	return &command{
		name: "place", args: "CODE LATLONG", short: "Register where an agent trades",
		help: `LATLONG is latitude,longitude in decimal degrees, or "none". Services whose rule bounds the
distance compare with it, unless the activation has a place of its own.`,
		examples: "switchboard agent place 20810200 28.6139,77.2090\nswitchboard agent place 20810200 none",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				p, where := switchboard.Place{LatLong: args[1]}, "registered at "+args[1]
				if args[1] == "none" {
					p.LatLong, where = "", "registered nowhere"
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.SetPlace(ctx, args[0], p) },
					"Agent "+args[0]+" is "+where+" now.", "Agent "+args[0]+" was "+where+" already.")
			}
		},
	}
}

func agentDeviceCommand() *command {
	return &command{
		name: "device", short: "Say from which devices alone an agent may transact",
		help: `An agent without devices may transact from any. With the first one that is added, decisions
must name a device, and it must be one of the agent's. 'agent show' lists them.`,
		subcommands: []*command{agentDeviceAddCommand(), agentDeviceRemoveCommand()},
	}
}

func agentDeviceAddCommand() *command {
	return &command{
		name: "add", args: "CODE DEVICE...", short: "Add devices of an agent",
		examples: "switchboard agent device add 20810200 pos-4711 tablet-2",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.setDevices(ctx, args[0], switchboard.DevicesChange{Add: args[1:]})
			}
		},
	}
}

func agentDeviceRemoveCommand() *command {
	return &command{
		name: "remove", args: "CODE [DEVICE...]", short: "Remove devices of an agent",
		help:     "With the last one gone, the agent may transact from any device.",
		examples: "switchboard agent device remove 20810200 tablet-2\nswitchboard agent device remove 20810200 --all",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			all := fs.Bool("all", false, "remove all of them")
			return func(ctx context.Context, args []string) error {
				if *all == (len(args) > 1) {
					return usageError("switchboard agent device remove", "name the devices to remove, or give --all")
				}
				if *all {
					return c.setDevices(ctx, args[0], switchboard.DevicesChange{Devices: &[]string{}})
				}
				return c.setDevices(ctx, args[0], switchboard.DevicesChange{Remove: args[1:]})
			}
		},
	}
}

func (c *cli) setDevices(ctx context.Context, code string, n switchboard.DevicesChange) error {
	d, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Devices, error) { return op.SetDevices(ctx, code, n) })
	if err != nil {
		return err
	}
	return c.show(d, func(w io.Writer) error {
		from := strings.Join(d.Devices, ", ")
		if from == "" {
			from = "any device"
		}
		_, err := fmt.Fprintf(w, "Agent %s may transact from %s.\n", printable(code), printable(from))
		return err
	})
}
