package desktest

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to do what a test waits for, on a busy machine.
const patience = 30 * time.Second

// Machine is one Chromium process. Each person at it has a browser context, with cookies of their own.
type Machine struct{ ctx context.Context }

// Start starts Chromium until the test ends.
func Start(t testing.TB) *Machine {
	t.Helper()
	path := program(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &Machine{ctx}
}

// program finds Chromium.
func program(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium: install Debian's package chromium")
	}
	t.Skip("there is no Chromium: install Debian's package chromium")
	return ""
}

// Person is somebody at a browser of their own.
type Person struct {
	t    testing.TB
	ctx  context.Context
	Base string // of the desk, like "http://localhost:8081"

	mu      sync.Mutex
	allowed []*regexp.Regexp
}

// Person opens a browser that nobody has signed in with. What its console complains of fails the test, unless it is
// allowed.
func (m *Machine) Person(t testing.TB, base string) *Person {
	t.Helper()
	ctx, cancel := chromedp.NewContext(m.ctx, chromedp.WithNewBrowserContext())
	p := &Person{t: t, ctx: ctx, Base: base}
	console, heard := chromedp.Console(ctx), make(chan struct{})
	go func() {
		defer close(heard)
		for m, err := range console {
			if err != nil {
				return // the browser has ended
			}
			p.hear(m)
		}
	}()
	p.Do()
	t.Cleanup(func() { cancel(); <-heard })
	return p
}

// hear looks at what the browser's console says.
func (p *Person) hear(m chromedp.ConsoleMessage) {
	switch m.Type {
	case chromedp.ConsoleError, chromedp.ConsoleWarning, chromedp.ConsoleException:
	default:
		return
	}
	what := m.Text + " " + m.URL
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.allowed {
		if r.MatchString(what) {
			return
		}
	}
	p.t.Errorf("the browser complains: %s", what)
}

// Allow says that the browser will complain of something, like the status of a form that is refused.
func (p *Person) Allow(pattern string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, regexp.MustCompile(pattern))
}

// Do does things one after the other.
func (p *Person) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fatal(err.Error())
	}
}

// fatal ends the test with what stands on the page.
func (p *Person) fatal(what string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	p.t.Fatalf("%s\nthe page: %s", what, text)
}

// Look makes the window so wide and high, and the page light or dark.
func (p *Person) Look(width, height int64, dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.Do(chromedp.EmulateViewport(width, height))
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// Bear gives the browser a session, as if its person had signed in.
func (p *Person) Bear(session string) {
	p.t.Helper()
	call(p, network.SetCookie, network.SetCookieParams{Name: "switchboard_session", Value: session, URL: p.Base, HTTPOnly: new(true)})
}
