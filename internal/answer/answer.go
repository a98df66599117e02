package answer

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
)

// statuses is the HTTP status of each fault; one that is not listed is our own (500).
var statuses = map[fault.Code]int{
	fault.Invalid:          http.StatusBadRequest,
	fault.Unauthenticated:  http.StatusUnauthorized,
	fault.WrongInitiator:   http.StatusBadRequest,
	fault.Forbidden:        http.StatusForbidden,
	fault.SignInAgain:      http.StatusForbidden,
	fault.UnknownAgent:     http.StatusNotFound,
	fault.UnknownService:   http.StatusNotFound,
	fault.AgentInactive:    http.StatusConflict,
	fault.NotFound:         http.StatusNotFound,
	fault.Exists:           http.StatusConflict,
	fault.Conflict:         http.StatusConflict,
	fault.CallReused:       http.StatusConflict,
	fault.CallSpent:        http.StatusConflict,
	fault.TooLarge:         http.StatusRequestEntityTooLarge,
	fault.UnsupportedMedia: http.StatusUnsupportedMediaType,
	fault.NoRoute:          http.StatusNotFound,
	fault.WrongMethod:      http.StatusMethodNotAllowed,
	fault.TooMany:          http.StatusTooManyRequests,
	fault.Unavailable:      http.StatusServiceUnavailable,
}

// Status gives the HTTP status of a fault.
func Status(code fault.Code) int {
	if s, ok := statuses[code]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// challenge says how to authenticate. Partners may sign instead, which has no name of its own in HTTP.
const challenge = `Bearer realm="switchboard"`

// Fault answers with an error and gives its HTTP status. The cause of one that is ours goes to the log,
// never out. operation is for the log.
func Fault(w http.ResponseWriter, log *slog.Logger, id, operation string, err error) int {
	f := fault.As(err)
	status, message := Status(f.Code), f.Message
	h := w.Header()
	switch status {
	case http.StatusInternalServerError:
		log.Error("request failed", "request_id", id, "operation", operation, "error", f)
		message = "Something went wrong on our side; please tell us this request id: " + id
	case http.StatusServiceUnavailable:
		log.Warn("request not served", "request_id", id, "operation", operation, "error", f)
		h["Retry-After"] = []string{f.RetrySeconds()}
	case http.StatusTooManyRequests:
		h["Retry-After"] = []string{f.RetrySeconds()}
	case http.StatusUnauthorized:
		h["Www-Authenticate"] = []string{challenge}
	}
	Write(w, id, status, appendFault(nil, f, message, id))
	return status
}

// appendFault appends {"error":{"code":…,"message":…,"fields":[{"field":…,"problem":…}],"request_id":…}}.
func appendFault(b []byte, f *fault.Error, message, id string) []byte {
	code := f.Code
	if Status(code) == http.StatusInternalServerError {
		code = fault.Internal
	}
	b = jsontext.AppendString(append(b, `{"error":{"code":`...), string(code))
	b = jsontext.AppendString(append(b, `,"message":`...), message)
	for i, x := range f.Fields {
		if i == 0 {
			b = append(b, `,"fields":[`...)
		} else {
			b = append(b, ',')
		}
		b = jsontext.AppendString(append(b, `{"field":`...), x.Name)
		b = append(jsontext.AppendString(append(b, `,"problem":`...), x.Problem), '}')
	}
	if len(f.Fields) > 0 {
		b = append(b, ']')
	}
	return append(jsontext.AppendString(append(b, `,"request_id":`...), id), "}}"...)
}

// Value answers with a JSON value, made before the status line goes out. It fails, having written
// nothing, when the value cannot be made into JSON.
func Value(w http.ResponseWriter, id string, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The answer cannot be written.")
	}
	Write(w, id, status, b)
	return nil
}

var contentType = []string{"application/json"} // shared by all answers: a slice each would be an allocation

// bufferedByHTTP is the length below which net/http finds out the length of an answer by itself.
const bufferedByHTTP = 2048

// Write answers with a JSON text that is whole. An X-Request-Id that is set already stays.
func Write(w http.ResponseWriter, id string, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = contentType
	if h["X-Request-Id"] == nil {
		h["X-Request-Id"] = []string{id}
	}
	if len(body) >= bufferedByHTTP {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		slog.Debug("the caller left before the answer", "request_id", id, "error", err)
	}
}
