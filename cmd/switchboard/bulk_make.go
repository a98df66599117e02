package main

import (
	"context"
	"flag"
	"io"
	"os"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

const bulkPlanPath = "switchboard bulk plan"

// planFlags are what bulk plan was given.
type planFlags struct {
	plan                  switchboard.NewPlan
	file                  string
	from, until, verifyBy string
}

func bulkPlanCommand() *command {
	return &command{
		name: "plan", args: "ACTION", short: "Make a plan, which changes nothing until it is confirmed",
		help: `ACTION is activate, deactivate, block or dates. Say which activations: those of a service, of a
partner, in a status, in a city or state of the agents' addresses; or in a FILE of CSV with
the columns user_code and service_code. Each is tried, so that you see what could not be
done. What is so already is left out.

Without --status activate is about all agents, and the others about what is on or waits.
block stands on the service of each agent; without --service, or where a row of FILE has
none, on the whole agent. dates sets the dates you give and leaves the others.`,
		examples: `# everybody in Pune, off; a hundred a second
switchboard bulk plan deactivate --service 45 --city Pune --reason "Bank audit" --pace 100

# back to a reviewer by the end of March
switchboard bulk plan dates --service 43 --status activated --verify-by 2027-03-31

# a list from the fraud desk
switchboard bulk plan block --file suspects.csv --owner fraud --reason "Case 4711"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var f planFlags
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				n, err := f.asked(args[0])
				if err != nil {
					return err
				}
				return c.makePlan(ctx, n, f.file)
			}
		},
	}
}

func (f *planFlags) register(fs *flag.FlagSet) {
	n := &f.plan
	fs.StringVar(&n.Filter.Service, "service", "", "`CODE`: the service")
	fs.StringVar(&n.Filter.Partner, "partner", "", "`PARTNER`: only this partner's agents")
	fs.StringVar(&n.Filter.Status, "status", "", "`STATUS`: only what is none (never asked for), activated, pending or deactivated")
	fs.StringVar(&n.Filter.City, "city", "", "`CITY`: only agents with an address there")
	fs.StringVar(&n.Filter.State, "state", "", "`STATE`: only agents with an address there")
	fs.StringVar(&f.file, "file", "", "`FILE`: which activations, instead of all of these; - for standard input")
	fs.StringVar(&n.Reason, "reason", "", "`WHY`: for the record; of blocks required")
	fs.StringVar(&n.Owner, "owner", "", "`OWNER`: of blocks: operator (the default), compliance, fraud or partner")
	fs.StringVar(&f.from, "from", "", "`TIME`: when a block or an activation begins; at once when left out")
	fs.StringVar(&f.until, "until", "", "`TIME`: when it ends by itself; never when left out")
	fs.StringVar(&f.verifyBy, "verify-by", "", "`TIME`: of dates: by when it must be verified anew")
	fs.IntVar(&n.Pace, "pace", 0, "`N`: items a second; 0: as fast as it goes")
	fs.IntVar(&n.MaxErrors, "max-errors", 10, "`N`: so many items that fail stop the plan")
}

// asked makes the request; what does not fit the action, the server says.
func (f *planFlags) asked(action string) (n switchboard.NewPlan, err error) {
	n = f.plan
	n.Action, n.FromFile = action, f.file != ""
	if n.From, err = whenFlag(bulkPlanPath, "from", f.from); err != nil {
		return n, err
	}
	if n.Until, err = whenFlag(bulkPlanPath, "until", f.until); err != nil {
		return n, err
	}
	n.VerifyBy, err = whenFlag(bulkPlanPath, "verify-by", f.verifyBy)
	return n, err
}

// makePlan makes a plan and prints it with its totals.
func (c *cli) makePlan(ctx context.Context, n switchboard.NewPlan, path string) error {
	file, err := c.planFile(path)
	if err != nil {
		return err
	}
	defer file.Close()
	bar := c.spinning("making the plan")
	defer bar.end()
	return c.showPlan(ctx, func(op *switchboard.Operator) (switchboard.Plan, error) {
		p, err := op.MakePlan(ctx, n)
		if err == nil && n.FromFile {
			p, err = op.FillPlan(ctx, p.ID, file)
		}
		if err == nil {
			p, err = op.Plan(ctx, p.ID) // with its totals
		}
		bar.end()
		return p, err
	})
}

// planFile opens the file before there is a plan that waits for it.
func (c *cli) planFile(path string) (io.ReadCloser, error) {
	if path == "" || path == "-" {
		return io.NopCloser(c.In), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "%s cannot be read.", path)
	}
	return f, nil
}
