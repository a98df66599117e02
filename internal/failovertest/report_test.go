package failovertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// figure is what clients saw of one trouble. Times are in seconds.
type figure struct {
	Trouble  string                    `json:"trouble"`
	Promoted float64                   `json:"promoted_after"` // 0 where the primary stays
	Gaps     map[string]float64        `json:"longest_without"`
	Waited   map[string]float64        `json:"longest_call"`
	Answered map[string]int            `json:"answered"`
	Failures map[string]map[string]int `json:"failures"`
	Again    int                       `json:"changes_sent_again"`
	// Witnessed is how many answers those got, after it, whom nobody but the victim reaches.
	Witnessed int     `json:"answers_beside_the_victim"`
	Whole     float64 `json:"whole_after_its_end"`

	began, ended time.Time
}

func since(t time.Time) float64 { return time.Since(t).Seconds() }

// awaitAnswers waits until a change of every agent, begun after a time, has been answered.
func (l *load) awaitAnswers(t *testing.T, after time.Time) {
	t.Helper()
	for began := time.Now(); time.Since(began) < turnsAtMost; time.Sleep(50 * time.Millisecond) {
		if !slices.ContainsFunc(l.agents, func(a *agent) bool { return !a.answeredSince(after) }) {
			return
		}
	}
	t.Fatal("changes are not answered again")
}

func (a *agent) answeredSince(after time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.changes, func(c change) bool { return c.answered.After(after) })
}

// measure says how long nothing was answered, and takes the failures out of the load.
func (l *load) measure(f *figure) {
	var changes, decisions []span
	for _, a := range l.agents {
		for _, c := range a.changes {
			if c.answered.After(f.began) {
				changes = append(changes, span{c.began, c.answered})
				if c.unknown {
					f.Again++
				}
			}
		}
	}
	for _, d := range l.decisions {
		if d.Answered.After(f.began) {
			decisions = append(decisions, span{d.Began, d.Answered})
		}
	}
	f.Gaps = map[string]float64{"change": gap(changes, f.began), "decision": gap(decisions, f.began)}
	f.Waited = map[string]float64{"change": longest(changes), "decision": longest(decisions)}
	f.Answered = map[string]int{"change": len(changes), "decision": len(decisions)}
	f.Failures = map[string]map[string]int{}
	for kind, list := range l.failures {
		f.Failures[kind] = map[string]int{}
		for _, x := range list {
			f.Failures[kind][x.what]++
		}
	}
	clear(l.failures)
}

// takeDecisions takes them out of the load.
func (l *load) takeDecisions() []decision {
	list := l.decisions
	l.decisions = nil
	return list
}

// span is a call from its beginning to its answer.
type span struct{ began, answered time.Time }

// gap is the longest time in which nothing was answered.
func gap(list []span, from time.Time) (longest float64) {
	slices.SortFunc(list, func(a, b span) int { return a.answered.Compare(b.answered) })
	for _, s := range list {
		longest = max(longest, s.answered.Sub(from).Seconds())
		from = s.answered
	}
	return longest
}

func longest(list []span) (most float64) {
	for _, s := range list {
		most = max(most, s.answered.Sub(s.began).Seconds())
	}
	return most
}

// report prints the figures as a table, and writes them as JSON where that is asked for.
func report(t *testing.T, figures []figure) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "seconds\n%-38s %9s %13s %15s %11s %6s %7s\n", "what happened", "promoted", "no change for", "no decision for", "whole after", "again", "beside")
	for _, f := range figures {
		fmt.Fprintf(&b, "%-38s %9.1f %13.1f %15.1f %11.1f %6d %7d\n", f.Trouble, f.Promoted, f.Gaps["change"], f.Gaps["decision"], f.Whole, f.Again, f.Witnessed)
		for _, kind := range slices.Sorted(maps.Keys(f.Failures)) {
			for _, what := range slices.Sorted(maps.Keys(f.Failures[kind])) {
				fmt.Fprintf(&b, "    %s failed: %d × %s\n", kind, f.Failures[kind][what], what)
			}
		}
	}
	t.Log(b.String())
	path := os.Getenv(reportEnv)
	if path == "" {
		return
	}
	text, err := json.MarshalIndent(figures, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}
