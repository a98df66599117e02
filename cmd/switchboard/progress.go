package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far long work is, by bytes. A nil progress shows nothing.
type progress struct {
	bar   *progressbar.ProgressBar
	began time.Time
}

// progress begins a bar on Err; total is -1 where it is not known. It is nil where there is no
// terminal to show it on, or nobody who looks.
func (c *cli) progress(total int64, what string) *progress {
	if c.json || !isTerminal(c.Err) {
		return nil
	}
	return newProgress(c.Err, total, what)
}

func newProgress(w io.Writer, total int64, what string) *progress {
	if total == 0 {
		total = -1 // the bar divides by it
	}
	return &progress{began: time.Now(), bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionSetRenderBlankState(true))}
}

// counting begins a bar like progress, of things other than bytes, with their name.
func (c *cli) counting(total int64, what, things string) *progress {
	if c.json || !isTerminal(c.Err) {
		return nil
	}
	return &progress{began: time.Now(), bar: progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(c.Err), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(things),
		progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

// spinning begins a sign of life for work whose end is not known; it is nil as that of progress.
func (c *cli) spinning(what string) *progress {
	if c.json || !isTerminal(c.Err) {
		return nil
	}
	return newSpinning(c.Err, what)
}

func newSpinning(w io.Writer, what string) *progress {
	return &progress{began: time.Now(), bar: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetRenderBlankState(true))}
}

// counted says how many of what are done, and how fast.
func (p *progress) counted(done int, what string) {
	if p == nil {
		return
	}
	p.bar.Describe(fmt.Sprintf("%d %s, %.0f/s", done, what, float64(done)/max(time.Since(p.began).Seconds(), 0.001)))
}

// at moves the bar to so many bytes.
func (p *progress) at(bytes int64) {
	if p != nil {
		_ = p.bar.Set64(bytes) // a bar that cannot be drawn harms nothing
	}
}

// rows says how many rows are done, and how fast.
func (p *progress) rows(done, refused int) {
	if p == nil {
		return
	}
	text := fmt.Sprintf("%d rows, %.0f/s", done, float64(done)/max(time.Since(p.began).Seconds(), 0.001))
	if refused > 0 {
		text += fmt.Sprintf(", %d refused", refused)
	}
	p.bar.Describe(text)
}

// clear takes the bar away, so that a line can be printed; it comes back with the next step.
func (p *progress) clear() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// end takes the bar away for good.
func (p *progress) end() {
	if p != nil {
		_ = p.bar.Finish()
	}
}
