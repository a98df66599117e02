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
		examples: `switchboard agent show 20810200

# who switched service 45, and when
switchboard agent show 20810200 --events 1000 --json | jq '.events[] | select(.service_code == "45")'`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			events := fs.Int("events", 10, "`N`: how many of the last events to show, up to 10000")
			return func(ctx context.Context, args []string) error {
				var v agentView
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					if v.Agent, err = op.Agent(ctx, args[0], *events); err == nil {
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
			{"address", strings.Join(address, ", ")}, {"since", timeText(v.CreatedAt)}, {"changed", timeText(v.UpdatedAt)},
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
		t.row(a.ServiceCode, names[a.ServiceCode], stateText(a), timeText(since(a)), a.Comment)
	}
	return t.write(w)
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
