package desktest

import (
	"context"
	_ "embed"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axe string

// call sends the browser a command of its protocol.
func call[P, R any](p *Person, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		p.fatal(err.Error())
	}
	return r
}

// Value evaluates JavaScript on a page; a promise is waited for.
func Value[T any](p *Person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fatal(expression + ": " + err.Error())
	}
	return v
}

// Open goes to a page of the desk.
func (p *Person) Open(path string) {
	p.t.Helper()
	p.Do(chromedp.Navigate(p.Base+path), chromedp.WaitReady("main"))
}

// Wait waits until something is true of the page, said in JavaScript; the page may be another one by then.
func (p *Person) Wait(condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		if err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			p.fatal("this never became true: " + condition)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Sees waits until a text stands on the page.
func (p *Person) Sees(text string) {
	p.t.Helper()
	p.Wait(`document.readyState === "complete" && document.body.innerText.includes(` + quoted(text) + ")")
}

// SeesNot waits until a text no longer stands on the page.
func (p *Person) SeesNot(text string) {
	p.t.Helper()
	p.Wait(`document.readyState === "complete" && !document.body.innerText.includes(` + quoted(text) + ")")
}

// Has says whether something is on the page now, by a CSS selector.
func (p *Person) Has(selector string) bool {
	p.t.Helper()
	return Value[bool](p, "document.querySelector("+quoted(selector)+") !== null")
}

// Press clicks what a CSS selector finds.
func (p *Person) Press(selector string) {
	p.t.Helper()
	p.Do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill writes into a field, in place of what stands there.
func (p *Person) Fill(selector, text string) {
	p.t.Helper()
	p.set(selector, "")
	p.Do(chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Choose chooses an option by its value, or sets a field that one does not write into, like a date.
func (p *Person) Choose(selector, value string) {
	p.t.Helper()
	p.set(selector, value)
}

// set sets a field as if somebody had.
func (p *Person) set(selector, value string) {
	p.t.Helper()
	Value[bool](p, `(() => { const e = document.querySelector(`+quoted(selector)+`); if (!e) throw new Error("there is no such field"); e.focus(); e.value = `+quoted(value)+`;
		if (e.value !== `+quoted(value)+`) throw new Error("the field does not take this"); for (const k of ["input", "change"]) e.dispatchEvent(new Event(k, {bubbles: true})); return true })()`)
}

// Type presses keys where the focus is.
func (p *Person) Type(keys string) {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(keys))
}

// Send sends the form that a CSS selector finds, as its button would, and waits for the page after it.
func (p *Person) Send(form string) {
	p.t.Helper()
	Value[bool](p, `(() => { const f = document.querySelector(`+quoted(form)+`); if (!f) throw new Error("there is no such form"); window.leaving = true; f.requestSubmit(); return true })()`)
	p.Wait(`window.leaving === undefined && document.readyState === "complete"`)
}

// Leave does something that leads to another page, and waits for that.
func (p *Person) Leave(do func()) {
	p.t.Helper()
	Value[bool](p, "window.leaving = true")
	do()
	p.Wait(`window.leaving === undefined && document.readyState === "complete"`)
}

// Live waits until the page hears what changes.
func (p *Person) Live() {
	p.t.Helper()
	p.Wait(`document.documentElement.dataset.live === "yes"`)
}

// At says where the browser is, without its host.
func (p *Person) At() string {
	p.t.Helper()
	return Value[string](p, "location.pathname + location.search")
}

// Shot takes a picture of the whole page, PNG.
func (p *Person) Shot(file string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Axe checks the page against the rules of WCAG 2.2 A and AA, as far as a program can.
func (p *Person) Axe() {
	p.t.Helper()
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	p.Do(chromedp.Evaluate[chromedp.Void](axe))
	out := Value[string](p, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations))`)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			p.t.Errorf("%s: axe: %s (%s): %s\n  %s\n  %s", p.At(), v.ID, v.Impact, v.Help, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
	}
}

// Fits checks that nothing stands out of the window at its sides.
func (p *Person) Fits() {
	p.t.Helper()
	if over := Value[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		p.t.Errorf("%s: the page is %d px wider than its window", p.At(), over)
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text) // a text always marshals
	return string(b)
}

// SignIn signs in with a password, where no passkey is asked for.
func (p *Person) SignIn(name, password string) {
	p.t.Helper()
	p.Open("/signin")
	p.Fill("input[name=name]", name)
	p.Fill("input[name=password]", password)
	p.Send("form[action='/signin']")
}
