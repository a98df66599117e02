package member_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// published is the default ladder as the contract prints it, up to 40 attempts.
const published = `
2 FIRST_WARNING WARN 0s
4 FIRST_SUSPENSION SUSPEND 1h0m0s
5 SECOND_WARNING WARN 0s
6 SECOND_SUSPENSION SUSPEND 24h0m0s
7 THIRD_WARNING WARN 0s
9 DEFAULT_SUSPEND SUSPEND 720h0m0s
11 DEFAULT_SUSPEND SUSPEND 720h0m0s
13 DEFAULT_SUSPEND SUSPEND 720h0m0s
15 DEFAULT_SUSPEND SUSPEND 720h0m0s
17 DEFAULT_SUSPEND SUSPEND 720h0m0s
19 DEFAULT_SUSPEND SUSPEND 720h0m0s
21 DEFAULT_SUSPEND SUSPEND 720h0m0s
23 DEFAULT_SUSPEND SUSPEND 720h0m0s
25 DEFAULT_SUSPEND SUSPEND 720h0m0s
27 DEFAULT_SUSPEND SUSPEND 720h0m0s
29 DEFAULT_SUSPEND SUSPEND 720h0m0s
31 DEFAULT_SUSPEND SUSPEND 720h0m0s
33 DEFAULT_SUSPEND SUSPEND 720h0m0s
35 DEFAULT_SUSPEND SUSPEND 720h0m0s
37 DEFAULT_SUSPEND SUSPEND 720h0m0s
39 DEFAULT_SUSPEND SUSPEND 720h0m0s
`

// climb writes the steps that are reached from -1 to so many attempts, one after another.
func climb(l member.Ladder, to int) string {
	var b strings.Builder
	for n := -1; n <= to; n++ {
		if s, ok := l.At(n); ok {
			fmt.Fprintln(&b, n, s.Flag, s.Action, s.For)
			if s.Attempts != n {
				fmt.Fprintln(&b, "but says", s.Attempts)
			}
		}
	}
	return b.String()
}

func TestDefaultLadder(t *testing.T) {
	t.Parallel()
	for _, s := range []member.Security{member.Password, member.OTP} {
		l := member.DefaultLadder(s)
		if got := climb(l, 40); got != published[1:] {
			t.Errorf("%s climbs\n%s", s, got)
		}
		if bad := badFields(l.Check); bad != "" || l.Security != s {
			t.Errorf("%s: the bad fields are %s", l.Security, bad)
		}
	}
}

// step makes one, and ladder one of steps, with what follows after the last when every is not 0.
func step(attempts int, flag string, a member.Action, d time.Duration) member.Step {
	return member.Step{Attempts: attempts, Flag: flag, Action: a, For: d}
}

func ladder(every int, further member.Step, steps ...member.Step) member.Ladder {
	return member.Ladder{Security: member.Password, Steps: steps, Every: every, Further: further}
}

func TestAt(t *testing.T) {
	t.Parallel()
	hour, lock := step(0, "HOUR", member.Suspend, time.Hour), step(3, "STOP", member.Lock, 0)
	warn := step(1, "WARNING", member.Warn, 0)
	for name, c := range map[string]struct {
		ladder member.Ladder
		want   string // up to 8 attempts
	}{
		"no steps":                          {ladder(0, member.Step{}), ""},
		"further from the first attempt":    {ladder(1, hour), "1 HOUR 2 HOUR 3 HOUR 4 HOUR 5 HOUR 6 HOUR 7 HOUR 8 HOUR"},
		"further from the third attempt":    {ladder(3, hour), "3 HOUR 6 HOUR"},
		"further after the last":            {ladder(2, hour, warn, lock), "1 WARNING 3 STOP 5 HOUR 7 HOUR"},
		"no further: the last, again":       {ladder(0, member.Step{}, warn, lock), "1 WARNING 3 STOP 4 STOP 5 STOP 6 STOP 7 STOP 8 STOP"},
		"no further, though one is written": {ladder(0, hour, lock), "3 STOP 4 STOP 5 STOP 6 STOP 7 STOP 8 STOP"},
	} {
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(climb(c.ladder, 8)), "\n") {
			words := strings.Fields(line)
			got = append(got, words[:min(2, len(words))]...)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: it is %s, want %s", name, s, c.want)
		}
	}
}

// slowBetween is Between written another way: one attempt after another.
func slowBetween(l member.Ladder, from, to int) (hardest member.Step, ok bool) {
	last := 0
	for _, s := range l.Steps {
		last = s.Attempts
	}
	at := func(n int) (member.Step, bool) {
		for _, s := range l.Steps {
			if s.Attempts == n {
				return s, true
			}
		}
		further := l.Further
		if l.Every == 0 && len(l.Steps) > 0 {
			further = l.Steps[len(l.Steps)-1]
		}
		further.Attempts = n
		return further, n > last && (l.Every > 0 && (n-last)%l.Every == 0 || l.Every == 0 && last > 0)
	}
	for n := from + 1; n <= to; n++ {
		s, reached := at(n)
		harder := s.Action > hardest.Action || s.Action == hardest.Action && s.For > hardest.For
		again := s.Action == hardest.Action && s.For == hardest.For && s.Flag == hardest.Flag && hardest.Attempts > last
		if reached && (!ok || harder || again) {
			hardest, ok = s, true
		}
	}
	return hardest, ok
}

// randomLadder is one with up to four steps below 12, whose numbers may leave gaps.
func randomLadder(r *rand.Rand) member.Ladder {
	random := func(attempts int) member.Step {
		s := step(attempts, fmt.Sprint("STEP_", r.IntN(1000)), member.Action(r.IntN(4)), 0)
		if s.Action == member.Suspend {
			s.For = time.Duration(1+r.IntN(3)) * time.Hour
		}
		return s
	}
	l := ladder(r.IntN(4), random(0))
	for n := 1 + r.IntN(4); n < 12 && len(l.Steps) < 4; n += 1 + r.IntN(4) {
		if r.IntN(4) > 0 {
			l.Steps = append(l.Steps, random(n))
		}
	}
	return l
}

func TestBetween(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		l := randomLadder(r)
		from := r.IntN(30) - 2
		to := from + r.IntN(20) - 2
		got, ok := l.Between(from, to)
		if want, wantOK := slowBetween(l, from, to); got != want || ok != wantOK {
			t.Fatalf("%+v\nfrom %d to %d: %+v %t, want %+v %t", l, from, to, got, ok, want, wantOK)
		}
	}
}

// TestBetweenFar: numbers that a channel may send, and some that none can, take no time and overflow nothing.
func TestBetweenFar(t *testing.T) {
	t.Parallel()
	l := member.DefaultLadder(member.OTP)
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{0, 1_000_000_000, "999999999 DEFAULT_SUSPEND"},
		{999_999_999, 1_000_000_000, ""},
		{0, math.MaxInt, fmt.Sprint(math.MaxInt, " DEFAULT_SUSPEND")},
		{math.MinInt, 3, "2 FIRST_WARNING"},
		{math.MinInt, math.MinInt, ""},
		{math.MaxInt, math.MinInt, ""},
		{6, 4, ""},
		{4, 4, ""},
		{4, 5, "5 SECOND_WARNING"},
		{3, 5, "4 FIRST_SUSPENSION"},
	} {
		got := ""
		if s, ok := l.Between(c.from, c.to); ok {
			got = fmt.Sprint(s.Attempts, " ", s.Flag)
		}
		if got != c.want {
			t.Errorf("from %d to %d: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestLadderCheck(t *testing.T) {
	t.Parallel()
	hour, lock, warn := step(4, "HOUR", member.Suspend, time.Hour), step(4, "STOP", member.Lock, 0), step(2, "WARNING", member.Warn, 0)
	with := func(s member.Step, change func(*member.Step)) member.Step {
		change(&s)
		return s
	}
	many := []member.Step{}
	for n := range 101 {
		many = append(many, step(n+1, "HOUR", member.Suspend, time.Hour))
	}
	for name, c := range map[string]struct {
		ladder member.Ladder
		want   string
	}{
		"a lock":                          {ladder(0, member.Step{}, lock), ""},
		"a lock at once":                  {ladder(0, member.Step{}, step(1, "STOP", member.Lock, 0)), ""},
		"a suspension, again and again":   {ladder(0, member.Step{}, warn, hour), ""},
		"only further":                    {ladder(3, hour), ""},
		"once in a hundred":               {ladder(100, hour), ""},
		"a step that does nothing":        {ladder(1, hour, step(1, "NOTED", member.NoAction, 0)), ""},
		"ten years":                       {ladder(1, with(hour, func(s *member.Step) { s.For = 3660 * 24 * time.Hour })), ""},
		"a hundred steps":                 {ladder(0, member.Step{}, many[:100]...), ""},
		"nothing":                         {ladder(0, member.Step{}), "steps"},
		"warns for ever":                  {ladder(2, step(0, "W", member.Warn, 0), hour), "steps"},
		"ends with a warning":             {ladder(0, member.Step{}, hour, step(5, "W", member.Warn, 0)), "steps"},
		"no such security":                {member.Ladder{Security: "password", Steps: []member.Step{lock}}, "security"},
		"too many steps":                  {ladder(0, member.Step{}, many...), "steps steps"},
		"out of order":                    {ladder(0, member.Step{}, lock, step(2, "STOP", member.Lock, 0)), "steps"},
		"twice":                           {ladder(0, member.Step{}, lock, lock), "steps"},
		"before the first":                {ladder(0, member.Step{}, step(0, "STOP", member.Lock, 0)), "steps"},
		"when a hundredth is guessed":     {ladder(0, member.Step{}, step(101, "STOP", member.Lock, 0)), "steps"},
		"seldom":                          {ladder(101, hour), "every"},
		"backwards":                       {ladder(-1, hour, lock), "every"},
		"no flag":                         {ladder(0, member.Step{}, with(lock, func(s *member.Step) { s.Flag = "" })), "flag"},
		"a flag with blanks around it":    {ladder(0, member.Step{}, with(lock, func(s *member.Step) { s.Flag = " STOP" })), "flag"},
		"a flag too long":                 {ladder(0, member.Step{}, with(lock, func(s *member.Step) { s.Flag = strings.Repeat("x", 101) })), "flag"},
		"a flag of several lines":         {ladder(1, with(hour, func(s *member.Step) { s.Flag = "a\nb" })), "flag"},
		"no such action":                  {ladder(0, member.Step{}, with(lock, func(s *member.Step) { s.Action = 4 })), "action"},
		"a suspension without a duration": {ladder(0, member.Step{}, with(hour, func(s *member.Step) { s.For = 0 })), "duration"},
		"a suspension backwards":          {ladder(0, member.Step{}, with(hour, func(s *member.Step) { s.For = -time.Hour })), "duration"},
		"half a second":                   {ladder(0, member.Step{}, with(hour, func(s *member.Step) { s.For = time.Second / 2 })), "duration"},
		"a century":                       {ladder(0, member.Step{}, with(hour, func(s *member.Step) { s.For = 876_600 * time.Hour })), "duration"},
		"a lock with a duration":          {ladder(0, member.Step{}, with(lock, func(s *member.Step) { s.For = time.Hour })), "duration"},
	} {
		if got := badFields(c.ladder.Check); got != c.want {
			t.Errorf("%s: the bad fields are %q, want %q", name, got, c.want)
		}
	}
}

// TestEveryLadderStops: whatever ladder Check takes, nobody has more than so many attempts in one go, not even
// who was past its end when it became shorter.
func TestEveryLadderStops(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	taken := 0
	for range 20_000 {
		l := randomLadder(r)
		var bad fault.Fields
		if l.Check(&bad); bad != nil {
			continue
		}
		taken++
		m := somebody()
		m.Password.Attempts = r.IntN(200)
		start := m.Password.Attempts
		for r := member.Allowed; r == member.Allowed; r, _ = m.Gate(member.Login, simA, noon()) {
			m = m.Count(ask(member.Login, simA), l, cause(noon())).Member
			if m.Password.Attempts > start+20 {
				t.Fatalf("%+v lets %d attempts pass from %d on", l, m.Password.Attempts-start, start)
			}
		}
	}
	if taken < 1000 {
		t.Errorf("only %d ladders are good", taken)
	}
}

func TestLadderRecord(t *testing.T) {
	t.Parallel()
	l := member.DefaultLadder(member.OTP)
	first := l.Record(cause(noon()), "2", "FIRST_WARNING")
	first.Seq = 4
	l.Head = first.Head()
	second := l.Record(cause(noon()), "3", "FIRST_WARNING")
	if err := event.Verify(event.Head{}, []event.Event{first, second}); err != nil {
		t.Error(err)
	}
	if first.Subject.String() != "ladder:OTP" || first.Kind != event.LadderSet || second.Prev != 4 || first.Data != `{"2":"FIRST_WARNING"}` {
		t.Errorf("the events are %+v, %+v", first, second)
	}
}

func TestLaddersOf(t *testing.T) {
	t.Parallel()
	for _, s := range []member.Security{member.Password, member.OTP} {
		if got := ladders().Of(s); got.Security != s || !s.Valid() {
			t.Errorf("of %s it is %s", s, got.Security)
		}
	}
	for _, s := range []member.Security{"", "PIN", "otp"} {
		if s.Valid() {
			t.Errorf("%q is valid", s)
		}
	}
}

// FuzzLadder: At and Between are what counting one by one gives, whatever the numbers are.
func FuzzLadder(f *testing.F) {
	f.Add(uint64(1), uint64(2), 0, 40)
	f.Add(uint64(3), uint64(4), -5, math.MaxInt)
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, from, to int) {
		l := randomLadder(rand.New(rand.NewPCG(seed1, seed2)))
		s, ok := l.Between(from, to)
		if ok && (s.Attempts <= from || s.Attempts > to) || !ok && s != (member.Step{}) {
			t.Fatalf("%+v\nfrom %d to %d: %+v %t", l, from, to, s, ok)
		}
		if at, reached := l.At(s.Attempts); ok && (!reached || at != s) {
			t.Fatalf("%+v\nfrom %d to %d: %+v, but at it there is %+v %t", l, from, to, s, at, reached)
		}
		if near := from >= -1 && to-from <= 1000 && to-from >= 0; !near {
			return
		}
		if want, wantOK := slowBetween(l, from, to); s != want || ok != wantOK {
			t.Fatalf("%+v\nfrom %d to %d: %+v %t, want %+v %t", l, from, to, s, ok, want, wantOK)
		}
	})
}
