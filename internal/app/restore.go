package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// Restore says what to restore into the data directory of the settings.
type Restore struct {
	File  string    // a backup
	Force bool      // move a database that is there aside
	At    time.Time // names what is moved aside
	// Progress is told of the bytes copied so far and of all; nil tells nobody.
	Progress func(done, total int64)
}

// Restored is what a restore did.
type Restored struct {
	Database  string `json:"database"`
	Mode      Mode   `json:"mode"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
	MovedTo   string `json:"moved_to,omitempty"` // where the database that was there is now
	MasterKey string `json:"master_key"`         // "fits", or "missing"
}

// RestoreBackup puts a backup in the place of the database. Everything about the file is checked
// before anything is touched. Stopped at any moment, it leaves the old database or the new one.
// Faults: Conflict when a process has the directory or the master key is another one's, Exists
// when a database is there and is not to be moved, and those of sqlite.Verify.
func RestoreBackup(ctx context.Context, cfg config.Config, req Restore) (out Restored, err error) {
	if cfg.Shared() {
		return out, fault.New(fault.Invalid, "A backup is restored into the embedded store: leave --database-url out. PostgreSQL's own backups are restored by its own programs.")
	}
	out.Database = DatabasePath(cfg.Data)
	if err := sqlite.Verify(ctx, req.File); err != nil {
		return out, err
	}
	if out.Mode, err = modeOf(req.File); err != nil {
		return out, err
	}
	if out.MasterKey, err = fits(cfg, func(name string) (string, error) { return sqlite.ReadSetting(req.File, name) }); err != nil {
		return out, err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return out, fault.Wrap(err, fault.Unavailable, "The data directory %s cannot be made.", cfg.Data)
	}
	lock, err := sqlite.Lock(out.Database)
	if err != nil {
		return out, err
	}
	defer lock.Close()
	if Initialized(cfg) && !req.Force {
		return out, fault.New(fault.Exists, "%s holds a database already; nothing was changed.", cfg.Data)
	}
	return out, replace(ctx, req, &out)
}

// modeOf reads what a database is for.
func modeOf(file string) (Mode, error) {
	mode, err := sqlite.ReadSetting(file, modeSetting)
	if err == nil && mode == "" {
		err = fault.New(fault.Invalid, "%s was never initialized to the end: use another backup.", file)
	}
	return Mode(mode), err
}

// fits finds out whether the master key of the settings is that of the database whose settings read gives.
func fits(cfg config.Config, read func(name string) (string, error)) (string, error) {
	keys, err := loadKeys(cfg, Production)
	if cfg.MasterKey.IsZero() && fault.Is(err, fault.NotFound) {
		return "missing", nil
	}
	if err != nil {
		return "", err
	}
	text, err := read(keySetting)
	if err != nil {
		return "", err
	}
	return "fits", openKeyCheck(keys.sealer, text)
}

// replace puts a copy of the file in the database's place: the copy is whole and on disk before
// the database that is there is moved, and is moved in by one rename.
func replace(ctx context.Context, req Restore, out *Restored) error {
	fresh := out.Database + ".restoring"
	defer os.Remove(fresh) // gone already when all went well
	if err := copyFile(ctx, req, fresh, out); err != nil {
		return err
	}
	if _, err := os.Stat(out.Database); err == nil {
		out.MovedTo = out.Database + ".before-restore-" + req.At.UTC().Format("20060102T150405Z")
	}
	err := moveAside(out.Database, out.MovedTo)
	if err == nil {
		err = os.Rename(fresh, out.Database)
	}
	if err == nil {
		err = syncDir(filepath.Dir(out.Database))
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The backup cannot be moved to its place %s.", out.Database)
	}
	return nil
}

// copyFile copies the backup, makes the copy durable and notes its size and digest.
func copyFile(ctx context.Context, req Restore, to string, out *Restored) error {
	in, err := os.Open(req.File)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "%s cannot be read.", req.File)
	}
	defer in.Close()
	fi, err := in.Stat()
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "%s cannot be read.", req.File)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database's copy %s cannot be made.", to)
	}
	sum := sha256.New()
	out.SizeBytes, err = io.Copy(io.MultiWriter(f, sum), &watched{ctx: ctx, r: in, total: fi.Size(), tell: req.Progress})
	if err := cmp.Or(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The backup cannot be copied to %s.", to)
	}
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// watched is a reader that ends with its context and tells how far it is.
type watched struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	tell        func(done, total int64)
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	if w.done += int64(n); w.tell != nil {
		w.tell(w.done, w.total)
	}
	return n, err
}

// moveAside gives the old database a second name and takes its log out of the way: SQLite would
// play a log that it finds beside the new database into it. to is empty when there is no database.
func moveAside(database, to string) error {
	if to != "" {
		// One that is too damaged to be merged keeps its log, under its new name.
		_ = sqlite.MergeWAL(database)
		if _, err := os.Lstat(to); err == nil {
			return fs.ErrExist
		}
		if os.Link(database, to) != nil { // not every file system has links
			if err := os.Rename(database, to); err != nil {
				return err
			}
		}
	}
	if to == "" {
		to = database + ".left"
	}
	if err := os.Rename(database+"-wal", to+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(database + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDir(filepath.Dir(database))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return cmp.Or(dir.Sync(), dir.Close())
}

// InUse reports whether err is that another process has the data directory's database open.
func InUse(err error) bool { return errors.Is(err, sqlite.ErrLocked) }

// VerifyBackup makes sure that a file that was just written is a whole and sound backup.
func VerifyBackup(ctx context.Context, path string) error { return sqlite.VerifyQuick(ctx, path) }
