package sqlite

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/group"
	"github.com/switchboard-platform/switchboard/internal/store/tables"
)

// Config says how to open a store.
type Config struct {
	Path            string // of the database file; required
	CommitGroup     int    // most Updates a commit; 1 commits each alone; default 512
	Readers         int    // connections that read; default 6
	Records         int    // hot agents held ready for use; default 6144; negative holds none
	RecordBytes     int    // memory for packed agents, as many as fit; default 512 MiB; negative holds none
	Members         int    // hot members held ready for use; default 2048; negative holds none
	MemberBytes     int    // memory for packed members, as many as fit; default 24 MiB; negative holds none
	CheckpointPages int    // pages of WAL at which they are moved into the database; default 16384

	// OnCommit, when set, is told after each commit that wrote how many Updates it had and how long it took to
	// make them durable: writing and syncing the WAL.
	OnCommit func(group int, took time.Duration)
}

// Page caches, in KiB. The writer's holds the upper levels of every tree and the pages of an
// import's current batch; a reader's the upper levels.
const (
	writerCacheKiB = 12 << 10
	readerCacheKiB = 2 << 10
)

func (c Config) withDefaults() Config {
	set := func(p *int, value int) {
		if *p == 0 {
			*p = value
		}
	}
	set(&c.CommitGroup, 512)
	set(&c.Readers, 6)
	set(&c.Records, 6144)
	set(&c.RecordBytes, 512<<20)
	set(&c.Members, 2048)
	set(&c.MemberBytes, 24<<20)
	set(&c.CheckpointPages, 16384)
	c.Records, c.RecordBytes = max(c.Records, 0), max(c.RecordBytes, 0)
	c.Members, c.MemberBytes = max(c.Members, 0), max(c.MemberBytes, 0)
	return c
}

// Store is a store.Store in one SQLite file.
type Store struct {
	cfg       Config
	lock      *flock.Flock
	w         *writer
	readers   chan *conn
	records   *cache[store.Record]
	members   *cache[member.Member]
	dir       atomic.Pointer[store.Directory]
	checkpts  *checkpointer
	settler   *settler
	warmer    *warmer      // nil when nothing is packed
	unsettled atomic.Int64 // rows of mobiles_new
	asked     atomic.Int64 // calls of Record, Member and Update
	ahead     atomic.Bool  // the warmer is at work
	apart     sync.RWMutex // held for reading by whoever has a connection of their own, for writing by Close
	closed    atomic.Bool
	committed group.Seqs // of events
	group.Stirs
	closing   chan struct{} // closed when Close begins
	closeDone chan struct{}

	// publishing is held from the commit of another directory until dir has it. Who read a record meanwhile waits
	// for it, so that nobody has the record of one commit and finds the directory of the one before.
	publishing sync.RWMutex
}

var _ store.Store = (*Store)(nil)

// Open opens the database, making it or bringing its schema up to date where needed, and takes
// its lock: Conflict when another process holds it.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	lock, err := takeLock(cfg.Path)
	if err != nil {
		return nil, err
	}
	s := &Store{
		cfg: cfg, lock: lock, closing: make(chan struct{}), closeDone: make(chan struct{}),
		records: newCache(recordCodec, cfg.Records, cfg.RecordBytes),
		members: newCache(memberCodec, cfg.Members, cfg.MemberBytes),
	}
	if err := s.open(); err != nil {
		s.release()
		return nil, err
	}
	s.w.Writer = group.NewWriter(s.cfg.CommitGroup, s.w)
	go s.checkpts.run()
	go s.settler.run()
	if s.warmer != nil {
		s.ahead.Store(true)
		go s.warmer.run()
	}
	return s, nil
}

// LockPath is the file whose lock says who owns the database at path.
func LockPath(path string) string { return path + ".lock" }

// ErrLocked is the cause of a refusal to open a database that another process has open.
var ErrLocked = errors.New("its lock is held")

// takeLock makes this process the owner of the database.
func takeLock(path string) (*flock.Flock, error) {
	lock := flock.New(LockPath(path), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The lock %s cannot be taken: check that the directory exists and is yours.", LockPath(path))
	}
	if !held {
		return nil, fault.Wrap(ErrLocked, fault.Conflict, "Another process has %s open. Stop it first, or let it do the work.", path)
	}
	return lock, nil
}

func (s *Store) open() (err error) {
	// The file holds personal data: nobody else may read it, whatever the umask says.
	f, err := os.OpenFile(s.cfg.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database %s cannot be opened: check that the directory exists and is yours.", s.cfg.Path)
	}
	if err := f.Close(); err != nil {
		return wrap(err)
	}
	wc, err := openConn(s.cfg.Path, writerCacheKiB, false)
	if err != nil {
		return err
	}
	s.w = &writer{s: s, c: wc}
	if err := migrate(wc); err != nil {
		return err
	}
	if s.w.lastSeq, err = wc.tables.LastSeq(); err != nil {
		return err
	}
	s.committed.Reached(s.w.lastSeq)
	if err := s.loadDirectory(wc); err != nil {
		return err
	}
	n, err := wc.tables.Number("SELECT count(*) FROM mobiles_new")
	if err != nil {
		return err
	}
	s.unsettled.Store(n)
	s.settler = &settler{s: s, stop: make(chan struct{}), done: make(chan struct{})}
	kc, err := openConn(s.cfg.Path, readerCacheKiB, false)
	if err != nil {
		return err
	}
	s.checkpts = &checkpointer{s: s, c: kc, index: walIndex{path: s.cfg.Path + "-shm"}, stop: make(chan struct{}), done: make(chan struct{})}
	if s.cfg.RecordBytes > 0 || s.cfg.MemberBytes > 0 {
		c, err := openConn(s.cfg.Path, readerCacheKiB, true)
		if err != nil {
			return err
		}
		s.warmer = &warmer{s: s, c: c, stop: make(chan struct{}), done: make(chan struct{})}
	}
	return s.openReaders()
}

func (s *Store) openReaders() error {
	s.readers = make(chan *conn, s.cfg.Readers)
	for range s.cfg.Readers {
		c, err := openConn(s.cfg.Path, readerCacheKiB, true)
		if err != nil {
			return err
		}
		s.readers <- c
	}
	return nil
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the migrations the database does not have yet, each in a transaction of its
// own (ExecuteScript makes one).
func migrate(c *conn) error {
	have, names, err := c.schema()
	if err != nil {
		return err
	}
	if have > int64(len(names)) {
		return fault.New(fault.Conflict, "The database was written by a newer Switchboard (schema %d, this one knows %d): use that or a later version.", have, len(names))
	}
	for i := have; i < int64(len(names)); i++ {
		script, err := migrations.ReadFile(names[i])
		if err != nil {
			return wrap(err)
		}
		sql := fmt.Sprintf("%s\nPRAGMA user_version = %d;", script, i+1)
		if err := sqlitex.ExecuteScript(c.Conn, sql, nil); err != nil {
			return fault.Wrap(err, fault.Internal, "The schema cannot be brought up to date.")
		}
	}
	return nil
}

// schema gives the version of the database's schema, and the names of all migrations: as many as there are
// versions.
func (c *conn) schema() (have int64, names []string, err error) {
	if names, err = fs.Glob(migrations, "migrations/*.sql"); err != nil {
		return 0, nil, wrap(err)
	}
	have, err = c.tables.Number("PRAGMA user_version")
	return have, names, err
}

func (s *Store) loadDirectory(c *conn) error {
	d, err := c.tables.Directory()
	if err == nil {
		s.dir.Store(d)
	}
	return err
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error, near ...store.Near) error {
	s.asked.Add(1)
	for _, n := range near {
		s.prefetch(ctx, n.UserCode)
	}
	return s.w.Update(ctx, fn, near...)
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.read(ctx, func(c *conn) error { return s.view(c, fn) })
}

// LongView implements store.Store.
func (s *Store) LongView(ctx context.Context, fn func(store.Tx) error) error {
	return s.alone(ctx, true, func(c *conn) error { return s.view(c, fn) })
}

// view calls fn with a transaction that reads.
func (s *Store) view(c *conn, fn func(store.Tx) error) (err error) {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() {
		if !c.AutocommitEnabled() {
			err = cmp.Or(err, c.exec("ROLLBACK"))
		}
	}()
	return group.Call(fn, newTx(c, s, false))
}

// alone calls fn with a connection of its own, which the end of ctx interrupts: for what takes long, so that neither
// readers nor the writer wait. Only the WAL has to be kept meanwhile.
func (s *Store) alone(ctx context.Context, readOnly bool, fn func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return group.Ended(err)
	}
	s.apart.RLock()
	defer s.apart.RUnlock()
	if s.closed.Load() {
		return group.Closed()
	}
	c, err := openConn(s.cfg.Path, readerCacheKiB, readOnly)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetInterrupt(ctx.Done())
	if err = fn(c); err != nil && ctx.Err() != nil {
		return group.Ended(ctx.Err())
	}
	return err
}

// read lends a reading connection to fn.
func (s *Store) read(ctx context.Context, fn func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return group.Ended(err)
	}
	select {
	case c, open := <-s.readers:
		if !open || s.closed.Load() {
			if open {
				s.readers <- c
			}
			return group.Closed()
		}
		defer func() { s.readers <- c }()
		return fn(c)
	case <-s.closeDone:
		return group.Closed()
	case <-ctx.Done():
		return group.Ended(ctx.Err())
	}
}

// Record implements store.Store.
func (s *Store) Record(ctx context.Context, userCode string) (*store.Record, error) {
	return look(ctx, s, s.records, userCode, (*tables.Conn).Brief)
}

// State implements store.Store. Read one after the other, record and directory could be of two moments between which
// one block was placed and another lifted, and both would be missed. The directory's pointer changes with
// every change of it, so that the record is of a moment in which the directory held when it is the same
// before and after.
func (s *Store) State(ctx context.Context, userCode string) (*store.Record, *store.Directory, error) {
	return under(s, func() (*store.Record, error) { return s.maybeRecord(ctx, userCode) })
}

// under reads something again until the directory is the same before and after.
func under[T any](s *Store, read func() (T, error)) (v T, dir *store.Directory, err error) {
	for {
		dir = s.dir.Load()
		if v, err = read(); err != nil {
			return v, nil, err
		}
		if s.dir.Load() == dir {
			return v, dir, nil
		}
	}
}

// maybeRecord gives no record, and no fault, of an agent that is not there.
func (s *Store) maybeRecord(ctx context.Context, userCode string) (*store.Record, error) {
	rec, err := s.Record(ctx, userCode)
	if fault.Is(err, fault.UnknownAgent) {
		return nil, nil
	}
	return rec, err
}

// States implements store.Store.
func (s *Store) States(ctx context.Context, userCodes []string) ([]*store.Record, *store.Directory, error) {
	return under(s, func() ([]*store.Record, error) {
		list := make([]*store.Record, len(userCodes))
		for i, code := range userCodes {
			var err error
			if list[i], err = s.maybeRecord(ctx, code); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
}

// Member implements store.Store.
func (s *Store) Member(ctx context.Context, msisdn string) (*member.Member, error) {
	return look(ctx, s, s.members, msisdn, (*tables.Conn).BriefMember)
}

// MemberState implements store.Store.
func (s *Store) MemberState(ctx context.Context, msisdn string) (*member.Member, *store.Directory, error) {
	return under(s, func() (*member.Member, error) {
		m, err := s.Member(ctx, msisdn)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		return m, err
	})
}

// look finds a value in memory, or reads it and keeps it there.
func look[T any](ctx context.Context, s *Store, held *cache[T], key string, read func(c *tables.Conn, key string) (*T, error)) (*T, error) {
	if err := ctx.Err(); err != nil {
		return nil, group.Ended(err)
	}
	s.asked.Add(1)
	v, epoch := held.get(key)
	if v != nil && !s.closed.Load() {
		return v, nil
	}
	err := s.read(ctx, func(c *conn) (err error) {
		v, err = read(&c.tables, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.publishing.RLock() // or the directory could be older than what was read
	defer s.publishing.RUnlock()
	held.put(v, epoch)
	return v, nil
}

// prefetch makes ready for an Update about an agent, while it waits for its turn. It brings the brief record into memory, for AgentState, and the
// leaf of the activations into the system's: one goroutine that waits for the disk again and again
// is slow, many that wait at the same time are not. Whatever fails here fails again where it counts.
func (s *Store) prefetch(ctx context.Context, userCode string) {
	if userCode == "" {
		return
	}
	if !s.records.holds(userCode) {
		_, _ = s.Record(ctx, userCode)
		return
	}
	_ = s.read(ctx, func(c *conn) error {
		q := c.prepare(`SELECT status FROM activations WHERE user_code = ? LIMIT 1`)
		if q.Text(userCode); q.Next() {
			_ = q.Num()
		}
		return q.Done()
	})
}

// Directory implements store.Store.
func (s *Store) Directory(ctx context.Context) (*store.Directory, error) {
	if err := ctx.Err(); err != nil {
		return nil, group.Ended(err)
	}
	if s.closed.Load() {
		return nil, group.Closed()
	}
	return s.dir.Load(), nil
}

// Recent implements store.Store.
func (s *Store) Recent() *store.Directory { return nil }

// Await implements store.Store.
func (s *Store) Await(ctx context.Context, after uint64) error {
	if s.closed.Load() {
		return group.Closed()
	}
	return s.committed.Await(ctx, s.closing, after)
}

// Claim implements store.Work: no other process has the database open.
func (s *Store) Claim(ctx context.Context, _ string, _ time.Duration) (bool, error) {
	if s.closed.Load() {
		return false, group.Closed()
	}
	if err := ctx.Err(); err != nil {
		return false, group.Ended(err)
	}
	return true, nil
}

// Stats implements store.Store.
func (s *Store) Stats(ctx context.Context) (st store.Stats, err error) {
	err = s.read(ctx, func(c *conn) error {
		n, err := c.tables.LastSeq()
		st.Events = int64(n)
		return err
	})
	st.SizeBytes, st.WALBytes = size(s.cfg.Path), size(s.cfg.Path+"-wal")
	st.CachedAgents, st.CachedMembers, st.ReadingAhead = s.records.len(), s.members.len(), s.ahead.Load()
	return st, err
}

func size(path string) int64 {
	if fi, err := os.Stat(path); err == nil {
		return fi.Size()
	}
	return 0
}

// Close implements store.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		<-s.closeDone
		return nil
	}
	close(s.closing)
	s.apart.Lock() // closed is set: no other begins
	defer s.apart.Unlock()
	if s.warmer != nil {
		s.warmer.close()
	}
	s.settler.close()
	s.checkpts.close()
	s.w.Close()
	for range s.cfg.Readers { // each comes back when its reader is done
		_ = (<-s.readers).Close()
	}
	close(s.closeDone)
	s.records.drop()
	s.members.drop()
	return s.release()
}

// release closes what open opened and gives up the lock.
func (s *Store) release() (err error) {
	if s.w != nil {
		err = s.w.c.Close()
	}
	if s.checkpts != nil {
		s.checkpts.index.close()
	}
	return cmp.Or(err, s.lock.Close())
}
