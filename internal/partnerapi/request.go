package partnerapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/answer"
	"github.com/switchboard-platform/switchboard/internal/body"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/gate"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// request is one request on its way.
type request struct {
	*http.Request
	id      string
	address string
	now     time.Time
	body    []byte // of a method that has one
	waited  time.Duration

	// Who asks, once admitted. A partner, or else a switch.
	admitted bool
	partner  partner.Partner
	sw       access.Switch
	by       registry.Caller // of a partner; a switch changes nothing, and has the cause alone
	dir      *store.Directory
	denied   string // what this caller is told when its credentials end
}

// atGate is what the gate must know of the request.
func (r *request) atGate() gate.Request {
	return gate.Request{Request: r.Request, ID: r.id, Address: r.address, Now: r.now, Refused: answer.Status(fault.Unauthenticated)}
}

// admit lets a caller in, by bearer token or by signature, and reads the body.
func (h *Handler) admit(r *request) error {
	if gate.Bears(r.Header) {
		if err := h.admitBearer(r); err != nil {
			return err
		}
		return r.readBody()
	}
	signed, err := h.gate.Signature(r.atGate())
	if err != nil {
		return err
	}
	if err := h.enter(r, signed.Key.Partner, signed.Key.DeveloperKey, signed.On.Dir, gate.DeniedSignature); err != nil {
		return err
	}
	if err := r.readBody(); err != nil {
		return err
	}
	err = h.gate.Replay(r.atGate(), signed, r.body)
	r.admitted = err == nil // the gate has noted the refusal
	return err
}

// admitBearer lets a partner or a switch in by its token. Operators have an API of their own.
func (h *Handler) admitBearer(r *request) error {
	b, on, err := h.gate.Bearer(r.atGate())
	if err != nil {
		return err
	}
	switch b.Token.Holder {
	case access.HolderPartner:
		return h.enter(r, b.Partner, b.Token.ID, on.Dir, gate.DeniedBearer)
	case access.HolderSwitch:
		r.admitted, r.sw, r.dir, r.denied = true, b.Switch, on.Dir, gate.DeniedBearer
		r.by.Cause = r.cause(b.Actor(), b.Token.ID)
		if wait, ok := h.cfg.Switches.Take(b.Switch.ID, r.now); !ok {
			return gate.TooMany(wait)
		}
		return nil
	}
	return fault.New(fault.Forbidden, "An operator's token opens the operator's API, not this one.")
}

// enter notes which partner asks, within the partner's limit.
func (h *Handler) enter(r *request, p partner.Partner, key string, dir *store.Directory, denied string) error {
	r.admitted, r.partner, r.dir, r.denied = true, p, dir, denied
	r.by = registry.Caller{PartnerID: p.ID, Cause: r.cause(string(access.HolderPartner)+":"+p.ID, key)}
	if wait, ok := h.cfg.Partners.Take(p.ID, r.now); !ok {
		return gate.TooMany(wait)
	}
	return nil
}

func (r *request) cause(actor, key string) event.Cause {
	return event.Cause{Actor: actor, Key: key, Address: r.address, RequestID: r.id, At: r.now}
}

// maxBody is the longest body that is read, in bytes.
const maxBody = 64 << 10

// drained is how much of a body that is too large is read and dropped, in bytes.
const drained = 2 << 20

// readBody reads the body of a method that has one.
func (r *request) readBody() (err error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if r.body, err = (body.Limit{Longest: maxBody, Drained: drained}).Read(r.Request, nil); err != nil {
		return err
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); len(r.body) > 0 && media != body.JSON {
		return fault.New(fault.UnsupportedMedia, "The content type must be %s.", body.JSON)
	}
	return nil
}

// decode reads the JSON object in the body. A field we do not know is an error, because a typo must not
// go unseen.
func decode[T any](r *request) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, badBody(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return v, fault.New(fault.Invalid, "The body has something behind its JSON object.")
	}
	return v, nil
}

// decodeOptional reads the JSON object in the body, if there is one.
func decodeOptional[T any](r *request) (v T, err error) {
	if len(r.body) == 0 {
		return v, nil
	}
	return decode[T](r)
}

// badBody says what is wrong with a body as far as that can be said of one field.
func badBody(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return badField(wrong.Field, "has the wrong type: it is a JSON "+wrong.Value)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, _ := strconv.Unquote(quoted)
		return badField(name, "is not a field of this request")
	}
	return fault.Wrap(err, fault.Invalid, "The body is not the JSON object this address takes.")
}

func badField(name, problem string) error {
	var bad fault.Fields
	bad.Add(name, "%s", problem)
	return bad.Err()
}

// takes makes sure that the query has no parameter but these: a filter with a typo must not list everything.
func (r *request) takes(names ...string) error {
	var bad fault.Fields
	for name := range r.URL.Query() {
		if !slices.Contains(names, name) {
			bad.Add(name, "is not a parameter of this address")
		}
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return bad.Err()
}

// param gives a parameter of the query, "" when it is missing.
func (r *request) param(name string) string { return r.URL.Query().Get(name) }

// number reads a parameter that is a number; otherwise when it is missing.
func (r *request) number(name string, otherwise, least, most uint64) (uint64, error) {
	text := r.param(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, badField(name, "must be a number from "+strconv.FormatUint(least, 10)+" to "+strconv.FormatUint(most, 10))
	}
	return n, nil
}

// How many entries a list gives unless it is asked for another number, and at most.
const (
	page    = 100
	maxPage = 1000
)

// limit reads how many entries a list is to give.
func (r *request) limit() (int, error) {
	n, err := r.number("limit", page, 1, maxPage)
	return int(n), err
}

// flag reads a parameter that is a yes or no.
func (r *request) flag(name string) (bool, error) {
	switch r.param(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badField(name, "must be true or false")
}
