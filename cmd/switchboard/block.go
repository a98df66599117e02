package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func blockCommand() *command {
	return &command{
		name: "block", short: "Stop an agent, a service or a partner at once, and lift what stops them",
		help: `A block is a reason why something may not transact. It stands on an agent, on one service of
an agent, on a whole service or on a partner with all its agents, and leaves activations as
they are: once it is lifted, all is as before. Any number may stand at once; each has an
owner, and is lifted by its own alone, or by an administrator who says why:
  operator    support and reviewers
  compliance  compliance
  fraud       the fraud desk
  partner     the partner whose agent it is
  system      Switchboard, for what was not used for too long; a renewal ends it`,
		subcommands: []*command{blockAddCommand(), blockListCommand(), blockShowCommand(), blockLiftCommand()},
	}
}

func blockAddCommand() *command {
	return &command{
		name: "add", short: "Place a block, at once or for later",
		help: `Say what it stands on: --agent, --agent and --service, --service alone, or --partner. When the
command returns, no decision anywhere says yes. One block on a service stops it for all
its agents, and is one entry in the history.`,
		examples: `# everything of one agent
switchboard block add --agent 20810200 --owner fraud --reason "Case 4711"

# one service of one agent, and a whole service
switchboard block add --agent 20810200 --service 45 --reason "Limit exceeded"
switchboard block add --service 45 --reason "The bank is down"

# tomorrow night, for four hours
switchboard block add --service 45 --reason Maintenance \
  --from 2027-01-31T22:00:00Z --until 2027-02-01T02:00:00Z`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var n switchboard.NewBlock
			var from, until string
			fs.StringVar(&n.Agent, "agent", "", "`CODE`: the agent, or whose service it is")
			fs.StringVar(&n.Service, "service", "", "`CODE`: the service; of the agent, if one is given")
			fs.StringVar(&n.Partner, "partner", "", "`PARTNER`: the partner, with all its agents")
			fs.StringVar(&n.Owner, "owner", "operator", "`OWNER`: who alone lifts it: operator, compliance, fraud or partner")
			fs.StringVar(&n.Reason, "reason", "", "`WHY`: for the record; required")
			fs.StringVar(&from, "from", "", "`TIME`: when it begins; at once when left out")
			fs.StringVar(&until, "until", "", "`TIME`: when it ends by itself; never when left out")
			return func(ctx context.Context, _ []string) (err error) {
				const path = "switchboard block add"
				if n.Reason == "" {
					return usageError(path, "--reason is missing: say why")
				}
				if n.From, err = whenFlag(path, "from", from); err != nil {
					return err
				}
				if n.Until, err = whenFlag(path, "until", until); err != nil {
					return err
				}
				return c.placeBlock(ctx, n)
			}
		},
	}
}

func (c *cli) placeBlock(ctx context.Context, n switchboard.NewBlock) error {
	b, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Block, error) { return op.PlaceBlock(ctx, n) })
	if err != nil {
		return err
	}
	return c.show(b, func(w io.Writer) error {
		acts := "It acts now."
		if b.State == "scheduled" {
			acts = "It begins at " + timeText(b.From) + "."
		}
		_, err := fmt.Fprintf(w, "Block %s stands on %s. %s\n", b.ID, blockTarget(b), acts)
		return err
	})
}

// blockTarget says what a block stands on.
func blockTarget(b switchboard.Block) string {
	switch {
	case b.Partner != "":
		return "partner " + b.Partner
	case b.Agent == "":
		return "service " + b.Service
	case b.Service == "":
		return "agent " + b.Agent
	}
	return "service " + b.Service + " of agent " + b.Agent
}

func blockListCommand() *command {
	return &command{
		name: "list", short: "List blocks, the youngest first",
		help: "Without flags those that are not lifted, whether they act already or not; a page ends with\nthe KEY of the next one.",
		examples: `switchboard block list
switchboard block list --agent 20810200 --history

# what the fraud desk has on whole services and partners
switchboard block list --owner fraud --all --json | jq '.items[] | select(.agent == null)'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			var q switchboard.BlockQuery
			p.register(fs)
			fs.StringVar(&q.Agent, "agent", "", "`CODE`: only those on this agent and its services")
			fs.StringVar(&q.Service, "service", "", "`CODE`: only those on this service, of one agent or of all")
			fs.StringVar(&q.Partner, "partner", "", "`PARTNER`: only those on the partner itself")
			fs.StringVar(&q.Owner, "owner", "", "`OWNER`: only those of this owner")
			history := fs.Bool("history", false, "also those that are lifted")
			return func(ctx context.Context, _ []string) error {
				q.Open = !*history
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.Block], error) {
						q.After, q.Limit = after, limit
						return op.Blocks(ctx, q)
					}, c.blockRows)
				})
			}
		},
	}
}

func (c *cli) blockRows(w io.Writer, list []switchboard.Block, first bool) error {
	t := c.table("BLOCK", "ON", "OWNER", "STATE", "FROM", "UNTIL", "BY", "REASON")
	for _, b := range list {
		t.row(b.ID, blockTarget(b), b.Owner, blockState(b), timeText(blockSince(b)), timeText(b.Until), b.PlacedBy, b.Reason)
	}
	return t.writePart(w, first)
}

// blockSince is when a block began, or will begin, to act.
func blockSince(b switchboard.Block) time.Time {
	if b.From.IsZero() {
		return b.PlacedAt
	}
	return b.From
}

// blockState is its state, with who has asked for its end.
func blockState(b switchboard.Block) string {
	if b.LiftAskedBy != "" && b.LiftedAt.IsZero() {
		return b.State + ", lifting asked"
	}
	return b.State
}

func blockShowCommand() *command {
	return &command{
		name: "show", args: "BLOCK", short: "Show a block",
		examples: "switchboard block show d4n8q2s8cbd0f3k2m5ug",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				b, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.Block, error) { return op.Block(ctx, args[0]) })
				if err != nil {
					return err
				}
				return c.show(b, func(w io.Writer) error { return c.writeBlock(w, b) })
			}
		},
	}
}

func (c *cli) writeBlock(w io.Writer, b switchboard.Block) error {
	rows := [][2]string{
		{"owner", b.Owner}, {"rule", b.Rule}, {"reason", b.Reason}, {"state", b.State}, {"from", timeText(blockSince(b))}, {"until", timeText(b.Until)},
		{"placed", actText(b.PlacedAt, b.PlacedBy)}, {"lifting asked", actText(b.LiftAskedAt, b.LiftAskedBy)}, {"lifted", actText(b.LiftedAt, b.LiftedBy)},
	}
	rows = slices.DeleteFunc(rows, func(r [2]string) bool { return r[1] == "" })
	text := columns(func(tw io.Writer) {
		for _, r := range rows {
			fmt.Fprintf(tw, "  %s\t%s\n", r[0], printable(r[1]))
		}
	})
	_, err := fmt.Fprintf(w, "%s on %s\n\n%s\n", c.paint(w, bold, "Block "+b.ID), printable(blockTarget(b)), text)
	return err
}

// actText says when somebody did something; empty when nobody did.
func actText(at time.Time, by string) string {
	if at.IsZero() {
		return ""
	}
	return timeText(at) + " by " + by
}

func blockLiftCommand() *command {
	return &command{
		name: "lift", args: "BLOCK", short: "Lift a block, or cancel one that has not begun",
		help: `Where a service demands two people for it, the first one's call is kept as a request, and the
block stands until somebody else lifts it as well.`,
		examples: `switchboard block list --agent 20810200
switchboard block lift d4n8q2s8cbd0f3k2m5ug --reason "Case 4711 is closed"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			reason := fs.String("reason", "", "`WHY`: for the record; required of an administrator, who is not its owner")
			return func(ctx context.Context, args []string) error {
				v, err := ask(ctx, c, func(op *switchboard.Operator) (switchboard.LiftedBlock, error) {
					return op.LiftBlock(ctx, args[0], switchboard.BlockLift{Reason: *reason})
				})
				if err != nil {
					return err
				}
				return c.show(v, func(w io.Writer) error {
					_, err := fmt.Fprintln(w, liftText(v))
					return err
				})
			}
		},
	}
}

func liftText(v switchboard.LiftedBlock) string {
	what := "Block " + v.Block.ID + " on " + printable(blockTarget(v.Block))
	switch {
	case v.Asked:
		return what + " stands: lifting it takes two people, and you are the first. Somebody else must lift it as well."
	case !v.Changed:
		return what + " was " + v.Block.State + " already."
	}
	return what + " is " + v.Block.State + "."
}
