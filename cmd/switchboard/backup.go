package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func backupCommand() *command {
	return &command{
		name: "backup", args: "FILE", short: "Copy the database to a file, while the server runs",
		help: `The copy is one moment of the database, whole in one file. It is checked before it gets its
name; until then it is FILE.partial. A FILE that exists is not touched.

The master key is not in it, and without that key the partners' access keys in it are of no
use: keep a copy of the key too, somewhere else.`,
		examples: `switchboard backup switchboard-$(date +%F).db

# from another machine
SWITCHBOARD_TOKEN=... switchboard backup copy.db --server https://switchboard.example:8081`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				v := backedUp{File: args[0]}
				err := c.operate(ctx, func(op *switchboard.Operator) error { return v.fetch(ctx, c, op) })
				if err != nil {
					return err
				}
				return c.show(v, v.print)
			}
		},
	}
}

// backedUp is a finished backup.
type backedUp struct {
	File      string `json:"file"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
}

func (v *backedUp) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `Backed up to %s
  size    %s (%d bytes)
  sha256  %s

The master key is not in it: keep a copy of the key somewhere else.
`, v.File, app.SizeText(v.SizeBytes), v.SizeBytes, v.SHA256)
	return err
}

// fetch writes the copy under another name, and gives it its own when it is whole, sound and on
// disk.
func (v *backedUp) fetch(ctx context.Context, c *cli, op *switchboard.Operator) (err error) {
	if _, err := os.Lstat(v.File); !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Exists, "%s exists already and is left as it is: name a new file.", v.File)
	}
	partial := v.File + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "%s cannot be written.", partial)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial) // of no use to anybody
		}
	}()
	err = v.receive(ctx, c, op, f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fault.Wrap(cerr, fault.Unavailable, "%s cannot be written.", partial)
	}
	if err != nil {
		return err
	}
	if err := app.VerifyBackup(ctx, partial); err != nil {
		return err
	}
	if err := os.Rename(partial, v.File); err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s cannot be given its name.", partial)
	}
	return syncDir(filepath.Dir(v.File))
}

// receive copies the server's answer to f, whole and on disk.
func (v *backedUp) receive(ctx context.Context, c *cli, op *switchboard.Operator, f *os.File) error {
	in, size, err := op.Backup(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	bar := c.progress(size, "copying")
	v.SizeBytes, err = io.Copy(io.MultiWriter(f, sum), &told{r: in, tell: bar.at})
	bar.end()
	if err == nil && size >= 0 && v.SizeBytes != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "The copy did not arrive whole; nothing was kept of it.")
	}
	v.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// told is a reader that says how far it is.
type told struct {
	r    io.Reader
	n    int64
	tell func(n int64)
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	t.tell(t.n)
	return n, err
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
