package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/switchboard-platform/switchboard"
)

func agentCommand() *command {
	return &command{
		name: "agent", short: "Add agents, import them, look at them and set their standing",
		help: `An agent is somebody who sells services, known by a user code. Each belongs to the partner
that onboarded it.`,
		subcommands: []*command{
			agentAddCommand(), agentShowCommand(), agentListCommand(), agentSetCommand(), agentPlaceCommand(), agentDeviceCommand(),
			agentImportCommand(), agentEraseCommand(),
		},
	}
}

func agentAddCommand() *command {
	return &command{
		name: "add", short: "Add one agent",
		help: `Prints the agent's user code, a new one unless --user-code gives it. What is left out of
the profile stays empty; what is given must be right. Two agents of a partner cannot have
the same mobile number.`,
		examples: `switchboard agent add --partner p1 --mobile 9123456789 --first-name Asha --last-name Verma \
  --shop-name "Verma Stores" --city "New Delhi" --pincode 110001`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var n switchboard.NewAgent
			fs.StringVar(&n.Partner, "partner", "", "`PARTNER`: whose it is, as 'partner list' shows it; required")
			fs.StringVar(&n.UserCode, "user-code", "", "`CODE`: its user code; a new one when left out")
			profileFlags(fs, &n.Profile)
			return func(ctx context.Context, _ []string) error {
				if n.Partner == "" {
					return usageError("switchboard agent add", "--partner is missing")
				}
				a, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Agent, error) { return op.AddAgent(ctx, n) })
				if err != nil {
					return err
				}
				return c.show(a, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "Agent %s of partner %s is added.\n", a.UserCode, a.Partner)
					return err
				})
			}
		},
	}
}

// profileFlags registers a flag for every field of a profile.
func profileFlags(fs *flag.FlagSet, p *switchboard.Profile) {
	for _, f := range []struct {
		into        *string
		name, usage string
	}{
		{&p.Mobile, "mobile", "`NUMBER`: mobile number, ten digits"},
		{&p.PAN, "pan-number", "`PAN`: like ABCDE1234F"},
		{&p.FirstName, "first-name", "`NAME`: first name"},
		{&p.MiddleName, "middle-name", "`NAME`: middle name"},
		{&p.LastName, "last-name", "`NAME`: last name"},
		{&p.Email, "email", "`ADDRESS`: e-mail address"},
		{&p.DOB, "dob", "`DATE`: date of birth, YYYY-MM-DD"},
		{&p.ShopName, "shop-name", "`NAME`: name of the shop"},
		{&p.Address.Line, "line", "`LINE`: house and street"},
		{&p.Address.City, "city", "`CITY`: of the address"},
		{&p.Address.State, "state", "`STATE`: of the address"},
		{&p.Address.Pincode, "pincode", "`PIN`: postal code"},
		{&p.Address.District, "district", "`DISTRICT`: of the address"},
		{&p.Address.Area, "area", "`AREA`: of the address"},
	} {
		fs.StringVar(f.into, f.name, "", f.usage)
	}
}

func agentListCommand() *command {
	return &command{
		name: "list", short: "List agents by user code",
		examples: `switchboard agent list --partner p1

# the page after the one that ended with 20810299
switchboard agent list --after 20810299

# all of them, one a line, for a program
switchboard agent list --all --json`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			partner := fs.String("partner", "", "`PARTNER`: only its agents")
			return func(ctx context.Context, _ []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.Agent], error) {
						return op.Agents(ctx, switchboard.AgentQuery{Partner: *partner, After: after, Limit: limit})
					}, c.agentRows)
				})
			}
		},
	}
}

func (c *cli) agentRows(w io.Writer, list []switchboard.Agent, first bool) error {
	t := c.table("AGENT", "PARTNER", "STANDING", "NAME", "SHOP", "MOBILE", "CITY", "SINCE")
	for _, a := range list {
		p := a.Profile
		t.row(a.UserCode, a.Partner, a.Standing, fullName(p), p.ShopName, p.Mobile, p.Address.City, timeText(a.CreatedAt))
	}
	return t.writePart(w, first)
}

func agentSetCommand() *command {
	return &command{
		name: "set", args: "CODE", short: "Open, suspend or close an agent",
		help: `An agent that is not open may transact nothing, and nothing can be activated for it. What
is on stays on in the record: opened again, the agent goes on as before. Switching off works always.
To stop an agent for a reason that has an owner, or for a while, place a block instead.`,
		examples: `switchboard agent set 20810200 --standing suspended --reason "KYC has run out"
switchboard agent set 20810200 --standing open`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var n switchboard.NewStanding
			fs.StringVar(&n.Standing, "standing", "", "`STANDING`: open, suspended or closed; required")
			fs.StringVar(&n.Reason, "reason", "", "`WHY`: for the record; required to suspend or close")
			return func(ctx context.Context, args []string) error {
				if n.Standing == "" {
					return usageError("switchboard agent set", "--standing is missing")
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.SetStanding(ctx, args[0], n) },
					"Agent "+args[0]+" is "+n.Standing+" now.", "Agent "+args[0]+" was "+n.Standing+" already.")
			}
		},
	}
}
