package limit

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Budgets are token buckets, one a key, whose tokens can be given back: they bound what turns out to be
// bad only after it was done. A nil *Budgets bounds nothing.
type Budgets struct {
	perSecond float64
	burst     float64

	mu      sync.Mutex
	budgets *lru.Cache[string, *budget]
}

type budget struct {
	tokens float64
	last   time.Time
}

// NewBudgets makes budgets that hold burst tokens and gain perSecond of them; nil, which bounds
// nothing, when perSecond is 0.
func NewBudgets(perSecond float64, burst int) *Budgets {
	if perSecond <= 0 {
		return nil
	}
	budgets, err := lru.New[string, *budget](maxKeys)
	if err != nil {
		panic(err) // only for a size of 0
	}
	return &Budgets{perSecond: perSecond, burst: float64(max(burst, 1)), budgets: budgets}
}

// Borrow takes a token. giveBack returns it, when what it was taken for turned out not to count; it is
// nil when there was none to take, and then wait says how long until there is one.
func (b *Budgets) Borrow(key string, now time.Time) (giveBack func(), wait time.Duration, ok bool) {
	if b == nil {
		return func() {}, 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u, have := b.budgets.Get(key)
	if !have {
		u = &budget{tokens: b.burst, last: now}
		b.budgets.Add(key, u)
	}
	if passed := now.Sub(u.last).Seconds(); passed > 0 {
		u.tokens, u.last = min(b.burst, u.tokens+passed*b.perSecond), now
	}
	if u.tokens < 1 {
		return nil, time.Duration((1 - u.tokens) / b.perSecond * float64(time.Second)), false
	}
	u.tokens--
	return func() { b.giveBack(u) }, 0, true
}

func (b *Budgets) giveBack(u *budget) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u.tokens = min(b.burst, u.tokens+1)
}
