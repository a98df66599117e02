package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

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
	t := c.table("CODE", "NAME", "PROVIDER", "REVIEW", "NEEDS", "RULES", "OFFERED")
	for _, s := range services {
		needs, offered := "", "yes"
		if s.NeedsLatLong {
			needs = "latlong"
		}
		if s.Removed {
			offered = "removed"
		}
		t.row(s.Code, s.Name, s.Provider, s.Review, needs, rulesText(s), offered)
	}
	return t
}

// rulesText says what else binds the use of a service; empty for most.
func rulesText(s switchboard.Service) string {
	var rules []string
	if len(s.Confirm) > 0 {
		rules = append(rules, "two people for "+strings.Join(s.Confirm, ", "))
	}
	if s.FenceDistance > 0 {
		rules = append(rules, fmt.Sprintf("within %d m", s.FenceDistance))
	}
	if s.FenceCountry != "" {
		rules = append(rules, "in "+s.FenceCountry)
	}
	if s.DormantDays > 0 {
		rules = append(rules, fmt.Sprintf("used every %d days", s.DormantDays))
	}
	if s.VerifyDays > 0 {
		rules = append(rules, fmt.Sprintf("verified every %d days", s.VerifyDays))
	}
	return strings.Join(rules, "; ")
}

// serviceFlags are what service set was given.
type serviceFlags struct {
	fs                            *flag.FlagSet
	name, provider, review, needs string
	confirm, country              string
	numbers                       switchboard.Service // the rules that are numbers
}

func serviceSetCommand() *command {
	return &command{
		name: "set", args: "CODE", short: "Add a service, or change one",
		help: `What is not given stays as it is; a new service needs a name. A service that was removed
comes back. A changed review rule holds for activations from then on.

--confirm says what takes two people, each with a credential of their own:
  activation  whoever switches on does not approve; until somebody else does, it waits
  approval    two approve and renew
  lifting     two lift a block on it, or on whoever has it
Switching off and blocking never do. To make it less strict takes two as well: the first
one's 'service set' is kept as a request, and the same command of somebody else does it.

--fence-distance and --fence-country bound where it may be used; decisions must then say a
place. What is not used for --dormant-days is blocked until it is verified anew, and with
--verify-days every verification is good for so long. 'switchboard rehearse' tells in time
whom that will stop. 0, or "" for a word, takes a rule away.`,
		examples: `# a new one, reviewed before it runs
switchboard service set 71 --name "Gold Loans" --provider "Acme Bank" --review before

# change the rule alone
switchboard service set 71 --review after

# it no longer has to say where the agent stands
switchboard service set 53 --needs nothing

# two people, at most 500 m from the shop and inside the country, verified every year
switchboard service set 71 --confirm activation,lifting --fence-distance 500 --fence-country IN \
  --fence-tolerance 1000 --verify-days 365`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			f := serviceFlags{fs: fs}
			fs.StringVar(&f.name, "name", "", "`NAME`: what it is called")
			fs.StringVar(&f.provider, "provider", "", "`WHO`: who provides it")
			fs.StringVar(&f.review, "review", "", "`RULE`: when an activation is reviewed: none, before or after")
			fs.StringVar(&f.needs, "needs", "", "`WHAT`: what an activation must say: latlong, or nothing")
			f.rules()
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

// rules registers the flags of the rules that bind its use.
func (f *serviceFlags) rules() {
	f.fs.StringVar(&f.confirm, "confirm", "", "`WHAT`: what takes two people: activation, approval, lifting")
	f.fs.StringVar(&f.country, "fence-country", "", "`CC`: two letters of the country outside of which it may not be used")
	f.fs.IntVar(&f.numbers.FenceDistance, "fence-distance", 0, "`M`: metres from the registered place within which it may be used")
	f.fs.IntVar(&f.numbers.FenceTolerance, "fence-tolerance", 0, "`M`: metres beyond the country that still count as inside")
	f.fs.IntVar(&f.numbers.DormantDays, "dormant-days", 0, "`N`: block what was not used for so many days")
	f.fs.IntVar(&f.numbers.VerifyDays, "verify-days", 0, "`N`: have it verified anew after so many days")
}

// setRules sets the rules that were given.
func (f *serviceFlags) setRules(s *switchboard.Service) {
	for name, set := range map[string]func(){
		"confirm":         func() { s.Confirm = splitList(f.confirm) },
		"fence-country":   func() { s.FenceCountry = strings.ToUpper(f.country) },
		"fence-distance":  func() { s.FenceDistance = f.numbers.FenceDistance },
		"fence-tolerance": func() { s.FenceTolerance = f.numbers.FenceTolerance },
		"dormant-days":    func() { s.DormantDays = f.numbers.DormantDays },
		"verify-days":     func() { s.VerifyDays = f.numbers.VerifyDays },
	} {
		if isGiven(f.fs, name) {
			set()
		}
	}
	if isGiven(f.fs, "fence-country") && s.FenceCountry == "" {
		s.FenceTolerance = f.numbers.FenceTolerance // goes with it
	}
}

// set changes what was given and keeps the rest.
func (f *serviceFlags) set(ctx context.Context, op *switchboard.Operator, code string) (switchboard.Changed, error) {
	s := switchboard.Service{Code: code, IfVersion: new(uint64)}
	known, err := op.Services(ctx)
	if err != nil {
		return switchboard.Changed{}, err
	}
	for _, k := range known {
		if k.Code == code {
			s = k
			s.IfVersion, s.Restore = &k.Version, k.Removed
			s.Removed, s.CreatedAt, s.UpdatedAt, s.Version = false, time.Time{}, time.Time{}, 0
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
	f.setRules(&s)
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
