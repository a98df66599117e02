package app

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/postgres"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// openStore opens the store of the settings: the database in the data directory, or the one that nodes share.
func openStore(ctx context.Context, cfg config.Config, onCommit func(int, time.Duration)) (store.Store, error) {
	if cfg.Shared() {
		return openShared(ctx, cfg, onCommit)
	}
	none := func(n int) int { // the settings' 0 means none, the store's means the default
		if n == 0 {
			return -1
		}
		return n
	}
	return sqlite.Open(ctx, sqlite.Config{
		Path: DatabasePath(cfg.Data), CommitGroup: cfg.CommitGroup, Records: none(cfg.RecordCache), RecordBytes: none(cfg.RecordMemory << 20),
		Members: none(cfg.MemberCache), MemberBytes: none(cfg.MemberMemory << 20),
		CheckpointPages: cfg.CheckpointPages, OnCommit: onCommit,
	})
}

// sharedStore is the database that nodes share. The data directory is this node's alone, as with the embedded one.
type sharedStore struct {
	*postgres.Store
	lock io.Closer
}

func openShared(ctx context.Context, cfg config.Config, onCommit func(int, time.Duration)) (*sharedStore, error) {
	lock, err := sqlite.Lock(DatabasePath(cfg.Data))
	if err != nil {
		return nil, err
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: cfg.DatabaseURL.Reveal(), CommitGroup: cfg.CommitGroup, OnCommit: onCommit})
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return &sharedStore{s, lock}, nil
}

// readSetting reads one setting of the database of the settings, without opening it: a server may have it.
func readSetting(cfg config.Config, name string) (string, error) {
	if cfg.Shared() {
		return postgres.ReadSetting(context.Background(), cfg.DatabaseURL.Reveal(), name)
	}
	return sqlite.ReadSetting(DatabasePath(cfg.Data), name)
}

// DatabaseName names the database for people: its file, or its address without the password.
func DatabaseName(cfg config.Config) string {
	if !cfg.Shared() {
		return DatabasePath(cfg.Data)
	}
	u, err := url.Parse(cfg.DatabaseURL.Reveal())
	if err != nil {
		return secret.Redacted
	}
	return u.Redacted()
}

// Close implements store.Store.
func (s *sharedStore) Close() error { return cmp.Or(s.Store.Close(), s.lock.Close()) }

// initShared makes the data directory of a node, and the database if no other node has. One that joins must have
// the master key of those before it.
func initShared(ctx context.Context, cfg config.Config, mode Mode) (err error) {
	if Initialized(cfg) {
		return fault.New(fault.Exists, "%s is the directory of a node already; nothing was changed.", cfg.Data)
	}
	s, err := postgres.Open(ctx, postgres.Config{URL: cfg.DatabaseURL.Reveal()})
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, s.Close()) }()
	have, err := setting(ctx, s, modeSetting)
	switch {
	case err != nil:
		return err
	case have == "":
		if err := makeMasterKey(cfg); err != nil {
			return err
		}
		err = fill(ctx, cfg, mode, s)
	case Mode(have) != mode:
		err = fault.New(fault.Conflict, "The database is a %s one, not a %s one: name another with --database-url.", have, mode)
	default:
		err = join(ctx, cfg, s)
	}
	if err != nil {
		return err
	}
	_, err = operatorToken(cfg.Data)
	return err
}

// join makes sure that a node has the master key of the database.
func join(ctx context.Context, cfg config.Config, s store.Store) error {
	keys, err := loadKeys(cfg, Production)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "The database was made by another node: give this one its master key, with --master-key-file or SWITCHBOARD_MASTER_KEY, and run it again.")
	}
	if err != nil {
		return err
	}
	return checkMasterKey(ctx, s, keys.sealer)
}
