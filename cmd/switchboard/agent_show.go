package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func agentShowCommand() *command {
	return &command{
		name: "show", args: "CODE", short: "Show an agent: profile, services and last events",
		help: `With --at it is shown as it was at that time: standing, services, blocks, places and devices,
played again from its history. A date means the end of that day in UTC. The profile is no part
of the history, and what was erased since stays erased.`,
		examples: `switchboard agent show 20810200

# as it was when 1 March ended
switchboard agent show 20810200 --at 2026-03-01

# who switched service 45, and when
switchboard agent show 20810200 --events 1000 --json | jq '.events[] | select(.service_code == "45")'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			events := fs.Int("events", 10, "`N`: how many of the last events to show, up to 10000")
			asOf := fs.String("at", "", "`TIME`: as it was at this time, like 2026-03-01T15:04:05Z, or at the end of this date")
			return func(ctx context.Context, args []string) error {
				at, err := lastMoment("switchboard agent show", *asOf)
				if err != nil {
					return err
				}
				var v agentView
				err = c.operate(ctx, func(op *switchboard.Operator) (err error) {
					if v.Agent, err = showAgent(ctx, op, args[0], at, *events); err == nil {
						v.catalogue, err = op.Services(ctx)
					}
					return err
				})
				if err != nil {
					return err
				}
				return c.show(v.Agent, func(w io.Writer) error { return v.write(c, w) })
			}
		},
	}
}

// lastMoment reads a time, or a date, which means its last microsecond in UTC.
func lastMoment(path, text string) (time.Time, error) {
	first, next, err := dayOrTime(path, "at", text)
	if first.Equal(next) {
		return first, err
	}
	return next.Add(-time.Microsecond), err
}

func showAgent(ctx context.Context, op *switchboard.Operator, code string, at time.Time, events int) (switchboard.Agent, error) {
	if at.IsZero() {
		return op.Agent(ctx, code, events)
	}
	return op.AgentAt(ctx, code, at, events)
}

// agentView is an agent with what explains its service codes.
type agentView struct {
	switchboard.Agent
	catalogue []switchboard.Service
}

func (v agentView) write(c *cli, w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s of partner %s, %s\n\n%s\n\n", c.paint(w, bold, "Agent "+v.UserCode), v.Partner, v.Standing, v.profile()); err != nil {
		return err
	}
	if err := v.services(c, w); err != nil {
		return err
	}
	if err := v.blocks(c, w); err != nil {
		return err
	}
	if len(v.Events) == 0 {
		return nil
	}
	t := c.table("AT", "EVENT", "SERVICE", "BY", "WHAT")
	for _, e := range v.Events {
		t.row(timeText(e.At), e.Kind, e.Service, e.Actor, dataText(e.Data))
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return t.write(w)
}

// profile lists what is known, a line each.
func (v agentView) profile() string {
	p := v.Profile
	a := p.Address
	address := slices.DeleteFunc([]string{a.Line, a.Area, a.City, a.District, a.State, a.Pincode}, func(s string) bool { return s == "" })
	return columns(func(tw io.Writer) {
		for _, row := range [][2]string{
			{"name", fullName(p)}, {"shop", p.ShopName}, {"mobile", p.Mobile}, {"email", p.Email}, {"pan", p.PAN}, {"born", p.DOB},
			{"address", strings.Join(address, ", ")},
			{"trades at", v.LatLong}, {"devices", strings.Join(v.Devices, ", ")}, {"since", timeText(v.CreatedAt)}, {"changed", timeText(v.UpdatedAt)}, {"erased", timeText(v.ErasedAt)},
		} {
			if row[1] != "" {
				fmt.Fprintf(tw, "  %s\t%s\n", row[0], printable(row[1]))
			}
		}
	})
}

func (v agentView) services(c *cli, w io.Writer) error {
	if len(v.Activations) == 0 {
		_, err := io.WriteString(w, "No service was ever activated.\n")
		return err
	}
	names := map[string]string{}
	for _, s := range v.catalogue {
		names[s.Code] = s.Name
	}
	t := c.table("SERVICE", "NAME", "STATE", "SINCE", "COMMENT")
	for _, a := range v.Activations {
		t.row(a.ServiceCode, names[a.ServiceCode], stateText(a)+datesText(a), timeText(since(a)), a.Comment)
	}
	return t.write(w)
}

// blocks lists those on the agent and its services, if there are any.
func (v agentView) blocks(c *cli, w io.Writer) error {
	if len(v.Blocks) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return c.blockRows(w, v.Blocks, true)
}

// since is when an activation came to be what it is.
func since(a switchboard.Activation) time.Time {
	if a.UpdatedAt.IsZero() {
		return a.CreatedAt
	}
	return a.UpdatedAt
}

func fullName(p switchboard.Profile) string {
	return strings.Join(strings.Fields(p.FirstName+" "+p.MiddleName+" "+p.LastName), " ")
}

// dataText is the particulars of an event for people: "from none, to activated(0)".
func dataText(data switchboard.RawJSON) string {
	d := json.NewDecoder(strings.NewReader(string(data)))
	var words []string
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return string(data)
		}
		if s, ok := t.(string); ok {
			words = append(words, s)
		} else if _, ok := t.(json.Delim); !ok {
			words = append(words, fmt.Sprint(t))
		}
	}
	var parts []string
	for pair := range slices.Chunk(words, 2) {
		parts = append(parts, strings.Join(pair, " "))
	}
	return strings.Join(parts, ", ")
}
