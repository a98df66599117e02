package sqlite

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// warmer reads agents and then members into memory after the start, in the order of the key and in
// the background: that is a hundred times quicker than one by one when they are asked for.
type warmer struct {
	s    *Store
	c    *conn
	seen int64     // requests, when it last looked
	busy time.Time // when it last saw that requests had come
	stop chan struct{}
	done chan struct{}
}

// warmBatch is how many are read in one go.
const warmBatch = 64

// While requests come, the warmer rests long after each batch; quiet is how long none must have come
// for it to hurry.
const (
	quiet     = 200 * time.Millisecond
	restBusy  = 20 // times what the batch took
	restQuiet = 1
)

// rest gives how long to rest after a batch.
func (k *warmer) rest(took time.Duration) time.Duration {
	if asked := k.s.asked.Load(); asked != k.seen {
		k.seen, k.busy = asked, time.Now()
	}
	if time.Since(k.busy) < quiet {
		return restBusy * took
	}
	return restQuiet * took
}

func (k *warmer) run() {
	defer close(k.done)
	defer func() {
		k.s.ahead.Store(false)
		_ = k.c.Close() // with its page cache
	}()
	if warm(k, "agents", k.s.records, (*tables.Conn).Briefs) {
		warm(k, "members", k.s.members, (*tables.Conn).BriefMembers)
	}
}

// warm fills a cache, as far as it goes. False says that nothing more is to be read.
func warm[T any](k *warmer, what string, c *cache[T], next func(c *tables.Conn, after string, limit int) ([]*T, error)) bool {
	start, after := time.Now(), ""
	for more := true; more && !c.full(); {
		begun := time.Now()
		var err error
		if after, more, err = warmNext(k, c, after, next); err != nil {
			slog.Warn(what+" cannot be read ahead; they are read when they are asked for", "error", err)
			return false
		}
		select {
		case <-k.stop:
			return false
		case <-time.After(k.rest(time.Since(begun))):
		}
	}
	slog.Debug(what+" read ahead", "held", c.len(), "took", time.Since(start))
	return true
}

// warmNext reads those after a key, from one snapshot that is younger than the epochs.
func warmNext[T any](k *warmer, c *cache[T], after string, next func(*tables.Conn, string, int) ([]*T, error)) (last string, more bool, err error) {
	epochs := c.epochs()
	if err := k.c.exec("BEGIN"); err != nil {
		return after, false, err
	}
	list, err := next(&k.c.tables, after, warmBatch)
	if err = cmp.Or(err, k.c.exec("ROLLBACK")); err != nil || len(list) == 0 {
		return after, false, err
	}
	for _, v := range list {
		c.put(v, epochs[c.shardOf(v)])
	}
	return c.codec.key(list[len(list)-1]), len(list) == warmBatch, nil
}

func (k *warmer) close() {
	close(k.stop)
	<-k.done
}
