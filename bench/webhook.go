//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The load of changes that webhooks tell of: 200 a second, each client one every so often.
const (
	webhookConns = 20
	webhookEvery = 100 * time.Millisecond
)

// measureWebhook finds out how long after a change its webhook has arrived.
func (b *bench) measureWebhook(ctx context.Context) error {
	if err := b.makeState(); err != nil {
		return err
	}
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer receiver.close()
	srv, err := b.startServer(ctx, b.dataDir(), serverSettings{core: anyCore})
	if err != nil {
		return err
	}
	op, err := newOperatorClient(srv, b.dataDir())
	if err != nil {
		return errors.Join(err, srv.stop())
	}
	err = b.raceWebhooks(ctx, srv, op, receiver)
	return errors.Join(err, srv.stop())
}

// raceWebhooks runs the rounds while an endpoint exists, and removes it, so that no other part pays for it.
func (b *bench) raceWebhooks(ctx context.Context, srv *server, op *operatorClient, receiver *receiver) (err error) {
	endpoint, err := op.addWebhook(ctx, receiver.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, op.removeWebhook(context.WithoutCancel(ctx), endpoint)) }()
	var p50, p99, rates []float64
	for round := range b.rounds {
		receiver.reset()
		r, err := b.load(ctx, loadSpec{
			Addr: srv.addr, Prefix: apiPrefix, Conns: webhookConns, Every: webhookEvery, Duration: b.changeTime, Change: true,
			StateFile: b.stateFile(), Want: `"status":0`, ServerPID: srv.pid(),
		}, anyCore)
		if err != nil {
			return err
		}
		if err := receiver.wait(ctx, int(r.Answered)); err != nil {
			return err
		}
		late50, late99 := receiver.latency()
		p50, p99, rates = append(p50, milliseconds(late50)), append(p99, milliseconds(late99)), append(rates, r.Rate)
		b.progress("webhook round %d: %.0f changes/s arrived after %.1f ms, p99 %.1f ms", round+1, r.Rate, milliseconds(late50), milliseconds(late99))
	}
	measured := fmt.Sprintf("%.0f changes/s, all cores, receiver beside it", median(rates))
	b.report.value("change to its webhook's arrival, p50", measured, median(p50), target{Least: 100, Aim: 25, Lower: true, Unit: " ms"})
	b.report.value("change to its webhook's arrival, p99",
		fmt.Sprintf("by round %.1f to %.1f ms", slices.Min(p99), slices.Max(p99)), median(p99), target{Unit: " ms"})
	b.report.note("Webhooks: from the time that the change bears, taken before its commit, to the end of the request that tells of it; " +
		"every change arrived.")
	return nil
}

// receiver takes webhooks and notes how late each was.
type receiver struct {
	url    string
	server http.Server

	mu   sync.Mutex
	seen map[string]bool // by id: a delivery may come twice
	late histogram
	bad  error // what was wrong with the first wrong one
}

// newReceiver listens on loopback.
func newReceiver() (*receiver, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/hook", seen: map[string]bool{}}
	r.server.Handler = r
	go r.server.Serve(l) // until close
	return r, nil
}

func (r *receiver) close() { r.server.Close() }

func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	now := time.Now()
	var message struct{ Timestamp time.Time }
	if err == nil {
		err = json.Unmarshal(body, &message)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := req.Header.Get("webhook-id")
	if err != nil || id == "" || message.Timestamp.IsZero() {
		r.bad = fmt.Errorf("webhook %q: %.200q: %w", id, body, err)
		return
	}
	if !r.seen[id] {
		r.seen[id] = true
		r.late.record(now.Sub(message.Timestamp))
	}
}

func (r *receiver) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen, r.late, r.bad = map[string]bool{}, histogram{}, nil
}

// arrived is how many different messages have come since the last reset.
func (r *receiver) arrived() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen), r.bad
}

// wait waits until as many messages have come as there were changes: none may be lost.
func (r *receiver) wait(ctx context.Context, changes int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		n, err := r.arrived()
		switch {
		case err != nil:
			return err
		case n == changes:
			return nil
		case n > changes:
			return fmt.Errorf("%d webhooks came of %d changes", n, changes)
		case ctx.Err() != nil:
			return fmt.Errorf("%d webhooks of %d changes came: %w", n, changes, ctx.Err())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *receiver) latency() (p50, p99 time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late.quantile(0.5), r.late.quantile(0.99)
}

// operatorClient asks single things of the operator's API.
type operatorClient struct {
	base  string
	token string
}

// newOperatorClient reads the operator's token out of the data directory of a running server.
func newOperatorClient(srv *server, dir string) (*operatorClient, error) {
	token, err := operatorToken(dir)
	return &operatorClient{base: "http://" + srv.operator + "/operator/v1", token: token}, err
}

// addWebhook makes an endpoint for the changes of the sandbox's partner.
func (o *operatorClient) addWebhook(ctx context.Context, url string) (id string, err error) {
	what, err := json.Marshal(map[string]any{"partner": "sandbox", "url": url, "kinds": []string{"activation.*"}})
	if err != nil {
		return "", err
	}
	a, err := send(ctx, plainClient(), o.base+"/webhooks", "Bearer "+o.token, what)
	if err != nil {
		return "", err
	}
	var issued struct {
		Webhook struct{ ID string } `json:"webhook"`
	}
	err = json.Unmarshal(a.Body, &issued)
	return issued.Webhook.ID, err
}

func (o *operatorClient) removeWebhook(ctx context.Context, id string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, o.base+"/webhooks/"+id, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+o.token)
	resp, err := plainClient().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("remove the endpoint: status %d", resp.StatusCode)
	}
	return nil
}
