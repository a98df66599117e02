package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/admin"
	"github.com/switchboard-platform/switchboard/internal/atlas"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/console"
	"github.com/switchboard-platform/switchboard/internal/decision"
	"github.com/switchboard-platform/switchboard/internal/eps"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/mobileapi"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/partnerapi"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/socket"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/trail"
)

// App is one process over one data directory.
type App struct {
	cfg     config.Config
	mode    Mode
	version string
	log     *slog.Logger
	started time.Time

	store     store.Store
	reg       *registry.Registry
	metrics   *metrics
	gate      *gate.Gate
	partners  *eps.Handler
	channels  *mobileapi.Handler
	programs  *partnerapi.Handler
	decisions *decision.Handler
	atlas     *atlas.Atlas
	desk      *console.Console
	operator  http.Handler // the operator's API, and what monitoring asks
	ready     atomic.Bool
	stopping  atomic.Bool // whoever is answered is to connect elsewhere

	addresses Addresses
}

// Addresses are where a serving App listens.
type Addresses struct {
	Partners string `json:"listen"`          // host:port; channels are served there, too
	Operator string `json:"operator_listen"` // host:port, "" when there is no TCP listener
	Socket   string `json:"operator_socket"` // path
}

// Options say how to open an App.
type Options struct {
	Mode    Mode // what the directory must be for; "" takes either
	Version string
	Log     *slog.Logger     // slog.Default by default
	Now     func() time.Time // time.Now by default
}

// Open opens the data directory and wires everything; nothing listens yet. Faults: NotFound when
// the directory was never initialized, Conflict when another process owns it, when it is of
// another mode or the master key is not its own.
func Open(ctx context.Context, cfg config.Config, opt Options) (*App, error) {
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	a := &App{cfg: cfg, version: opt.Version, log: opt.Log, started: time.Now().UTC(), metrics: newMetrics(opt.Version)}
	if !Initialized(cfg) {
		return nil, fault.New(fault.NotFound, "%s holds no database: run 'switchboard init' first, or name another directory with --data.", cfg.Data)
	}
	s, err := openStore(ctx, cfg, a.metrics.commit)
	if err != nil {
		return nil, err
	}
	a.store = s
	if err := a.wire(ctx, opt); err != nil {
		_ = s.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) wire(ctx context.Context, opt Options) error {
	if err := a.checkMode(ctx, opt.Mode); err != nil {
		return err
	}
	keys, err := loadKeys(a.cfg, a.mode)
	if err != nil {
		return err
	}
	if err := checkMasterKey(ctx, a.store, keys.sealer); err != nil {
		return err
	}
	token, err := operatorToken(a.cfg.Data)
	if err != nil {
		return err
	}
	a.reg = registry.New(registry.Config{
		Store: a.store, Sealer: keys.sealer, PINs: keys.pins, Receipts: keys.receipts, LogKey: keys.log, Sandbox: a.mode == Sandbox, Alone: !a.cfg.Shared(), Now: opt.Now,
		Webhooks:  a.webhookRules(),
		Passwords: keys.passwords, Sessions: registry.SessionRules{Lifetime: a.cfg.SessionLifetime, Idle: a.cfg.SessionIdle},
		PINRules: member.PINRules{MinDigits: a.cfg.PINMinDigits, MaxDigits: a.cfg.PINMaxDigits,
			AllowRepeat: a.cfg.PINAllowRepeat, AllowRun: a.cfg.PINAllowRun},
		DeviceGuesses:  limit.NewBudgets(a.cfg.DeviceGuessRate/3600, a.cfg.DeviceGuessBurst),
		ChannelGuesses: limit.NewBudgets(a.cfg.ChannelGuessRate/60, a.cfg.ChannelGuessBurst),
	})
	callers, addresses := origin.Finder{Trusted: a.cfg.TrustedProxies}, limit.New(a.cfg.AddressRate, a.cfg.AddressBurst)
	refusals := limit.New(a.cfg.RefusedRate/60, a.cfg.RefusedBurst)
	requests := trail.New(a.cfg.RequestLog)
	uses, _ := a.store.(gate.Uses) // only of a database that nodes share
	a.gate = gate.New(gate.Config{Registry: a.reg, Window: a.cfg.SignatureWindow, Refusals: refusals, Log: a.log, Trail: requests,
		Uses: uses, Replayed: a.metrics.replayed})
	partnerRate := limit.New(a.cfg.PartnerRate, a.cfg.PartnerBurst)
	a.partners = eps.New(eps.Config{
		Registry: a.reg, Gate: a.gate, Zone: a.cfg.TimeZone, Origin: callers, Partners: partnerRate, Addresses: addresses,
		Trail: requests, Log: a.log, Observe: a.metrics.request,
	})
	switchRate := limit.New(a.cfg.SwitchRate, a.cfg.SwitchBurst)
	a.programs = partnerapi.New(partnerapi.Config{
		Registry: a.reg, Gate: a.gate, Origin: callers, Partners: partnerRate, Switches: switchRate, Addresses: addresses,
		Trail: requests, Log: a.log, Observe: a.metrics.request,
	})
	a.decisions = decision.New(decision.Config{
		Registry: a.reg, Gate: a.gate, Origin: callers, Partners: partnerRate, Switches: switchRate,
		Addresses: addresses, Trail: requests, Log: a.log, Observe: a.metrics.request, Decided: a.metrics.decided,
	})
	a.channels = mobileapi.New(mobileapi.Config{
		Registry: a.reg, Zone: a.cfg.MobileTimeZone, Origin: callers,
		Channels: limit.New(a.cfg.ChannelRate, a.cfg.ChannelBurst), Addresses: addresses, Refusals: refusals,
		Log: a.log, Observe: a.metrics.action,
	})
	a.atlas = atlas.New(atlas.Config{Registry: a.reg, Log: a.log})
	operator := admin.New(admin.Config{
		Registry: a.reg, Store: a.store, Token: token, Status: a.status, Count: a.count, Temp: a.cfg.Data,
		Refusals: limit.New(a.cfg.RefusedRate/60, a.cfg.RefusedBurst), Trail: requests, Origin: callers, Desk: admin.Desk{ReviewTarget: a.cfg.ReviewTarget}, Atlas: a.atlas, Log: a.log,
	})
	a.metrics.watch(a.store)
	a.metrics.watchPINs(keys.pins)
	a.operator = a.operatorMux(operator)
	if a.desk, err = console.New(console.Config{API: operator, Origin: callers, URL: a.cfg.ConsoleURL, Zone: a.cfg.TimeZone, Now: opt.Now, Log: a.log}); err != nil {
		return fault.Wrap(err, fault.Internal, "The console cannot be made.")
	}
	if err := a.reg.FoundDesk(ctx); err != nil {
		return err
	}
	return a.reg.DiscardHalfMade(ctx) // nothing listens yet: this process makes no plan
}

func (a *App) checkMode(ctx context.Context, want Mode) error {
	have, err := setting(ctx, a.store, modeSetting)
	if err != nil {
		return err
	}
	a.mode = Mode(have)
	switch {
	case have == "":
		return fault.New(fault.NotFound, "%s was not initialized to the end: run 'switchboard init' again.", a.cfg.Data)
	case want == Production && a.mode == Sandbox:
		return fault.New(fault.Conflict, "%s holds a sandbox, whose credentials are public: it is never served as production. Make another directory with 'switchboard init --data DIR'.", a.cfg.Data)
	case want != "" && a.mode != want:
		return fault.New(fault.Conflict, "%s holds a %s database, not a %s one: name another directory with --data.", a.cfg.Data, a.mode, want)
	}
	return nil
}

// callers serves who calls from outside: channels on one path, partners on every other.
func (a *App) callers() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == a.cfg.MobilePath {
			a.channels.ServeHTTP(w, r)
			return
		}
		if decision.Serves(r.URL.Path) {
			a.decisions.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, partnerapi.Prefix) {
			a.programs.ServeHTTP(w, r)
			return
		}
		a.partners.ServeHTTP(w, r)
	})
}

// operatorMux is what the operator's listeners serve: the API, and what monitoring asks.
func (a *App) operatorMux(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("GET /metrics", a.metrics.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerText(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.store.Directory(r.Context()); err != nil || !a.ready.Load() {
			answerText(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		answerText(w, http.StatusOK, "ready")
	})
	return mux
}

// operatorListener is what the operator's TCP listener serves: besides all that the socket does, the desk for browsers.
func (a *App) operatorListener() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", a.desk)
	for _, path := range []string{switchboard.OperatorPath + "/", "/metrics", "/healthz", "/readyz"} {
		mux.Handle(path, a.operator)
	}
	return mux
}

func answerText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

func (a *App) status() switchboard.ServerStatus {
	return switchboard.ServerStatus{Version: a.version, Mode: string(a.mode), StartedAt: a.started,
		Listen: a.addresses.Partners, Data: a.cfg.Data, TimeZone: a.cfg.TimeZone.String()}
}

// Operate serves the operator's API on the Unix socket while fn runs: this is how a command works
// when no server does, and how a second command meanwhile finds the first.
func (a *App) Operate(ctx context.Context, fn func(*switchboard.Operator) error) error {
	l, err := a.listenSocket()
	if err != nil {
		return err
	}
	a.useWays()
	go func() { _ = l.server.Serve(l) }()
	defer func() {
		socket.Retire(a.cfg.SocketPath())
		a.shutdown(0, l)
	}()
	defer meanwhile(ctx, func(ctx context.Context) { a.reg.Solely(ctx, registry.Planning, a.applyPlans) })()
	defer meanwhile(ctx, a.atlas.Work)()
	return fn(switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, a.cfg.SocketPath()) }))
}

// Serve listens and serves until ctx ends, then lets the requests in flight end. started is told
// the addresses once all listeners are open.
func (a *App) Serve(ctx context.Context, started func(Addresses)) error {
	listeners, err := a.listen()
	if err != nil {
		return err
	}
	a.useWays()
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		g.Go(func() error {
			if err := l.server.Serve(l); err != http.ErrServerClosed && !errors.Is(err, net.ErrClosed) {
				return fault.Wrap(err, fault.Unavailable, "The listener on %s failed.", l.Addr())
			}
			return nil
		})
	}
	a.work(ctx, g)
	a.ready.Store(true)
	a.log.Info("serving", "mode", a.mode, "partners", a.addresses.Partners, "operator", a.addresses.Operator, "data", a.cfg.Data, "version", a.version)
	if started != nil {
		started(a.addresses)
	}
	<-ctx.Done()
	a.ready.Store(false)
	a.log.Info("stopping", "after", a.cfg.ShutdownDelay, "at_most", a.cfg.ShutdownTimeout)
	time.Sleep(a.cfg.ShutdownDelay)
	socket.Retire(a.cfg.SocketPath())
	a.programs.Stop()
	a.desk.Stop()
	a.shutdown(restAtMost, listeners...)
	return g.Wait()
}

// work does what is done beside requests until ctx ends: some of it each process, and some one of them at a time.
func (a *App) work(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { every(ctx, sweepEvery, a.sweep); return nil })
	g.Go(func() error { every(ctx, usesEvery, a.keepUses); return nil })
	g.Go(func() error { every(ctx, countEvery, func(context.Context) { a.count() }); return nil })
	g.Go(func() error { every(ctx, saveCountsEvery, a.saveCounts); return nil })
	g.Go(func() error { a.atlas.Work(ctx); return nil })
	for name, work := range a.ones() {
		held := a.metrics.work.WithLabelValues(name)
		g.Go(func() error {
			a.reg.Solely(ctx, name, func(ctx context.Context) {
				held.Set(1)
				defer held.Set(0)
				work(ctx)
			})
			return nil
		})
	}
}

// ones is the work that one process does at a time, by name. Each may begin again when it has ended.
func (a *App) ones() map[string]func(context.Context) {
	return map[string]func(context.Context){
		registry.Delivering: a.deliver,
		registry.Signing:    a.keepLog,
		registry.Planning:   a.applyPlans,
		registry.Sweeping:   a.watchDormancy,
		registry.Indexing:   a.keepTerms,
		registry.Forgetting: func(ctx context.Context) { every(ctx, upkeepEvery, a.upkeep) },
	}
}

// shutdown lets requests that came or are in flight end, and cuts off those that do not in time. Connections that rest
// are waited for a while.
func (a *App) shutdown(rest time.Duration, listeners ...listener) {
	a.stopping.Store(true)
	until := time.Now().Add(rest)
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	var g errgroup.Group
	for _, l := range listeners {
		g.Go(func() error {
			_ = l.Close() // what went wrong with it, Serve says
			l.drained(ctx, until)
			if err := l.server.Shutdown(ctx); err != nil {
				a.log.Warn("requests were cut off", "error", err)
				return l.server.Close()
			}
			return nil
		})
	}
	_ = g.Wait()
}
