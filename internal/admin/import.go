package admin

import (
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agentfile"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// noDeadline lifts the server's time-outs from a request that takes as long as its file.
var noDeadline time.Time

func (h *Handler) importAgents(w http.ResponseWriter, r request) error {
	return h.importFile(w, r, func(format string, out *importLines) (switchboard.ImportCounts, error) {
		next, err := agentfile.Open(format, out.file)
		if err != nil {
			return switchboard.ImportCounts{}, err
		}
		sum, err := h.reg.Import(r.Context(), r.caller(), registry.Import{
			PartnerID: r.URL.Query().Get("partner"), DryRun: out.dryRun, Next: next,
			Refused: func(x registry.Refusal) {
				out.refused(switchboard.RefusedRow{Line: x.Line, UserCode: x.UserCode, Reason: x.Reason})
			},
			Progress: func(s registry.ImportSummary) { out.progress(agentCounts(s)) },
		})
		return agentCounts(sum), err
	})
}

func agentCounts(s registry.ImportSummary) switchboard.ImportCounts {
	return switchboard.ImportCounts{Rows: s.Rows, Created: s.Created, Activated: s.Activated, Skipped: s.Skipped, Refused: s.Refused}
}

// importFile has run read a file from the body and tells, line by line while it works, what became
// of its rows. What is wrong before the first row is an ordinary error.
func (h *Handler) importFile(w http.ResponseWriter, r request, run func(format string, out *importLines) (switchboard.ImportCounts, error)) error {
	dryRun, err := boolOf(r, "dry_run")
	if err != nil {
		return err
	}
	rc := http.NewResponseController(w)
	_ = rc.EnableFullDuplex() // answer while the file is still coming
	_ = rc.SetReadDeadline(noDeadline)
	_ = rc.SetWriteDeadline(noDeadline)
	out := &importLines{w: w, rc: rc, file: &counter{r: r.Body}, dryRun: dryRun}
	counts, err := run(r.URL.Query().Get("format"), out)
	if err != nil && !out.begun {
		return err
	}
	if err != nil {
		out.send(switchboard.ImportLine{Error: wireFault(fault.As(err), r.id)})
		h.log.Warn("an import ended early", "request_id", r.id, "error", err)
		return nil
	}
	out.send(switchboard.ImportLine{Done: out.whole(counts)})
	return nil
}

// counter counts the bytes read; reading and telling are in different goroutines.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// importLines writes the answer of an import.
type importLines struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	file   *counter
	dryRun bool
	begun  bool
}

func (l *importLines) send(line switchboard.ImportLine) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
	}
	b, _ := json.Marshal(line) // these types always marshal
	if _, err := l.w.Write(append(b, '\n')); err == nil {
		_ = l.rc.Flush()
	}
}

func (l *importLines) refused(row switchboard.RefusedRow) {
	l.send(switchboard.ImportLine{Refused: &row})
}

func (l *importLines) progress(c switchboard.ImportCounts) {
	l.send(switchboard.ImportLine{Progress: l.whole(c)})
}

// whole adds to the counts of rows what is known of the file.
func (l *importLines) whole(c switchboard.ImportCounts) *switchboard.ImportCounts {
	c.Bytes, c.DryRun = l.file.n.Load(), l.dryRun
	return &c
}
