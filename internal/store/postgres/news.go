package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store/group"
)

// Where nodes tell each other how far the events have come, and that there may be something to do.
const (
	newsChannel = "switchboard_events"
	stirChannel = "switchboard_stirs"
)

// news listens for what other nodes say.
type news struct {
	store  *Store
	seqs   group.Seqs
	stirs  group.Stirs
	cancel context.CancelFunc
	done   chan struct{}
}

func listen(s *Store) *news {
	ctx, cancel := context.WithCancel(context.Background())
	n := &news{store: s, cancel: cancel, done: make(chan struct{})}
	go n.run(ctx)
	return n
}

func (n *news) reached(seq uint64) { n.seqs.Reached(seq) }

// missedAtMost is after how long the events are looked at without having been told of any.
const missedAtMost = 5 * time.Second

// run listens until ctx ends, connecting again whenever it has to.
func (n *news) run(ctx context.Context) {
	defer close(n.done)
	for ctx.Err() == nil {
		if c, err := n.store.connect(ctx); err == nil {
			n.hear(ctx, c)
			_ = c.Close(context.Background())
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// hear listens on a connection until it fails.
func (n *news) hear(ctx context.Context, c *connection) {
	if _, err := c.Exec(ctx, "LISTEN "+newsChannel+"; LISTEN "+stirChannel); err != nil {
		return
	}
	n.stirs.All() // who knows what was said meanwhile
	for {
		var last uint64 // what was committed before it listened, or was missed
		if err := c.QueryRow(ctx, "SELECT seq FROM last_event").Scan(&last); err != nil {
			return
		}
		n.reached(last)
		if !n.wait(ctx, c) || n.store.reign.over(c) {
			return
		}
	}
}

// wait takes what is told until a while has passed. False says that the connection failed.
func (n *news) wait(ctx context.Context, c *connection) bool {
	short, cancel := context.WithTimeout(ctx, missedAtMost)
	defer cancel()
	for {
		told, err := c.WaitForNotification(short)
		if err != nil {
			return short.Err() != nil && ctx.Err() == nil && !c.IsClosed()
		}
		if told.Channel == stirChannel {
			n.stirs.Stir(told.Payload)
		} else if seq, err := strconv.ParseUint(told.Payload, 10, 64); err == nil {
			n.reached(seq)
		}
	}
}

func (n *news) close() {
	n.cancel()
	<-n.done
}

// Await implements store.Store.
func (s *Store) Await(ctx context.Context, after uint64) error {
	if s.closed.Load() {
		return group.Closed()
	}
	return s.news.seqs.Await(ctx, s.closing, after)
}

// Stirred implements store.Work.
func (s *Store) Stirred(topic string) <-chan struct{} { return s.news.stirs.Stirred(topic) }

// stirAtMost bounds the telling of other nodes, which somebody waits for.
const stirAtMost = time.Second

// Stir implements store.Work.
func (s *Store) Stir(topic string) {
	s.news.stirs.Stir(topic)
	ctx, cancel := context.WithTimeout(context.Background(), stirAtMost)
	defer cancel()
	_ = s.read(ctx, func(e *engine) error {
		_, err := e.c.Exec(ctx, "SELECT pg_notify($1, $2)", stirChannel, topic)
		return err
	})
}
