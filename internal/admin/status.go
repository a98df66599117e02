package admin

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func (h *Handler) status(r request) (any, error) {
	s := h.cfg.Status()
	st, err := h.cfg.Store.Stats(r.Context())
	if err != nil {
		return nil, err
	}
	s.UnusableKeys, err = h.reg.UnusableKeys(r.Context())
	s.Now = h.reg.Now()
	s.Events, s.SizeBytes, s.WALBytes, s.CachedAgents = st.Events, st.SizeBytes, st.WALBytes, st.CachedAgents
	return s, err
}

func (h *Handler) check(w http.ResponseWriter, r request) error {
	_ = http.NewResponseController(w).SetWriteDeadline(noDeadline) // a large store takes minutes
	_, _ = io.Copy(io.Discard, r.Body)                             // only then the server notices that the caller has gone
	err := h.reg.Check(r.Context())
	switch {
	case fault.Is(err, fault.TooMany):
		return err
	case err != nil:
		return send(w, http.StatusOK, switchboard.Check{Problem: fault.As(err).Message})
	}
	return send(w, http.StatusOK, switchboard.Check{OK: true})
}

// backupPrefix begins the names of copies on their way.
const backupPrefix = ".backup-"

// removeLeftBackups removes the copies that a killed process left.
func removeLeftBackups(dir string) {
	if dir == "" {
		return
	}
	left, _ := filepath.Glob(filepath.Join(dir, backupPrefix+"*")) // of a directory with odd signs in its name, none
	for _, path := range left {
		_ = os.Remove(path)
	}
}

// backup makes a copy beside the database and sends it. The copy holds everything but the master
// key, without which the access keys in it are of no use.
func (h *Handler) backup(w http.ResponseWriter, r request) error {
	// The server's time-outs are for small answers; a copy takes as long as it takes.
	_ = http.NewResponseController(w).SetWriteDeadline(noDeadline)
	path := filepath.Join(h.cfg.Temp, backupPrefix+r.id)
	defer os.Remove(path)
	_, _ = h.reg.SignLog(r.Context()) // so that a head covers all of the copy; a log that refuses says so in its own places
	if err := h.cfg.Store.Backup(r.Context(), path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The copy cannot be read.")
	}
	defer f.Close()
	_ = os.Remove(path) // an open file needs no name: so a kill while it is sent leaves nothing
	fi, err := f.Stat()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The copy cannot be read.")
	}
	w.Header().Set("Content-Type", "application/vnd.sqlite3")
	w.Header().Set("Content-Length", strconv.FormatInt(fi.Size(), 10))
	if _, err := io.Copy(w, f); err != nil {
		h.log.Warn("a backup was not sent whole", "request_id", r.id, "error", err)
	}
	return nil
}
