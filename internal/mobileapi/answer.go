package mobileapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// look is what an answer is made of besides the outcome. It holds nothing of the call, which is used
// again while the answer may still be made.
type look struct {
	action   *action
	zone     *time.Location
	now      time.Time
	security member.Security
}

func (c *call) look() look { return look{c.action, c.h.cfg.Zone, c.now, c.request.ask.Security} }

// answer appends the answer of an outcome.
func (l look) answer(b []byte, out *registry.MemberOutcome) []byte {
	e := l.action.endings[out.Refusal]
	if l.tellsBlock(out) {
		e = ending{success, ""}
	}
	return l.body(b, e.status, l.describe(e, out), out)
}

// describe gives the description of an outcome.
func (l look) describe(e ending, out *registry.MemberOutcome) string {
	switch {
	case out.Refusal == member.BadNewPIN && out.Problem != "":
		return out.Problem
	case out.Refusal == member.Suspended:
		return strings.Replace(e.text, untilMark, out.Until.In(l.zone).Format(timeLayout), 1)
	case out.Refusal == member.Allowed && !out.Changed && l.action.already != "":
		return l.action.already
	}
	return e.text
}

// body appends an answer, its fields in the order of the contract.
func (l look) body(b []byte, status, description string, out *registry.MemberOutcome) []byte {
	field, described := unknownStatus, false
	if l.action != nil {
		field, described = l.action.status, l.action.described
	}
	b = append(append(append(b, `{"`...), field...), `":"`...)
	b = append(append(b, status...), '"')
	if described || status == failure {
		b = append(append(append(b, `,"`...), field...), `_description":`...)
		b = jsontext.AppendString(b, clip(description))
	}
	if l.action != nil && l.action.rest != nil {
		b = l.action.rest(b, l, status, out)
	}
	return append(b, '}')
}

// maxDescription is the longest description, in characters.
const maxDescription = 200

func clip(s string) string {
	if len(s) <= maxDescription {
		return s
	}
	runes := []rune(s)
	if len(runes) <= maxDescription {
		return s
	}
	return string(runes[:maxDescription-1]) + "…"
}

// appendUntil appends until when the member is suspended.
func appendUntil(b []byte, l look, _ string, out *registry.MemberOutcome) []byte {
	return appendTime(append(b, `,"auth_action_valid_date":`...), out.Until, l.zone)
}

// appendTime appends a time; the zero time is "".
func appendTime(b []byte, t time.Time, zone *time.Location) []byte {
	b = append(b, '"')
	if !t.IsZero() {
		b = t.In(zone).AppendFormat(b, timeLayout)
	}
	return append(b, '"')
}

func appendLogin(b []byte, l look, status string, out *registry.MemberOutcome) []byte {
	b = appendUntil(b, l, status, out)
	return strconv.AppendInt(append(b, `,"login_attempts":`...), int64(out.Attempts), 10)
}

// appendSecurity appends how the member stands; to who may not know it, that there is no date.
func appendSecurity(b []byte, l look, status string, out *registry.MemberOutcome) []byte {
	if status != success {
		return appendUntil(b, l, status, &registry.MemberOutcome{})
	}
	b = appendField(b, "auth_security_type", string(l.security))
	b = appendField(b, "auth_action", out.Tally.Action.String())
	b = appendTime(append(b, `,"auth_action_valid_date":`...), out.Tally.Until, l.zone)
	b = appendField(b, "auth_flag", out.Tally.Flag)
	return strconv.AppendInt(append(b, `,"auth_attempts":`...), int64(out.Tally.Attempts), 10)
}

// appendNow appends when the answer was given.
func appendNow(b []byte, l look, _ string, _ *registry.MemberOutcome) []byte {
	return appendTime(append(b, `,"date_time":`...), l.now, l.zone)
}

// appendUser appends who was found. Accounts live in the core banking system.
func appendUser(b []byte, _ look, status string, out *registry.MemberOutcome) []byte {
	if status != success {
		return b
	}
	m := &out.User
	b = appendField(b, "member_number", m.Number)
	b = appendField(b, "full_name", m.FullName)
	b = appendField(b, "identifier_type", "MSISDN")
	b = appendField(b, "identifier", m.MSISDN)
	b = appendField(b, "identity_type", m.Identity.Type)
	b = appendField(b, "identity", m.Identity.Value)
	return append(b, `,"ift_dest_accounts":[]`...)
}

// appendField appends `,"name":"value"`.
func appendField(b []byte, name, value string) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	return jsontext.AppendString(b, value)
}

// httpStatus is the HTTP status of each fault. One that is not listed is our own (500).
var httpStatus = map[fault.Code]int{
	fault.Invalid:          400,
	fault.Unauthenticated:  401,
	fault.Forbidden:        403,
	fault.Conflict:         200,
	fault.CallReused:       200,
	fault.WrongMethod:      405,
	fault.TooLarge:         413,
	fault.UnsupportedMedia: 415,
	fault.TooMany:          429,
	fault.Unavailable:      503,
}

// idReused is all that is said about an api_request_id that stands for something else: the id itself
// is not repeated, as it may be anything.
const idReused = "This api_request_id was used for a different request before; give every call its own."

// refuse makes the answer of a fault.
func (c *call) refuse(h http.Header, f *fault.Error) (status int, body []byte) {
	description := f.Message
	switch status = httpStatus[f.Code]; f.Code {
	case fault.Invalid:
		description = describeBad(f)
	case fault.CallReused:
		description = idReused
	case fault.Unauthenticated:
		h["Www-Authenticate"] = []string{challenge}
		if description = accessDenied; f.Message != accessDenied {
			c.logRefusal(endedMeanwhile, c.channel.ID)
		}
	case fault.WrongMethod:
		h["Allow"] = []string{http.MethodPost}
	case fault.TooMany:
		h["Retry-After"] = []string{f.RetrySeconds()}
	case fault.Unavailable:
		h["Retry-After"] = []string{f.RetrySeconds()}
		c.h.log.Warn("request not served", "request_id", c.id, "action", c.action.label(), "error", f)
	}
	if status == 0 {
		c.h.log.Error("request failed", "request_id", c.id, "action", c.action.label(), "error", f)
		status, description = 500, "Something went wrong on our side; please tell us this request id: "+c.id
	}
	c.out = c.look().body(c.out[:0], failure, description, &registry.MemberOutcome{})
	return status, c.out
}

// describeBad names every bad field, and says as much of what is wrong as there is room for.
func describeBad(f *fault.Error) string {
	if len(f.Fields) == 0 || len(f.Message) <= maxDescription {
		return f.Message
	}
	var missing, wrong []string
	for _, x := range f.Fields {
		if x.Problem == required {
			missing = append(missing, x.Name)
		} else {
			wrong = append(wrong, x.Name)
		}
	}
	if len(wrong) == 0 {
		return "Required: " + strings.Join(missing, ", ") + "."
	}
	all := append(missing, wrong...)
	return "Correct: " + strings.Join(all, ", ") + "."
}

var contentType = []string{mediaJSON}

// write sends an answer.
func (c *call) write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = contentType
	h["X-Request-Id"] = []string{c.id}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		c.h.log.Debug("the caller left before the answer", "request_id", c.id, "error", err)
	}
}
