package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/admin"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// lastRound is how long the log may take to be signed once more when the server stops.
const lastRound = 5 * time.Second

// keepLog signs the log of events, at once and then now and again, until ctx ends, and then once more. No
// change waits for it.
func (a *App) keepLog(ctx context.Context) {
	witnesses := a.witnesses()
	sign := func(ctx context.Context) { a.signLog(ctx, witnesses) }
	sign(ctx)
	every(ctx, a.cfg.LogEvery, sign)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRound)
	defer cancel()
	sign(last)
}

// signLog signs the log if there are new events, and tells its witnesses.
func (a *App) signLog(ctx context.Context, witnesses map[registry.Witness]func(context.Context, string) error) {
	if _, err := a.reg.SignLog(ctx); err != nil && !fault.Is(err, fault.NotFound) && ctx.Err() == nil {
		a.log.Error("the log of events cannot be signed", "error", err)
	}
	for w, tell := range witnesses {
		if err := a.reg.TellHeads(ctx, w, func(h audit.SignedHead) error { return tell(ctx, h.Note) }); err != nil && ctx.Err() == nil {
			a.log.Warn("a signed head cannot be passed on; it will be tried again", "to", string(w), "error", err)
		}
	}
}

// witnesses are where the settings want heads to be kept, besides the database.
func (a *App) witnesses() map[registry.Witness]func(context.Context, string) error {
	list := map[registry.Witness]func(context.Context, string) error{}
	if path := a.cfg.LogHeadsFile; path != "" {
		list[registry.HeadsFile] = func(_ context.Context, note string) error { return appendHead(path, note) }
	}
	if url := a.cfg.LogHeadsURL; url != "" {
		client := &http.Client{Timeout: postTimeout}
		list[registry.HeadsURL] = func(ctx context.Context, note string) error { return postHead(ctx, client, url, note) }
	}
	return list
}

// appendHead appends a head to a file, durably. Heads are no secret.
func appendHead(path, note string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(note + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// postTimeout is how long whoever keeps heads may take for one.
const postTimeout = 15 * time.Second

func postHead(ctx context.Context, client *http.Client, url, note string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(note))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fault.New(fault.Unavailable, "It answered %s.", resp.Status)
	}
	return nil
}

// Audit says how to verify a file that nobody writes to: a backup, or an export of events.
type Audit struct {
	Keys   []string // the log's public keys; none: those that the file itself names
	Heads  []string // notes of heads that were kept elsewhere
	Replay bool     // of a backup: play every agent's history again
	// Tell is told now and then how many events of how many are done.
	Tell func(events, total uint64)
}

// VerifyFile verifies a file. The error is of the reading itself, or Invalid when it is neither a backup nor an
// export; what does not fit stands in the report.
func VerifyFile(ctx context.Context, path string, v Audit) (out switchboard.AuditReport, err error) {
	tell := func(events, total uint64) error {
		if v.Tell != nil {
			v.Tell(events, total)
		}
		return ctx.Err()
	}
	f, err := os.Open(path)
	if err != nil {
		return out, fault.Wrap(err, fault.NotFound, "%s cannot be read.", path)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if start, _ := in.Peek(1); string(start) == "{" {
		return verifyExport(in, v, tell)
	}
	err = sqlite.ViewFile(ctx, path, func(tx store.Tx) error {
		report, err := registry.Verify(ctx, tx, registry.Verification{Keys: v.Keys, Heads: v.Heads, Replay: v.Replay, Tell: tell})
		if err == nil {
			out = admin.WireAudit(report)
		}
		return err
	})
	return out, err
}

func verifyExport(in io.Reader, v Audit, tell func(events, total uint64) error) (out switchboard.AuditReport, err error) {
	keys, err := audit.ParseKeys(v.Keys)
	if err != nil {
		return out, err
	}
	report, head, err := audit.File{Keys: keys, Heads: v.Heads, Tell: tell}.Check(in)
	if err != nil {
		return out, err
	}
	out = admin.WireAudit(report)
	out.Scope, out.Subject, out.First, out.Last = string(head.Scope), head.Subject, head.First, head.Last
	return out, nil
}
