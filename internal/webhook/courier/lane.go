package courier

import (
	"context"
	"time"

	"github.com/switchboard-platform/switchboard/internal/registry"
)

// lane serves one endpoint: it notes how attempts ended, claims what is due and sends it, a few at a time.
type lane struct {
	c       *Courier
	id      string
	awake   chan struct{}
	results chan registry.Sent

	under   int             // attempts under way
	most    int             // … at a time: one while the endpoint fails
	sent    []registry.Sent // ended, and not noted yet
	slots   int             // reserved among the courier's
	starved bool            // something is due, and there is no slot
	next    time.Time       // when something is due; zero: nothing is
}

// run works until nothing is due at any time, or ctx ends and the last attempt has, too.
func (l *lane) run(ctx, sending context.Context) {
	for {
		if err := l.serve(ctx, sending); err != nil {
			l.c.log.Error("webhooks cannot be delivered", "endpoint", l.id, "error", err)
			l.freeSlots()
			if ctx.Err() != nil {
				return // what was not noted is claimed, and sent again when the claim ends
			}
			l.c.pause(ctx, pauseAfterError)
			continue
		}
		idle := l.under == 0 && len(l.sent) == 0 && (l.next.IsZero() || ctx.Err() != nil)
		if idle && l.c.leave(l) {
			return
		}
		l.wait(ctx)
	}
}

// serve notes what ended, claims what is due for as many slots as there are, and sends it.
func (l *lane) serve(ctx, sending context.Context) error {
	room := 0
	if ctx.Err() == nil {
		room = l.most - l.under
		l.reserve(room)
	}
	w, err := l.c.reg.Deliver(context.WithoutCancel(ctx), l.id, l.sent, l.slots, l.c.cfg.Timeout+leaseSlack)
	if err != nil {
		return err
	}
	l.sent, l.next = nil, w.Next
	l.starved = room > 0 && l.slots == 0
	for _, d := range w.Deliveries {
		l.under, l.slots = l.under+1, l.slots-1
		go func() {
			result := l.c.send(sending, w, d)
			<-l.c.slots
			l.results <- result
		}()
	}
	l.freeSlots()
	return nil
}

// reserve takes up to n of the courier's slots that are free.
func (l *lane) reserve(n int) {
	for l.slots < n {
		select {
		case l.c.slots <- struct{}{}:
			l.slots++
		default:
			return
		}
	}
}

func (l *lane) freeSlots() {
	for ; l.slots > 0; l.slots-- {
		<-l.c.slots
	}
}

// wait waits until there is something to note or to claim.
func (l *lane) wait(ctx context.Context) {
	var due <-chan time.Time
	var slot chan<- struct{}
	stopped := ctx.Done()
	switch {
	case ctx.Err() != nil: // only the attempts under way count
		stopped = nil
	case l.starved:
		slot = l.c.slots
	case l.under < l.most && !l.next.IsZero():
		due = l.c.cfg.After(l.next.Sub(l.c.reg.Now()))
	}
	select {
	case result := <-l.results:
		l.note(result)
		for len(l.results) > 0 {
			l.note(<-l.results)
		}
	case slot <- struct{}{}:
		l.slots++
	case <-due:
	case <-l.awake:
	case <-stopped:
	}
}

// note takes in how an attempt ended. Where one failed, one at a time is sent until one succeeds: an endpoint
// that hangs must not take the slots of others, and one that comes back is not overrun.
func (l *lane) note(result registry.Sent) {
	l.under--
	l.sent = append(l.sent, result)
	l.most = l.c.cfg.PerEndpoint
	if !result.Attempt.OK() {
		l.most = 1
	}
}
