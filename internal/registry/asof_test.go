package registry_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// past is an agent with a random history, and what it was after each change.
type past struct {
	*world
	r      *rand.Rand
	blocks []string
	at     []time.Time
	was    []agent.Record
}

// somebody is one of two persons at the desk with every role.
func (p *past) somebody() registry.Caller {
	by := p.operator()
	by.Roles, by.Cause.Actor = access.Administrator, fmt.Sprintf("operator:person-%d", p.r.IntN(2))
	return by
}

func (p *past) text() string { return fmt.Sprintf("text %d – कारण \"x\"", p.r.IntN(1000)) }

func (p *past) place() string { return fmt.Sprintf("%d.5,77.%d", p.r.IntN(80), p.r.IntN(9)) }

// later is a time to come, or none.
func (p *past) later() time.Time {
	if p.r.IntN(2) == 0 {
		return time.Time{}
	}
	return p.Now().AddDate(0, 0, 1+p.r.IntN(90))
}

// step asks for something, which may be refused, and notes what the agent is then.
func (p *past) step() {
	ctx, by := context.Background(), p.somebody()
	code, service := sandbox.UserCode, []string{"1", "43", "45", "59"}[p.r.IntN(4)]
	switch p.r.IntN(14) {
	case 0:
		_, _ = p.SetStanding(ctx, by, code, agent.Standing(p.r.IntN(2)), p.text())
	case 1:
		_, _ = p.SetPlace(ctx, by, code, p.place())
	case 2:
		_, _, _ = p.SetDevices(ctx, by, code, func([]string) []string { return []string{"tab-1", fmt.Sprint("tab-", p.r.IntN(9))} })
	case 3, 4:
		target := block.Target{Agent: code}
		if p.r.IntN(2) == 0 {
			target.Service = service
		}
		b, err := p.PlaceBlock(ctx, by, block.Block{Target: target, Owner: block.Fraud, Reason: p.text(), Until: p.later()})
		if err == nil {
			p.blocks = append(p.blocks, b.ID)
		}
	case 5:
		if len(p.blocks) > 0 {
			_, _, _ = p.LiftBlock(ctx, by, p.blocks[p.r.IntN(len(p.blocks))], p.text())
		}
	case 6:
		until := p.later()
		_, _, _ = p.Reschedule(ctx, by, code, service, registry.DatesChange{Until: &until})
	default:
		cmd := agent.Command{Kind: agent.Commands()[p.r.IntN(5)], Comment: p.text()}
		if cmd.Kind == agent.Activate {
			cmd.LatLong, cmd.Dates.Until = p.place(), p.later()
		}
		_, _ = p.ChangeService(ctx, by, registry.Change{UserCode: code, ServiceCode: service, Command: cmd})
	}
	p.note()
}

func (p *past) note() {
	p.t.Helper()
	rec, _, err := p.History(context.Background(), sandbox.UserCode, 1)
	if err != nil {
		p.t.Fatal(err)
	}
	p.at, p.was = append(p.at, p.Now()), append(p.was, *rec)
	p.pass(time.Minute)
}

// live makes a history of so many steps, in which services take two people for some things.
func live(t *testing.T, seed uint64, steps int) *past {
	p := &past{world: open(t, withLog(t)), r: rand.New(rand.NewPCG(seed, 7))}
	dir, err := p.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for code, confirm := range map[string]agent.Confirm{"43": agent.ConfirmApproval, "59": agent.ConfirmActivation | agent.ConfirmLifting} {
		svc, _ := dir.Service(code)
		svc.Confirm, svc.VerifyDays = confirm, 30
		if _, err := p.SetService(t.Context(), p.somebody(), svc); err != nil {
			t.Fatal(err)
		}
	}
	p.pass(time.Minute)
	for range steps {
		p.step()
	}
	return p
}

// TestAsOf: at every time the agent was what it is said to have been.
func TestAsOf(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			p := live(t, seed, 150)
			for i, at := range p.at {
				for _, moment := range []time.Time{at, at.Add(30 * time.Second)} {
					got, _, err := p.AsOf(t.Context(), sandbox.UserCode, moment, 0)
					if err != nil {
						t.Fatal(err)
					}
					want := p.was[i]
					want.Agent.Profile = agent.Profile{}
					if !same(*got, want) {
						t.Fatalf("after step %d it was\n%+v\nand is said to have been\n%+v", i, want, *got)
					}
				}
			}
			_, events, err := p.AsOf(t.Context(), sandbox.UserCode, p.Now(), 0)
			kinds := map[event.Kind]bool{}
			for _, e := range events {
				kinds[e.Kind] = true
			}
			if err != nil || len(kinds) < 12 {
				t.Errorf("the history has only events of %v; %v", kinds, err)
			}
		})
	}
}

// same compares two records; no activations and none at all are the same.
func same(a, b agent.Record) bool {
	return a.Agent == b.Agent && len(a.Activations) == len(b.Activations) && len(a.Blocks) == len(b.Blocks) &&
		(len(a.Activations) == 0 || reflect.DeepEqual(a.Activations, b.Activations)) && (len(a.Blocks) == 0 || reflect.DeepEqual(a.Blocks, b.Blocks))
}

func TestAsOfBefore(t *testing.T) {
	t.Parallel()
	p := live(t, 1, 1)
	if _, _, err := p.AsOf(t.Context(), sandbox.UserCode, p.at[0].AddDate(-1, 0, 0), 0); !fault.Is(err, fault.UnknownAgent) {
		t.Errorf("before it was onboarded: %v", err)
	}
	if _, _, err := p.AsOf(t.Context(), "nobody", p.at[0], 0); !fault.Is(err, fault.UnknownAgent) {
		t.Errorf("of nobody: %v", err)
	}
	_, events, err := p.AsOf(t.Context(), sandbox.UserCode, p.Now(), 1)
	if err != nil || len(events) != 1 {
		t.Errorf("the last event: %v, %v", events, err)
	}
}
