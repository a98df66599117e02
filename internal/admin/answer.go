package admin

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// send answers with a JSON value, made before the status line goes out.
func send(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The answer cannot be written.")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(append(b, '\n')); err != nil {
		slog.Debug("the caller left before the answer", "error", err)
	}
	return nil
}

// fail answers with a fault.
func (h *Handler) fail(w http.ResponseWriter, r request, err error) {
	f := fault.As(err)
	status := answer.Status(f.Code)
	if status == http.StatusInternalServerError {
		h.log.Error("operator request failed", "request_id", r.id, "error", err)
	}
	if f.Code == fault.TooMany {
		w.Header().Set("Retry-After", f.RetrySeconds())
	}
	if f.Code == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", `Bearer realm="switchboard operator"`)
	}
	_ = send(w, status, struct { // these types always marshal
		Error *switchboard.OperatorFault `json:"error"`
	}{wireFault(f, r.id)})
}

func wireFault(f *fault.Error, id string) *switchboard.OperatorFault {
	out := &switchboard.OperatorFault{Code: string(f.Code), Message: f.Message, RequestID: id}
	for _, x := range f.Fields {
		out.Fields = append(out.Fields, switchboard.FieldFault{Field: x.Name, Problem: x.Problem})
	}
	return out
}

// page is how many entries a list gives unless it is asked for another number.
const (
	page    = 100
	maxPage = 1000
)

// limitOf reads how many entries a list is to give.
func limitOf(r request) (int, error) {
	text := r.FormValue("limit")
	if text == "" || text == "0" {
		return page, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxPage {
		return 0, badField("limit", "must be a number from 1 to "+strconv.Itoa(maxPage))
	}
	return n, nil
}

// How many events an agent or a member is shown with, unless said otherwise, and at most.
const (
	someEvents = 20
	maxEvents  = 10000
)

// eventsOf reads how many events are to be shown.
func eventsOf(r request) (int, error) {
	text := r.FormValue("events")
	if text == "" {
		return someEvents, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxEvents {
		return 0, badField("events", "must be a number from 0 to "+strconv.Itoa(maxEvents))
	}
	return n, nil
}

// boolOf reads a yes or no; a word we do not know is an error, because a dry run that was meant
// must not become a real one.
func boolOf(r request, name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badField(name, "must be true or false")
}

func badField(name, problem string) error {
	var bad fault.Fields
	bad.Add(name, "%s", problem)
	return bad.Err()
}
