package atlas

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// Config says what an Atlas needs.
type Config struct {
	Registry *registry.Registry
	Forget   time.Duration // how long after the last question the agents are forgotten; an hour by default
	Log      *slog.Logger
}

// Atlas knows where all agents are, for as long as somebody asks. It is safe for use by many goroutines.
type Atlas struct {
	reg    *registry.Registry
	forget time.Duration
	log    *slog.Logger
	wanted chan struct{} // somebody asks
	asked  atomic.Int64  // when that was, in nanoseconds

	mu    sync.RWMutex
	index *index // nil while nobody asks
	total int    // how many agents there were when the reading began
	ready bool   // all have been read
}

// New makes an atlas that knows nothing yet. Work must run for it to learn anything.
func New(cfg Config) *Atlas {
	if cfg.Forget == 0 {
		cfg.Forget = time.Hour
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Atlas{reg: cfg.Registry, forget: cfg.Forget, log: cfg.Log, wanted: make(chan struct{}, 1)}
}

// Look shows a part of the map. While the agents are still being read, View.Ready is false, it shows those that were,
// and Total is how many there are to read.
//
// Faults: Invalid; UnknownService.
func (a *Atlas) Look(ctx context.Context, q Query) (View, error) {
	var bad fault.Fields
	if q.check(&bad); len(bad) > 0 {
		return View{}, bad.Err()
	}
	on, err := a.reg.Stand(ctx)
	if err != nil {
		return View{}, err
	}
	if _, err := on.Dir.FindService(q.Service); err != nil && q.Service != "" {
		return View{}, err
	}
	common, byPartner := stopped(on.Dir, q.Service, a.reg.Now())
	a.want()
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.index == nil {
		return View{}, nil
	}
	v := a.index.look(&q, common, byPartner)
	if v.Ready = a.ready; !v.Ready {
		v.Total = max(a.total, v.Read)
	}
	return v, nil
}

// stopped gives the marks that agents have because a service or their partner is blocked. These blocks stand in the
// directory, not with the agents.
func stopped(dir *store.Directory, service string, now time.Time) (common marks, byPartner map[string]marks) {
	byPartner = map[string]marks{}
	for i := range dir.Blocks {
		b := &dir.Blocks[i]
		switch {
		case !b.Acts(now):
		case b.Partner != "":
			byPartner[b.Partner] = isBlocked
		case b.Service == service:
			common = isBlocked
		}
	}
	return common, byPartner
}

// want notes that somebody asks.
func (a *Atlas) want() {
	a.asked.Store(time.Now().UnixNano())
	a.wake()
}

// wake has Work look whether somebody asks.
func (a *Atlas) wake() {
	select {
	case a.wanted <- struct{}{}:
	default: // it will
	}
}

// idle says whether nobody has asked for long.
func (a *Atlas) idle() bool { return time.Since(time.Unix(0, a.asked.Load())) > a.forget }

// Held is how many agents are in memory.
func (a *Atlas) Held() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.index == nil {
		return 0
	}
	return a.index.len()
}
