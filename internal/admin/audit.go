package admin

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// auditRoutes are those for the proof of what was recorded, and for what must no longer be.
func (h *Handler) auditRoutes() {
	h.json("GET /audit/key", h.logKey)
	h.json("GET /audit/head", h.logHead)
	h.handle("POST /audit/verify", h.verifyLog)
	h.handle("GET /audit/events/{seq}/proof", h.proveEvent)
	h.handle("GET /audit/export", h.exportLog)
	h.json("POST /agents/{agent}/erase", h.eraseAgent)
	h.json("POST /members/{msisdn}/erase", h.eraseMember)
}

func (h *Handler) logKey(r request) (any, error) {
	origin, keys, err := h.reg.LogKeys(r.Context())
	if err != nil {
		return nil, err
	}
	return switchboard.LogKey{Origin: origin, Key: keys[0], Former: keys[1:]}, nil
}

func (h *Handler) logHead(r request) (any, error) {
	s, err := h.reg.SignLog(r.Context())
	if err != nil {
		return nil, err
	}
	return switchboard.LogHead{ID: s.ID, Size: s.Size, Root: s.Root.String(), At: s.At, Note: s.Note}, nil
}

// verifyLog tells, line by line, how far the verification is and then what it found.
func (h *Handler) verifyLog(w http.ResponseWriter, r request) error {
	in, err := decode[switchboard.AuditRequest](r)
	if err == nil && in.Replay {
		err = r.mayUse(replaying)
	}
	if err != nil {
		return err
	}
	out := newLines(w)
	report, err := h.reg.VerifyLog(r.Context(), registry.Verification{
		Keys: in.Keys, Heads: audit.SplitHeads(in.Heads), Replay: in.Replay,
		Tell: func(events, total uint64) error {
			out.send(switchboard.AuditLine{Progress: &switchboard.AuditProgress{Events: events, Total: total}})
			return nil
		},
	})
	if err != nil && !out.begun {
		return err
	}
	if err != nil {
		h.log.Warn("a verification ended early", "request_id", r.id, "error", err)
		out.send(switchboard.AuditLine{Error: wireFault(fault.As(err), r.id)})
		return nil
	}
	done := WireAudit(report)
	out.send(switchboard.AuditLine{Done: &done})
	return nil
}

// lines writes an answer that is one JSON value a line, each sent at once.
type lines struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	begun bool
}

// newLines lifts the time-outs of an answer that takes as long as there are events.
func newLines(w http.ResponseWriter) *lines {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(noDeadline)
	_ = rc.SetWriteDeadline(noDeadline)
	return &lines{w: w, rc: rc}
}

func (l *lines) send(v any) {
	l.begin()
	b, _ := json.Marshal(v) // these types always marshal
	if _, err := l.w.Write(append(b, '\n')); err == nil {
		_ = l.rc.Flush()
	}
}

func (l *lines) begin() {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
	}
}

func (h *Handler) proveEvent(w http.ResponseWriter, r request) error {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 63)
	if err != nil {
		return badField("seq", "must be the number of an event")
	}
	p, err := h.reg.ProveEvent(r.Context(), seq)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(p.JSON()) // whoever left needs no proof
	return nil
}

// exportBuffer is how much of an export is sent at a time, in bytes.
const exportBuffer = 256 << 10

// exportLog sends events as lines. What is wrong before the first is an ordinary error; an export that ends
// early has no last line.
func (h *Handler) exportLog(w http.ResponseWriter, r request) error {
	q, err := exportQuery(r)
	if err != nil {
		return err
	}
	out := newLines(w)
	buffer := bufio.NewWriterSize(out, exportBuffer)
	err = h.reg.ExportLog(r.Context(), q, buffer)
	if err != nil && !out.begun {
		return err
	}
	if err != nil {
		h.log.Warn("an export ended early", "request_id", r.id, "error", err)
		return nil
	}
	_ = buffer.Flush() // whoever left sees that the last line is missing
	return nil
}

// Write passes a part of an export on.
func (l *lines) Write(b []byte) (int, error) {
	l.begin()
	return l.w.Write(b)
}

func exportQuery(r request) (q registry.ExportQuery, err error) {
	q.Agent = r.FormValue("agent")
	if q.Since, err = timeOf(r, "since"); err != nil {
		return q, err
	}
	if q.Until, err = timeOf(r, "until"); err != nil {
		return q, err
	}
	if q.Agent != "" && (!q.Since.IsZero() || !q.Until.IsZero()) {
		return q, badField("agent", "comes with its whole history: leave since and until out")
	}
	return q, nil
}

// timeOf reads a time, zero when there is none.
func timeOf(r request, name string) (t time.Time, err error) {
	text := r.FormValue(name)
	if text == "" {
		return t, nil
	}
	if t, err = time.Parse(time.RFC3339Nano, text); err != nil {
		return t, badField(name, "must be a time like 2026-03-01T15:04:05Z")
	}
	return t, nil
}

// WireAudit is a report as the operator's API and the commands have it.
func WireAudit(r *audit.Report) switchboard.AuditReport {
	out := switchboard.AuditReport{OK: r.OK(), Origin: r.Origin, Events: r.Events, Chains: r.Chains, Blocks: r.Blocks, Heads: r.Heads,
		External: r.External, Signed: r.Signed, Rows: r.Rows, Replayed: r.Replayed, Count: r.Count}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, switchboard.AuditProblem(p))
	}
	return out
}

// agentAsOf shows an agent as it was at a time.
func (h *Handler) agentAsOf(r request) (any, error) {
	at, err := timeOf(r, "at")
	if err != nil {
		return nil, err
	}
	n, err := eventsOf(r)
	if err != nil {
		return nil, err
	}
	rec, events, err := h.reg.AsOf(r.Context(), r.PathValue("agent"), at, max(n, 1))
	if err != nil {
		return nil, err
	}
	return wireRecord(rec, events[:min(n, len(events))], at), nil
}

func (h *Handler) eraseAgent(r request) (any, error) {
	changed, err := h.reg.EraseAgent(r.Context(), r.caller(), r.PathValue("agent"))
	return switchboard.Changed{Changed: changed}, err
}

func (h *Handler) eraseMember(r request) (any, error) {
	changed, err := h.reg.EraseMember(r.Context(), r.caller(), r.PathValue("msisdn"))
	return switchboard.Changed{Changed: changed}, err
}
