package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"sort"
	"strconv"

	"github.com/switchboard-platform/switchboard"
)

func bulkCommand() *command {
	return &command{
		name: "bulk", short: "Change many activations by a plan: make it, look at it, confirm it, undo it",
		help: `A plan collects what is to change and tries each item, but changes nothing. Once it is
confirmed it is applied in the background, at the pace you give, and goes on after a
restart. It stops by itself when too many items fail. What somebody else changed after the
plan was made is skipped, and an undone plan leaves alone what was changed since.

A plan goes by the rules of every single change. Where a service takes two people to switch
on, somebody else than the maker confirms the plan, and its activations wait for a reviewer.`,
		subcommands: []*command{
			bulkPlanCommand(), bulkListCommand(), bulkShowCommand(), bulkConfirmCommand(), bulkStopCommand(), bulkResumeCommand(),
			bulkUndoCommand(), bulkDiscardCommand(),
		},
	}
}

func bulkListCommand() *command {
	return &command{
		name: "list", short: "List the plans, the youngest first",
		help:     "A page ends with the KEY of the next one.",
		examples: "switchboard bulk list",
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			return func(ctx context.Context, _ []string) error {
				return c.operate(ctx, func(op *switchboard.Operator) error {
					return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.Plan], error) {
						return op.Plans(ctx, switchboard.PlanQuery{After: after, Limit: limit})
					}, c.planRows)
				})
			}
		},
	}
}

func (c *cli) planRows(w io.Writer, list []switchboard.Plan, first bool) error {
	t := c.table("PLAN", "ACTION", "STATE", "ITEMS", "LEFT", "DONE", "FAILED", "MADE BY", "MADE AT")
	for _, p := range list {
		n := p.Counts
		t.row(p.ID, p.Action, p.State, strconv.Itoa(n.Items), strconv.Itoa(n.Left), strconv.Itoa(n.Done), strconv.Itoa(n.Failed), p.MadeBy, timeText(p.MadeAt))
	}
	return t.writePart(w, first)
}

func bulkShowCommand() *command {
	return &command{
		name: "show", args: "PLAN", short: "Show a plan: how far it is, and what it is about by service and place",
		help: `With --items it lists the items instead, with what became of each and why. The state of an
item is ready, refused (could not be done when the plan was made), done, skipped (somebody
changed it meanwhile), failed, undone or kept (not undone, as somebody has changed it since).`,
		examples: `switchboard bulk show plan-d1f0

# what failed, and why
switchboard bulk show plan-d1f0 --items --state failed --all`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			var p paging
			p.register(fs)
			items := fs.Bool("items", false, "list the items")
			state := fs.String("state", "", "`STATE`: with --items, only those in this state")
			return func(ctx context.Context, args []string) error {
				if *items {
					return c.showPlanItems(ctx, args[0], *state, p)
				}
				if *state != "" {
					return usageError("switchboard bulk show", "--state is of --items")
				}
				return c.showPlan(ctx, func(op *switchboard.Operator) (switchboard.Plan, error) { return op.Plan(ctx, args[0]) })
			}
		},
	}
}

func (c *cli) showPlanItems(ctx context.Context, id, state string, p paging) error {
	return c.operate(ctx, func(op *switchboard.Operator) error {
		return writePages(c, p, func(after string, limit int) (switchboard.Page[switchboard.PlanItem], error) {
			return op.PlanItems(ctx, id, switchboard.PlanItemQuery{State: state, After: after, Limit: limit})
		}, func(w io.Writer, list []switchboard.PlanItem, first bool) error {
			t := c.table("ITEM", "AGENT", "SERVICE", "WAS", "STATE", "PROBLEM")
			for _, it := range list {
				t.row(strconv.Itoa(it.N), it.UserCode, it.Service, it.Was, it.State, it.Problem)
			}
			return t.writePart(w, first)
		})
	})
}

// showPlan prints the plan that something was done with.
func (c *cli) showPlan(ctx context.Context, do func(*switchboard.Operator) (switchboard.Plan, error)) error {
	p, err := ask(ctx, c, do)
	if err != nil {
		return err
	}
	return c.printPlan(p)
}

func (c *cli) printPlan(p switchboard.Plan) error {
	return c.show(p, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s to %s: %s.\n%s\n%s%s", p.ID, planAction(p), p.State, columns(func(tw io.Writer) { writePlanCounts(tw, p.Counts) }),
			c.planTotals(p.Totals), planNext(p))
		return err
	})
}

// planAction says what a plan does, for people.
func planAction(p switchboard.Plan) string {
	switch {
	case p.Action == "dates":
		return "set dates"
	case p.Action == "block" && p.Filter.Service == "" && !p.FromFile:
		return "block whole agents"
	}
	return p.Action
}

// writePlanCounts writes the counts that are not zero, a line each.
func writePlanCounts(w io.Writer, n switchboard.PlanCounts) {
	fmt.Fprintf(w, "  items\t%d\n", n.Items)
	for _, x := range []struct {
		name  string
		count int
	}{{"so already, left out", n.Unchanged}, {"refused", n.Refused}, {"to come", n.Left}, {"done", n.Done}, {"skipped", n.Skipped}, {"failed", n.Failed},
		{"undone", n.Undone}, {"not undone", n.Kept}} {
		if x.count > 0 {
			fmt.Fprintf(w, "  %s\t%d\n", x.name, x.count)
		}
	}
}

// How many places a plan's totals are printed for; --json has all.
const mostPlaces = 20

// planTotals gives the totals by service, and below each by place, the largest first.
func (c *cli) planTotals(totals []switchboard.PlanTotal) string {
	if len(totals) == 0 {
		return ""
	}
	totals = append([]switchboard.PlanTotal(nil), totals...)
	sort.SliceStable(totals, func(i, j int) bool { return totals[i].Items > totals[j].Items })
	services, order := map[string]int{}, []string{}
	for _, t := range totals {
		if _, known := services[t.Service]; !known {
			order = append(order, t.Service)
		}
		services[t.Service] += t.Items
	}
	return "\n" + columns(func(w io.Writer) {
		for _, service := range order {
			fmt.Fprintf(w, "%s\t%d\n", serviceTitle(service), services[service])
			writePlaces(w, totals, service)
		}
	}) + "\n"
}

func serviceTitle(code string) string {
	if code == "" {
		return "Whole agents"
	}
	return "Service " + code
}

func writePlaces(w io.Writer, totals []switchboard.PlanTotal, service string) {
	shown, rest := 0, 0
	for _, t := range totals {
		switch {
		case t.Service != service:
		case shown == mostPlaces:
			rest += t.Items
		default:
			shown++
			fmt.Fprintf(w, "  %s\t%d\n", printable(placeTitle(t)), t.Items)
		}
	}
	if rest > 0 {
		fmt.Fprintf(w, "  elsewhere\t%d\n", rest)
	}
}

func placeTitle(t switchboard.PlanTotal) string {
	switch {
	case t.City == "" && t.State == "":
		return "no address"
	case t.City == "":
		return t.State
	case t.State == "":
		return t.City
	}
	return t.City + ", " + t.State
}

// planNext says what can be done with a plan now.
func planNext(p switchboard.Plan) string {
	switch p.State {
	case "draft":
		return "\nNothing has changed yet. Confirm it: switchboard bulk confirm " + p.ID + "\n"
	case "stopped":
		return "\nGo on with: switchboard bulk resume " + p.ID + "\nTake back what was done: switchboard bulk undo " + p.ID + "\n"
	case "undo-stopped":
		return "\nGo on with: switchboard bulk resume " + p.ID + "\n"
	}
	return ""
}
