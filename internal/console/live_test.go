package console_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// hold presses a key for so many times that the keyboard repeats it.
func hold(p *desktest.Person, key, code string, times int) {
	for i := range times {
		p.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyDown", Key: key, Code: code, Text: key, AutoRepeat: new(i > 0)})
			return err
		}))
	}
}

// A key that is held decides nothing: it leads to the button, and only who then presses it decides, one review.
func TestKeysDecideNothingUnseen(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	const reviews = 3
	for i := range reviews {
		code := fmt.Sprint(30000001 + i)
		if _, err := a.Operator.AddAgent(t.Context(), switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Operator.ChangeService(t.Context(), code, "1", "activate", switchboard.ServiceCommand{}); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func() int {
		s, err := a.Operator.ReviewSummary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Waiting
	}
	p.Open("/reviews/30000001/1")
	p.Live()
	hold(p, "a", "KeyA", 1)
	if desktest.Value[bool](p, `performance.now() < 900 && document.activeElement.dataset.key === "a"`) {
		t.Error("a key leads to a decision before anybody can have seen what it is about")
	}
	p.Wait("performance.now() > 1100")
	hold(p, "a", "KeyA", 30)
	p.Wait(`document.activeElement.dataset.key === "a"`)
	if n := waiting(); n != reviews {
		t.Fatalf("a key that was held decided %d reviews", reviews-n)
	}
	p.Leave(func() { p.Type("\r") })
	p.Sees("30000002")
	hold(p, "a", "KeyA", 30)
	if n := waiting(); n != reviews-1 {
		t.Errorf("%d reviews wait, want %d", n, reviews-1)
	}
}

// A form that comes to mean something else while somebody reaches for it is not sent before that can have been seen.
func TestFormsRestWhenTheyChange(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	do := func(command string, c switchboard.ServiceCommand) {
		t.Helper()
		if _, err := a.Operator.ChangeService(t.Context(), sandbox.UserCode, "1", command, c); err != nil {
			t.Fatal(err)
		}
	}
	do("activate", switchboard.ServiceCommand{})
	p.Open("/reviews/" + sandbox.UserCode + "/1")
	p.Live()
	desktest.Value[bool](p, `(() => {
		const form = () => document.querySelector("[data-decides]").form;
		const seen = form().elements.seen.value;
		window.held = () => { const f = form(), e = new Event("submit", {bubbles: true, cancelable: true}); f.dispatchEvent(e); delete f.dataset.sent; return e.defaultPrevented };
		window.atFirst = held();
		document.addEventListener("fresh", () => { if (document.querySelector("[data-decides]") && form().elements.seen.value !== seen) window.atOnce ??= held() });
		return true })()`)
	do("deactivate", switchboard.ServiceCommand{})
	do("activate", switchboard.ServiceCommand{LatLong: "25.3176,82.9739"})
	p.Wait("window.atOnce !== undefined")
	if !desktest.Value[bool](p, "!window.atFirst && window.atOnce") {
		t.Error("a form is sent the moment it has become another one, or not before")
	}
	p.Wait("!held()")
}

// hide makes the page believe that its window was hidden or seen again.
func hide(p *desktest.Person, hidden bool) {
	desktest.Value[bool](p, fmt.Sprintf(`(() => { Object.defineProperty(document, "hidden", {configurable: true, get: () => %t}); document.dispatchEvent(new Event("visibilitychange")); return true })()`, hidden))
}

// A page that nobody sees gives its stream back, and is true again when it is seen. A session has no more streams than
// it needs; beyond them a page asks by itself.
func TestStreamsAreFew(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	in, err := switchboard.NewOperator("http://"+a.At.Operator, "").SignIn(t.Context(), switchboard.SignIn{Name: sandbox.OperatorName, Password: sandbox.OperatorPassword})
	if err != nil {
		t.Fatal(err)
	}
	p := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	p.Bear(in.Session)
	p.Allow("429")
	p.Open("/agents/" + sandbox.UserCode)
	p.Live()
	hide(p, true)
	p.Wait(`!document.documentElement.dataset.live`)

	const most = 12
	ctx, end := context.WithCancel(t.Context())
	defer end()
	open := func() int {
		r, err := http.NewRequestWithContext(ctx, "GET", "http://"+a.At.Operator+"/live?topics=*", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "switchboard_session", Value: in.Session})
		w, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Body.Close() })
		return w.StatusCode
	}
	for i := range most {
		code := open()
		for range 100 { // the server hears a little later that the browser left
			if code == http.StatusOK {
				break
			}
			time.Sleep(50 * time.Millisecond)
			code = open()
		}
		if code != http.StatusOK {
			t.Fatalf("stream %d: %d", i+1, code)
		}
	}
	if code := open(); code != http.StatusTooManyRequests {
		t.Errorf("stream %d of a session: %d", most+1, code)
	}
	if _, err := a.Operator.SetStanding(t.Context(), sandbox.UserCode, switchboard.NewStanding{Standing: "suspended", Reason: "a stall nobody saw"}); err != nil {
		t.Fatal(err)
	}
	hide(p, false)
	p.Sees("a stall nobody saw")
}

// Nothing of a page stays where the session has ended.
func TestPagesEndWithTheirSession(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	p := desktest.Start(t).Person(t, "http://"+a.At.Operator)
	p.Allow("401")
	p.SignIn(sandbox.ReviewerName, sandbox.OperatorPassword)
	p.Open("/agents/" + sandbox.UserCode)
	p.Live()
	if _, err := a.Operator.RevokeOperator(t.Context(), sandbox.ReviewerName); err != nil {
		t.Fatal(err)
	}
	p.Wait(`location.pathname === "/signin"`)
	p.SeesNot(sandbox.UserCode)
}
