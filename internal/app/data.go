package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// Mode says what a data directory is for. It is written into the database when that is made.
type Mode string

// The modes.
const (
	Production Mode = "production"
	Sandbox    Mode = "sandbox" // lets the public test credentials in
)

// DatabasePath is the database's file in a data directory.
func DatabasePath(data string) string { return filepath.Join(data, "switchboard.db") }

// TokenPath is the file of the bearer token of the operator's API.
func TokenPath(data string) string { return filepath.Join(data, "operator.token") }

// The settings in the database that are the app's.
const (
	modeSetting = "mode"
	keySetting  = "master_key_check" // a known text sealed with the master key
)

const keyCheck = "switchboard"

// Initialized reports whether the directory holds a database, or is that of a node of a shared one.
func Initialized(cfg config.Config) bool {
	path := DatabasePath(cfg.Data)
	if cfg.Shared() {
		path = TokenPath(cfg.Data)
	}
	_, err := os.Stat(path)
	return err == nil
}

// Init makes a data directory: master key and operator's token (unless they are there), database,
// starting catalogue; for a sandbox its partner, agent, channel and members too. Exists when it was made before.
// Stopped at any moment, it leaves a directory in which it can be run again.
func Init(ctx context.Context, cfg config.Config, mode Mode) error {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The data directory %s cannot be made.", cfg.Data)
	}
	lock, err := sqlite.Lock(DatabasePath(cfg.Data))
	if err != nil {
		return err
	}
	defer lock.Close()
	if cfg.Shared() {
		return initShared(ctx, cfg, mode)
	}
	if Initialized(cfg) {
		have, err := sqlite.ReadSetting(DatabasePath(cfg.Data), modeSetting)
		return cmp.Or[error](err, fault.New(fault.Exists, "%s holds a %s database already; nothing was changed.", cfg.Data, have))
	}
	if err := makeMasterKey(cfg); err != nil {
		return err
	}
	if _, err := operatorToken(cfg.Data); err != nil {
		return err
	}
	return makeDatabase(ctx, cfg, mode)
}

// makeDatabase makes the database under another name and moves it to its own when it is whole.
func makeDatabase(ctx context.Context, cfg config.Config, mode Mode) error {
	fresh := DatabasePath(cfg.Data) + ".new"
	remove := func() {
		for _, end := range []string{"", "-wal", "-shm", ".lock"} {
			_ = os.Remove(fresh + end) // most are not there
		}
	}
	remove()
	defer remove()
	if err := cmp.Or(found(ctx, cfg, mode, fresh), sqlite.MergeWAL(fresh)); err != nil {
		return err
	}
	if err := cmp.Or(os.Rename(fresh, DatabasePath(cfg.Data)), syncDir(cfg.Data)); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database cannot be moved to its place %s.", DatabasePath(cfg.Data))
	}
	return nil
}

// found makes a database at path with all that a new one holds, and closes it.
func found(ctx context.Context, cfg config.Config, mode Mode, path string) (err error) {
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, s.Close()) }()
	return fill(ctx, cfg, mode, s)
}

// fill puts into a database what a new one holds.
func fill(ctx context.Context, cfg config.Config, mode Mode, s store.Store) error {
	keys, err := loadKeys(cfg, mode)
	if err != nil {
		return err
	}
	sealed, err := keys.sealer.Seal(secret.NewText(keyCheck), keySetting)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The master key cannot be used.")
	}
	reg := registry.New(registry.Config{Store: s, Sealer: keys.sealer, PINs: keys.pins, Sandbox: mode == Sandbox})
	by := registry.Caller{Cause: event.Cause{Actor: "operator:init", At: reg.Now()}}
	return reg.Found(ctx, by, map[string]string{modeSetting: string(mode), keySetting: base64.StdEncoding.EncodeToString(sealed)})
}

// makeMasterKey makes the key's file, unless it exists or the environment gives the key.
func makeMasterKey(cfg config.Config) error {
	if !cfg.MasterKey.IsZero() {
		return nil
	}
	if fi, err := os.Stat(cfg.MasterKeyPath()); err == nil {
		if fi.Size() > 0 {
			return nil
		}
		_ = os.Remove(cfg.MasterKeyPath()) // left by an Init that was stopped before it wrote
	}
	key, err := secret.NewMasterKey()
	if err != nil {
		return err
	}
	return secret.SaveMasterKey(cfg.MasterKeyPath(), key)
}

// keys are what works with the master key.
type keys struct {
	sealer   *secret.Sealer  // of access keys
	pins     *secret.PINs    // hashes and compares
	receipts *secret.Stamper // of decisions
	log      secret.LogKey   // signs the log of events

	passwords *secret.Passwords // of operators
}

// loadKeys reads the master key from the environment's setting or from its file, and makes what works
// with it, for a directory of a mode.
func loadKeys(cfg config.Config, mode Mode) (k keys, err error) {
	key, err := masterKey(cfg)
	if err != nil {
		return k, err
	}
	if k.sealer, err = secret.NewSealer(key); err != nil {
		return k, err
	}
	if k.receipts, err = secret.NewStamper(key); err != nil {
		return k, err
	}
	if k.log, err = secret.NewLogKey(key); err != nil {
		return k, err
	}
	if k.passwords, err = secret.NewPasswords(key, mode == Sandbox); err != nil {
		return k, err
	}
	k.pins, err = secret.NewPINs(key, secret.PINConfig{
		MemoryKiB: uint32(cfg.PINMemory), Passes: uint32(cfg.PINPasses), Hashers: cfg.PINHashers, Queue: cfg.PINQueue,
	})
	return k, err
}

func masterKey(cfg config.Config) (secret.MasterKey, error) {
	if cfg.MasterKey.IsZero() {
		return secret.LoadMasterKey(cfg.MasterKeyPath())
	}
	return secret.ParseMasterKey(cfg.MasterKey.Reveal())
}

// checkMasterKey makes sure that the key is the one the database was made with.
func checkMasterKey(ctx context.Context, s store.Store, sealer *secret.Sealer) error {
	text, err := setting(ctx, s, keySetting)
	if err != nil {
		return err
	}
	return openKeyCheck(sealer, text)
}

// openKeyCheck opens the known text that the database keeps sealed.
func openKeyCheck(sealer *secret.Sealer, text string) error {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		_, err = sealer.Open(sealed, keySetting)
	}
	if err != nil {
		return fault.Wrap(err, fault.Conflict, "This master key is not the one that the database was made with: set --master-key-file or SWITCHBOARD_MASTER_KEY to that one.")
	}
	return nil
}

// operatorToken reads the token of the operator's API, making it when there is none.
func operatorToken(data string) (secret.Text, error) {
	path := TokenPath(data)
	if fi, err := os.Stat(path); err == nil && fi.Size() == 0 {
		_ = os.Remove(path) // left by a process that was stopped before it wrote
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readToken(path)
	}
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "The operator's token %s cannot be made.", path)
	}
	token := secret.NewToken()
	_, err = f.WriteString(token.Reveal() + "\n")
	if err := cmp.Or(err, f.Close()); err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "The operator's token %s cannot be written.", path)
	}
	return token, nil
}

func readToken(path string) (secret.Text, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "The operator's token %s cannot be read.", path)
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return secret.Text{}, fault.New(fault.Conflict, "%s can be read by others: run chmod 600 %s, and if they may have read it delete it, so that a new one is made.", path, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "The operator's token %s cannot be read.", path)
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 20 {
		return secret.Text{}, fault.New(fault.Conflict, "%s holds no token: delete it, so that a new one is made.", path)
	}
	return secret.NewText(token), nil
}

func setting(ctx context.Context, s store.Store, name string) (value string, err error) {
	err = s.View(ctx, func(tx store.Tx) (err error) {
		value, err = tx.Setting(name)
		return err
	})
	return value, err
}
