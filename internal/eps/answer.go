package eps

import (
	"compress/gzip"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
)

// answer is what goes out: the HTTP status and the envelope, or a body that is whole already.
type answer struct {
	http    int
	status  int
	id      int    // response_status_id
	kind    int    // response_type_id
	message string // for people
	data    []byte // a JSON object; nil stands for {}
	whole   []byte // instead of all but http
}

// The response_status_ids we give.
const (
	idOK             = 0
	idRead           = -1
	idFailed         = 1
	idExists         = 17
	idAgentInactive  = 31
	idWrongInitiator = 319
	idVerifying      = 327
	idUnknownAgent   = 463
)

// The response_type_ids: one for each shape of data.
const (
	kindPlain     = 0
	kindAePS      = 1259
	kindCatalogue = 1280
	kindOnboarded = 1290
	kindError     = 1297
	kindServices  = 1299
	kindBBPS      = 1388
)

// refusals is how each fault looks on the wire. A fault that is not listed is our own (500).
var refusals = map[fault.Code]struct{ http, id, kind int }{
	fault.Invalid:          {400, idFailed, kindError},
	fault.Unauthenticated:  {403, idFailed, kindError},
	fault.Forbidden:        {403, idFailed, kindError},
	fault.WrongInitiator:   {200, idWrongInitiator, kindError},
	fault.UnknownAgent:     {200, idUnknownAgent, kindError},
	fault.UnknownService:   {200, idFailed, kindError},
	fault.AgentInactive:    {200, idAgentInactive, kindError},
	fault.Conflict:         {200, idFailed, kindError},
	fault.CallReused:       {200, idFailed, kindError},
	fault.CallSpent:        {200, idFailed, kindError},
	fault.TooLarge:         {413, idFailed, kindError},
	fault.UnsupportedMedia: {415, idFailed, kindError},
	fault.NoRoute:          {404, idFailed, kindError},
	fault.WrongMethod:      {405, idFailed, kindError},
	fault.TooMany:          {429, idFailed, kindError},
	fault.Unavailable:      {503, idFailed, kindError},
}

// refuse makes the answer of a fault.
func (c *call) refuse(w http.ResponseWriter, f *fault.Error) answer {
	look, ok := refusals[f.Code]
	if !ok {
		c.h.log.Error("request failed", "request_id", c.id, "operation", c.route.name(), "error", f)
		return answer{http: 500, status: 1, id: idFailed, kind: kindError,
			message: "Something went wrong on our side; please tell us this request id: " + c.id}
	}
	message := f.Message
	switch f.Code {
	case fault.Unauthenticated:
		message = gate.DeniedSignature
		if f.Message != message { // the key ended after authenticate had let the caller in
			c.h.gate.Ended(c.request(), f.Message)
		}
	case fault.WrongMethod:
		w.Header().Set("Allow", strings.Join(c.allowed(), ", "))
	case fault.TooMany:
		w.Header().Set("Retry-After", f.RetrySeconds())
	case fault.Unavailable:
		w.Header().Set("Retry-After", "1")
		c.h.log.Warn("request not served", "request_id", c.id, "operation", c.route.name(), "error", f)
	}
	return answer{http: look.http, status: 1, id: look.id, kind: look.kind, message: message, data: fieldErrors(f.Fields)}
}

// fieldErrors makes {"errors":[{"field":…,"problem":…}]}.
func fieldErrors(bad fault.Fields) []byte {
	if len(bad) == 0 {
		return nil
	}
	b := []byte(`{"errors":[`)
	for i, f := range bad {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(append(b, `{"field":`...), f.Name)
		b = jsontext.AppendString(append(b, `,"problem":`...), f.Problem)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// bytes is the envelope, with its fields in the order of the published examples.
func (a *answer) bytes() []byte {
	if a.whole != nil {
		return a.whole
	}
	b := make([]byte, 0, 160+len(a.message)+len(a.data))
	b = strconv.AppendInt(append(b, `{"status":`...), int64(a.status), 10)
	b = strconv.AppendInt(append(b, `,"response_status_id":`...), int64(a.id), 10)
	b = jsontext.AppendString(append(b, `,"message":`...), a.message)
	b = strconv.AppendInt(append(b, `,"response_type_id":`...), int64(a.kind), 10)
	b = append(b, `,"data":`...)
	if a.data == nil {
		b = append(b, "{}"...)
	} else {
		b = append(b, a.data...)
	}
	return append(b, '}')
}

// appendField appends `,"name":"value"`; the first field of an object gets no comma.
func appendField(b []byte, name, value string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return jsontext.AppendString(append(jsontext.AppendString(b, name), ':'), value)
}

// gzipFrom is the length from which an answer is compressed for a client that asks: below it, the
// packets saved are not worth the work.
const gzipFrom = 8 << 10

// bufferedByHTTP is the length below which net/http finds out the length of an answer by itself.
const bufferedByHTTP = 2048

var contentType = []string{mediaJSON}

// write sends an answer.
func write(w http.ResponseWriter, r *http.Request, id string, a answer) {
	body := a.bytes()
	h := w.Header()
	h["Content-Type"] = contentType
	h["X-Request-Id"] = []string{id}
	if len(body) >= gzipFrom {
		h["Vary"] = []string{"Accept-Encoding"}
		if asksGzip(r.Header.Get("Accept-Encoding")) {
			h["Content-Encoding"] = []string{"gzip"}
			w.WriteHeader(a.http)
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
			if _, err := z.Write(body); err == nil {
				_ = z.Close()
			}
			return
		}
	}
	if len(body) >= bufferedByHTTP {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(a.http)
	if _, err := w.Write(body); err != nil {
		slog.Debug("the caller left before the answer", "request_id", id, "error", err)
	}
}

// asksGzip reads an Accept-Encoding header; "gzip;q=0" is a refusal.
func asksGzip(header string) bool {
	for _, part := range strings.Split(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			q := strings.TrimSpace(quality)
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q, "q=0.") != ""
		}
	}
	return false
}
