package postgres

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// Config says how to open a store.
type Config struct {
	URL         string // of the database, postgres://…; required
	CommitGroup int    // most Updates a commit; 1 commits each alone; default 512
	Readers     int    // connections that read; default 8

	// OnCommit, when set, is told after each commit that wrote how many Updates it had and how long it took to
	// make them durable.
	OnCommit func(group int, took time.Duration)
}

// Store is a store.Store in a PostgreSQL database, which other nodes use as well.
type Store struct {
	cfg     Config
	pgx     *pgx.ConnConfig
	w       *group.Writer
	writers []group.Database
	readers chan *engine // nil ones are connected when they are needed
	lookups *lookups
	reign   *reign
	claims  *claims
	dir     atomic.Pointer[heldDirectory]
	news    *news

	distributed bool // over the machines of a cluster: see layout
	closed      atomic.Bool
	closing     chan struct{} // closed when Close begins
	closeDone   chan struct{}
	dirMu       sync.Mutex   // held while the directory is read
	apart       sync.RWMutex // held for reading by whoever reads on a connection of their own, for writing by Close
}

var _ store.Store = (*Store)(nil)

// Open connects to the database, and makes its schema or brings it up to date where needed.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg.CommitGroup, cfg.Readers = cmp.Or(cfg.CommitGroup, 512), cmp.Or(cfg.Readers, 8)
	parsed, err := settings(cfg.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, pgx: parsed, closing: make(chan struct{}), closeDone: make(chan struct{}), readers: make(chan *engine, cfg.Readers)}
	if s.reign, err = findReign(ctx, s); err != nil {
		return nil, err
	}
	s.claims = newClaims(s)
	for range cfg.Readers {
		s.readers <- nil
	}
	s.lookups = newLookups(s, lookupConns)
	if _, err := s.Directory(ctx); err != nil {
		s.lookups.close()
		s.closeReaders()
		s.reign.close()
		return nil, err
	}
	s.news = listen(s)
	for range s.writersWanted() {
		s.writers = append(s.writers, &writer{s: s})
	}
	s.w = group.NewWriter(cfg.CommitGroup, s.writers...)
	return s, nil
}

// lookupConns is how many connections answer single statements. Two are enough to keep the database busy while the
// answers of one are read.
const lookupConns = 2

// connect makes a connection to the primary, once it is known which one that is.
func (s *Store) connect(ctx context.Context) (*connection, error) {
	if _, err := s.reign.good(ctx, time.Now()); err != nil {
		return nil, err
	}
	c, err := connect(ctx, s.pgx, s.reign.fits)
	if err != nil {
		return nil, err
	}
	if err := s.sameLayout(ctx, c.Conn); err != nil {
		c.drop()
		return nil, err
	}
	return c, nil
}

// instead makes a connection in the place of one that is of no use any more, or of none.
func (s *Store) instead(ctx context.Context, old *connection) (*connection, error) {
	if old != nil {
		old.drop()
	}
	return s.connect(ctx)
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error, near ...store.Near) error {
	return s.w.Update(ctx, fn, near...)
}

// read lends a reading connection to fn.
func (s *Store) read(ctx context.Context, fn func(*engine) error) error {
	if err := ctx.Err(); err != nil {
		return group.Ended(err)
	}
	select {
	case e := <-s.readers:
		defer func() { s.readers <- e }()
		if s.closed.Load() {
			return group.Closed()
		}
		if e == nil || s.reign.over(e.c) || e.lost(ctx) {
			var old *connection
			if e != nil {
				old = e.c
			}
			c, err := s.instead(ctx, old)
			if err != nil {
				return err
			}
			e = s.engine(c)
		}
		return s.use(ctx, e, fn)
	case <-s.closeDone:
		return group.Closed()
	case <-ctx.Done():
		return group.Ended(ctx.Err())
	}
}

// use calls fn with a connection, and makes sure that what it read is true.
func (s *Store) use(ctx context.Context, e *engine, fn func(*engine) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.c.line.term, cancel)() // another primary ends the wait for this one
	e.ctx = ctx
	err := fn(e)
	e.used = time.Now()
	if unsure := s.reign.vouch(ctx, e.c); unsure != nil {
		return unsure
	}
	return err
}

// heldDirectory is a directory and which one it is.
type heldDirectory struct {
	*store.Directory
	edition
}

// edition says which directory it is: its number in the database, which another primary may give to another one when this
// one is lost with what nobody was answered.
type edition struct{ timeline, version int64 }

// follows says whether it is that edition or a later one.
func (e edition) follows(that edition) bool {
	return e.timeline > that.timeline || e.timeline == that.timeline && e.version >= that.version
}

const selectVersion = `SELECT version FROM directory_version`

// Directory implements store.Store: it asks the database whether the one in memory is still the latest.
func (s *Store) Directory(ctx context.Context) (*store.Directory, error) {
	t, err := s.ask(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	return s.directory(ctx, t.edition)
}

// Recent implements store.Store.
func (s *Store) Recent() *store.Directory { return s.dir.Load().Directory }

// directory gives the directory of an edition or of a later one, from memory if it is there.
func (s *Store) directory(ctx context.Context, want edition) (d *store.Directory, err error) {
	if held := s.dir.Load(); held != nil && held.edition == want {
		return held.Directory, nil
	}
	s.dirMu.Lock()
	defer s.dirMu.Unlock()
	if held := s.dir.Load(); held != nil && held.follows(want) {
		return held.Directory, nil
	}
	err = s.View(ctx, func(x store.Tx) error {
		tx := x.(*tx)
		now, err := tx.edition()
		if err == nil {
			d, err = s.directoryOf(tx.t, now)
		}
		return err
	})
	return d, err
}

// edition reads which directory a transaction sees.
func (t *tx) edition() (edition, error) {
	version, err := t.t.Number(selectVersion)
	return edition{t.e.c.line.timeline, version}, err
}

// directoryOf gives the directory of the edition that a transaction sees, from memory if it is there.
func (s *Store) directoryOf(t *tables.Conn, now edition) (*store.Directory, error) {
	if held := s.dir.Load(); held != nil && held.edition == now {
		return held.Directory, nil
	}
	d, err := t.Directory()
	if err == nil {
		s.hold(d, now)
	}
	return d, err
}

// hold keeps a directory, unless a later one is held.
func (s *Store) hold(d *store.Directory, now edition) {
	for {
		held := s.dir.Load()
		if held != nil && held.follows(now) || s.dir.CompareAndSwap(held, &heldDirectory{d, now}) {
			return
		}
	}
}

// Stats implements store.Store.
func (s *Store) Stats(ctx context.Context) (st store.Stats, err error) {
	err = s.read(ctx, func(e *engine) error {
		t := &tables.Conn{Engine: e}
		n, err := t.LastSeq()
		if st.Events = int64(n); err != nil {
			return err
		}
		st.SizeBytes, err = t.Number(`SELECT pg_database_size(current_database())`)
		return err
	})
	return st, err
}

// Check implements store.Store: every row of every table is read, and whatever the database finds damaged comes out.
func (s *Store) Check(ctx context.Context) error {
	return s.LongView(ctx, func(x store.Tx) error {
		t := x.(*tx)
		names, err := t.tableNames()
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := t.t.Number(`SELECT count(*) FROM (SELECT x FROM ` + pgx.Identifier{name}.Sanitize() + ` x OFFSET 0) y WHERE y IS NOT NULL`); err != nil {
				return fault.Wrap(err, fault.Internal, "Table %s cannot be read: restore a backup.", name)
			}
		}
		return nil
	})
}

func (t *tx) tableNames() (names []string, err error) {
	q := t.t.Prepare(`SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1`)
	for q.Next() {
		names = append(names, q.Str())
	}
	return names, q.Err
}

// Close implements store.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		<-s.closeDone
		return nil
	}
	close(s.closing)
	s.news.close()
	s.w.Close()
	for _, w := range s.writers {
		w.(*writer).disconnect()
	}
	s.claims.close()
	s.lookups.close()
	s.closeReaders()
	s.apart.Lock() // closed is set: no other begins
	defer s.apart.Unlock()
	s.reign.close()
	close(s.closeDone)
	return nil
}

// closeReaders waits for each to come back.
func (s *Store) closeReaders() {
	for range s.cfg.Readers {
		if e := <-s.readers; e != nil {
			_ = e.c.Close(context.Background())
		}
	}
}

// Backup implements store.Store: it refuses, because PostgreSQL has better means of its own.
func (s *Store) Backup(context.Context, string) error {
	return fault.New(fault.Unavailable, "A PostgreSQL database is backed up by its own programs: use pg_basebackup with archived logs, or pg_dump.")
}
