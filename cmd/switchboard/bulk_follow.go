package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// planCommand is a command that tells a plan something, and with --follow looks on until it comes to rest.
func planCommand(name, short, help, examples string) *command {
	return &command{
		name: name, args: "PLAN", short: short, help: help, examples: examples,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			follow := new(bool)
			if name != "stop" && name != "discard" {
				fs.BoolVar(follow, "follow", false, "look on until it comes to rest; ending the command does not stop the plan")
			}
			return func(ctx context.Context, args []string) error { return c.commandPlan(ctx, args[0], name, *follow) }
		},
	}
}

func bulkConfirmCommand() *command {
	return planCommand("confirm", "Let a plan begin",
		`It is applied in the background by the server, at its pace. Where no server runs on the
directory, it goes on when one does, or as long as this command looks on.

Where it switches on a service that takes two people, somebody else than its maker
confirms it, with a credential of their own.`,
		"switchboard bulk confirm plan-d1f0\nswitchboard bulk confirm plan-d1f0 --follow")
}

func bulkStopCommand() *command {
	return planCommand("stop", "Stop a plan, or its undoing, half way",
		"What is done stays done; 'bulk resume' goes on, 'bulk undo' takes it back.",
		"switchboard bulk stop plan-d1f0")
}

func bulkResumeCommand() *command {
	return planCommand("resume", "Let a stopped plan go on",
		"One that errors have stopped may fail as often again. A stopped undoing goes on, too.",
		"switchboard bulk resume plan-d1f0 --follow")
}

func bulkUndoCommand() *command {
	return planCommand("undo", "Take back what a plan has done",
		`Every activation becomes what it was, and every block is lifted, unless somebody else has
changed it since: 'bulk show PLAN --items --state kept' lists those. Where switching on
takes two people, what was switched off waits for a reviewer.`,
		"switchboard bulk undo plan-d1f0 --follow")
}

func bulkDiscardCommand() *command {
	return planCommand("discard", "End a plan that was not confirmed",
		"It stays in the list and in the record.", "switchboard bulk discard plan-d1f0")
}

// commandPlan tells a plan something and prints it as it is then.
func (c *cli) commandPlan(ctx context.Context, id, name string, follow bool) error {
	var p switchboard.Plan
	err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
		if p, err = op.CommandPlan(ctx, id, name); err != nil || !follow {
			return err
		}
		p, err = c.followPlan(ctx, op, p)
		return err
	})
	if err != nil {
		return err
	}
	p.Totals = nil
	if err := c.printPlan(p); err != nil {
		return err
	}
	if follow && (p.State == "stopped" || p.State == "undo-stopped") {
		return fault.New("stopped", "%s was stopped before its end.", p.ID)
	}
	return nil
}

// followEvery is how often a plan at work is looked at.
const followEvery = 200 * time.Millisecond

// followPlan looks on, with a bar on a terminal, until a plan comes to rest.
func (c *cli) followPlan(ctx context.Context, op *switchboard.Operator, p switchboard.Plan) (switchboard.Plan, error) {
	total := p.Counts.Left
	bar := c.counting(int64(total), p.State, "items")
	defer bar.end()
	for {
		now, err := op.Plan(ctx, p.ID)
		if err != nil {
			return p, err
		}
		n := now.Counts
		bar.at(int64(total - n.Left))
		bar.say(fmt.Sprintf("%s: %d left, %d failed, %d skipped", now.State, n.Left, n.Failed, n.Skipped+n.Kept))
		if now.State != "confirmed" && now.State != "applying" && now.State != "undoing" {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return now, ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// say describes what the bar shows.
func (p *progress) say(text string) {
	if p != nil {
		p.bar.Describe(text)
	}
}
