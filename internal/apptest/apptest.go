package apptest

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/pgtest"
	"github.com/switchboard-platform/switchboard/internal/pgtest/citus"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/socket"
)

// Options change what New starts; the zero value is a sandbox without rate limits, whose PINs are hashed fast.
type Options struct {
	Mode   app.Mode             // app.Sandbox by default
	Config func(*config.Config) // changes the settings before the start
	Now    func() time.Time
	Log    io.Writer // where the log goes; nowhere by default
	Data   string    // an existing directory to continue with
	// DatabaseURL is that of an existing shared database to continue with, or to join with another directory.
	DatabaseURL secret.Text
}

// App is a running application.
type App struct {
	URL      string // of the partners' listener
	Config   config.Config
	At       app.Addresses
	Operator *switchboard.Operator // over the socket

	stop func() error
}

// New starts an application that stops with the test.
func New(t testing.TB, opt Options) *App {
	t.Helper()
	if opt.Mode == "" {
		opt.Mode = app.Sandbox
	}
	cfg := config.Default()
	cfg.Listen, cfg.OperatorListen, cfg.Data = "127.0.0.1:0", "127.0.0.1:0", opt.Data
	cfg.DatabaseURL = opt.DatabaseURL
	cfg.PartnerRate, cfg.AddressRate, cfg.RefusedRate = 0, 0, 0
	cfg.ChannelRate, cfg.DeviceGuessRate, cfg.ChannelGuessRate = 0, 0, 0
	cfg.PINMemory, cfg.PINPasses = 64, 1 // as weak as it gets: what is tested is not how strong it is
	if cfg.Data == "" {
		cfg.Data = t.TempDir()
	}
	if Shared() && opt.DatabaseURL.IsZero() {
		cfg.DatabaseURL = sharedDatabase(t, cfg.Data)
	}
	if opt.Config != nil {
		opt.Config(&cfg)
	}
	if !app.Initialized(cfg) {
		if err := app.Init(t.Context(), cfg, opt.Mode); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, cfg, opt)
}

// Shared says whether the tests run over PostgreSQL.
func Shared() bool { return os.Getenv(pgtest.URLEnv) != "" || citus.Named() }

// sharedDatabase gives the PostgreSQL database that goes with a directory, making it the first time.
func sharedDatabase(t testing.TB, data string) secret.Text {
	t.Helper()
	note := filepath.Join(data, "database-url")
	if have, err := os.ReadFile(note); err == nil {
		return secret.NewText(string(have))
	}
	address := citus.New(t).Database(t)
	if err := cmp.Or(os.MkdirAll(data, 0o700), os.WriteFile(note, []byte(address), 0o600)); err != nil {
		t.Fatal(err)
	}
	return secret.NewText(address)
}

// SharedFlags are those by which a process uses a new PostgreSQL database, where the tests run over one; else none.
func SharedFlags(t testing.TB) []string {
	t.Helper()
	if !Shared() {
		return nil
	}
	return []string{"--database-url", citus.New(t).Database(t)}
}

// Nodes skips a test of several nodes, where the tests do not run over a database that nodes share.
func Nodes(t testing.TB) {
	t.Helper()
	if !Shared() {
		t.Skip("only for a database that nodes share")
	}
}

// Embedded skips a test of the embedded store alone, where the tests run over another one.
func Embedded(t testing.TB) {
	t.Helper()
	if Shared() {
		t.Skip("only for the embedded store")
	}
}

func start(t testing.TB, cfg config.Config, opt Options) *App {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	if opt.Log != nil {
		log = app.NewLogger(cfg, opt.Log, false)
	}
	inner, err := app.Open(t.Context(), cfg, app.Options{Mode: opt.Mode, Version: "test", Log: log, Now: opt.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := make(chan app.Addresses, 1), make(chan error, 1)
	go func() { ended <- inner.Serve(ctx, func(at app.Addresses) { started <- at }) }()
	a := &App{Config: cfg, stop: sync.OnceValue(func() error {
		cancel()
		if err := <-ended; err != nil {
			return err
		}
		return inner.Close()
	})}
	select {
	case a.At = <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(); err != nil {
			t.Error(err)
		}
	})
	a.URL = "http://" + a.At.Partners
	a.Operator = switchboard.NewOperatorSocket(func(ctx context.Context) (net.Conn, error) { return socket.Dial(ctx, a.At.Socket) })
	return a
}

// Build makes the binary as it is shipped and gives its path.
func Build(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "switchboard")
	cmd := exec.Command("go", "build", "-o", bin, "github.com/switchboard-platform/switchboard/cmd/switchboard")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// Stop stops the application before the test ends, as SIGTERM does.
func (a *App) Stop(t testing.TB) {
	t.Helper()
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
}

// Sandbox gives a client with the sandbox's credentials.
func (a *App) Sandbox(options ...switchboard.Option) *switchboard.Client {
	return switchboard.NewClient(a.URL, switchboard.Credentials{
		DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey, InitiatorID: sandbox.InitiatorID,
	}, options...)
}

// Partner adds a partner and gives a client with its credentials.
func (a *App) Partner(t testing.TB, name, initiator string) (*switchboard.Client, switchboard.IssuedKey) {
	t.Helper()
	k, err := a.Operator.AddPartner(t.Context(), switchboard.NewPartner{Name: name, InitiatorID: initiator})
	if err != nil {
		t.Fatal(err)
	}
	return switchboard.NewClient(a.URL, switchboard.Credentials{
		DeveloperKey: k.DeveloperKey, AccessKey: switchboard.Secret(k.AccessKey), InitiatorID: k.InitiatorID,
	}), k
}
