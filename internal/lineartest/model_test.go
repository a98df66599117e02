package lineartest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// what is the kind of a step.
type what uint8

// The steps.
const (
	activate what = iota
	deactivate
	place
	lift
	decide
)

func (w what) String() string {
	return [...]string{"activate", "deactivate", "place", "lift", "decide"}[w]
}

// where is what a step is about: an activation, or what a block stands on. Empty fields mean any.
type where struct{ agent, service string }

// covers says whether a step there shows at an activation.
func (w where) covers(cell where) bool {
	return (w.agent == "" || w.agent == cell.agent) && (w.service == "" || w.service == cell.service)
}

// step is one call of a client, from before it was sent until after its answer was read.
type step struct {
	what
	where
	client    int
	call, ret int64
	// unknown says that the server died before it answered: the step was done at some time until then,
	// or never.
	unknown bool

	block   string // place, lift: its id
	tag     string // place: by which the id is found later
	changed bool   // lift: what was answered

	answer state // decide: what was answered
}

// state is what a decision depends on, of one service of one agent.
type state struct {
	active bool
	blocks string // ids of the open blocks, in order, with a space behind each
}

func (s state) has(block string) bool { return strings.Contains(s.blocks, block+" ") }

func (s state) with(block string) state {
	ids := append(strings.Fields(s.blocks), block)
	slices.Sort(ids)
	return state{s.active, strings.Join(ids, " ") + " "}
}

func (s state) without(block string) state {
	return state{s.active, strings.Replace(s.blocks, block+" ", "", 1)}
}

// after gives the state that follows on a step that was answered as the step says. ok is false when it
// cannot have been answered so.
func (s state) after(x step) (to state, ok bool) {
	switch x.what {
	case activate:
		return state{true, s.blocks}, true
	case deactivate:
		return state{false, s.blocks}, true
	case place:
		return s.with(x.block), true
	case lift:
		return s.without(x.block), x.unknown || x.changed == s.has(x.block)
	}
	return s, s == x.answer
}

// model is one service of one agent.
func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{}} },
		Step: func(from, input, _ any) (to []any) {
			s, x := from.(state), input.(step)
			next, ok := s.after(x)
			if x.unknown {
				return []any{s, next} // it was never done, or it was
			}
			if !ok {
				return nil
			}
			return []any{next}
		},
		DescribeOperation: func(input, _ any) string { return input.(step).text() },
		DescribeState:     func(s any) string { return fmt.Sprintf("%+v", s) },
	}
	return m.ToModel()
}

func (x step) text() string {
	t := x.String() + " " + x.agent + "/" + x.service + " " + x.block
	if x.what == decide {
		t += fmt.Sprintf(" → %+v", x.answer)
	}
	if x.unknown {
		t += " (unknown)"
	}
	return t
}

// seenFrom gives the steps that show at an activation, as operations on it.
func seenFrom(cell where, history []step) (ops []porcupine.Operation) {
	for _, x := range history {
		if x.covers(cell) {
			ops = append(ops, porcupine.Operation{ClientId: x.client, Input: x, Call: x.call, Return: x.ret})
		}
	}
	return ops
}
