package console

import (
	"cmp"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/origin"
)

// Config says what the console needs.
type Config struct {
	API    http.Handler   // the operator's API
	Origin origin.Finder  // where a request came from
	Zone   *time.Location // of times, until a browser says its own
	URL    string         // as browsers see the console; "" when nobody said
	Now    func() time.Time
	Log    *slog.Logger
}

// Console serves the desk.
type Console struct {
	cfg    Config
	https  bool // browsers see the console over TLS, whatever it sees itself
	mux    *http.ServeMux
	whole  http.Handler
	pages  map[string]*template.Template // by name
	texts  *texts
	assets *assets

	actions []string // the routes of the API that forms lead to, as they were registered
	paths   []string // of the pages

	listeners listeners
	zones     zones
	stopped   chan struct{}
	stop      sync.Once
}

// New makes a console.
func New(cfg Config) (*Console, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Log, cfg.Zone = cmp.Or(cfg.Log, slog.Default()), cmp.Or(cfg.Zone, time.UTC)
	c := &Console{cfg: cfg, mux: http.NewServeMux(), stopped: make(chan struct{})}
	if u, err := url.Parse(cfg.URL); err == nil {
		c.https = u.Scheme == "https"
	}
	var err error
	if c.texts, err = readTexts(); err != nil {
		return nil, err
	}
	if c.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if c.pages, err = c.readPages(); err != nil {
		return nil, err
	}
	c.routes()
	c.whole = c.protect(c.mux)
	return c, nil
}

// routes are all addresses of the console. A page is shown at the address of what it shows, and a form is sent to the
// address that the operator's API has for it, so that each name is learned once.
func (c *Console) routes() {
	c.mux.Handle("GET /assets/", c.assets)
	c.mux.HandleFunc("GET /live", c.live)
	c.signInRoutes()
	for _, area := range []func(){c.homeRoutes, c.findRoutes, c.agentsRoutes, c.blocksRoutes, c.reviewsRoutes, c.membersRoutes, c.mappingRoutes, c.plansRoutes,
		c.partnersRoutes, c.channelsRoutes, c.servicesRoutes, c.laddersRoutes, c.webhooksRoutes, c.auditRoutes, c.operatorsRoutes, c.accountRoutes} {
		area()
	}
	c.mux.HandleFunc("/", c.missing)
}

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.whole.ServeHTTP(w, r) }

// Stop ends what would otherwise last: the streams that tell browsers what has changed.
func (c *Console) Stop() { c.stop.Do(func() { close(c.stopped) }) }
