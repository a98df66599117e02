package mobileapi

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// request is what a channel asks, as its action reads it from the fields of the payload.
type request struct {
	fields payload
	asked  []byte // every value that was read, PINs excepted: what an api_request_id stands for
	bad    fault.Fields
	zone   *time.Location

	msisdn string
	ask    member.Ask
	pin    secret.Text
	newPIN secret.Text
	user   registry.User // of GET_USER_DETAILS; nobody when it names an account
}

// The sizes of the contract, in characters.
const (
	maxRequestID  = 150
	maxText       = 50
	maxPIN        = 50
	maxDeviceID   = 100
	maxFlag       = 100
	maxAttempts   = 1_000_000
	timeLayout    = "2006-01-02 15:04:05"
	timeShape     = "dddd-dd-dd dd:dd:dd"
	timeAsWritten = "yyyy-MM-dd HH:mm:ss"
)

// required is what is wrong with a field that is not there.
const required = "is required"

// read reads what the request's action needs. Of an id that stood for another request before, it gives
// CallReused; of a request with bad fields, Invalid with every one of them.
func (c *call) read() error {
	q := &c.request
	q.zone = c.h.cfg.Zone
	q.asked = append(append(q.asked[:0], c.action.name...), 0)
	q.ask.Command = c.action.command
	q.text(requestID, maxRequestID)
	q.oneOf(identifierType, "MSISDN")
	q.msisdn = string(q.text(identifier, maxText))
	c.action.read(q)
	if len(q.bad) > 0 {
		return q.bad.Err()
	}
	if !c.sameAsBefore() {
		return fault.New(fault.CallReused, "%s", idReused)
	}
	return nil
}

// raw gives a value and notes what is wrong with it; nil when there is none.
func (q *request) raw(f field, size int) []byte {
	switch v := &q.fields[f]; {
	case v.twice:
		q.bad.Add(f.String(), "is there more than once")
	case v.wrong:
		q.bad.Add(f.String(), "must be text or a number")
	case len(v.text) > size && utf8.RuneCount(v.text) > size:
		q.bad.Add(f.String(), "must be at most %d characters", size)
	default:
		return v.text
	}
	return nil
}

// need gives a value that must be there.
func (q *request) need(f field, size int) []byte {
	n := len(q.bad)
	v := q.raw(f, size)
	if len(v) == 0 && len(q.bad) == n {
		q.bad.Add(f.String(), required)
	}
	return v
}

// note adds a value to what was asked, its length before it: two requests that differ differ here.
func (q *request) note(v []byte) []byte {
	q.asked = append(binary.AppendUvarint(q.asked, uint64(len(v))), v...)
	return v
}

// text gives a value that must be there, and be printable.
func (q *request) text(f field, size int) []byte {
	v := q.need(f, size)
	if !printable(v) {
		q.bad.Add(f.String(), "must be plain text")
	}
	return q.note(v)
}

// printable says whether there are neither control characters in a text nor any that were no UTF-8.
func printable(v []byte) bool {
	for i := 0; i < len(v); i++ {
		if c := v[i]; c < ' ' || c > '~' {
			return bytes.IndexFunc(v[i:], func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) < 0
		}
	}
	return true
}

// oneOf gives which of the values a field has that must have one of them.
func (q *request) oneOf(f field, values ...string) string {
	n := len(q.bad)
	v := q.note(q.need(f, maxBody))
	for _, s := range values {
		if string(v) == s {
			return s
		}
	}
	if len(q.bad) == n {
		q.bad.Add(f.String(), "must be %s", listing(values))
	}
	return ""
}

// listing writes "A, B or C".
func listing(values []string) string {
	last := len(values) - 1
	if last < 1 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// secret gives a PIN, which is not noted.
func (q *request) secret(f field) secret.Text { return secret.NewText(string(q.need(f, maxPIN))) }

// device reads the device a call comes from. It may be anything: one that is none matches no member's.
func (q *request) device() {
	q.ask.Device.Type = member.DeviceType(q.oneOf(deviceIdentifierType, string(member.IMSI), string(member.AppID)))
	q.ask.Device.ID = string(q.note(q.need(deviceIdentifier, maxDeviceID)))
}

// withPIN reads what all actions have that show a PIN from a device.
func (q *request) withPIN() {
	q.pin = q.secret(pin)
	q.device()
}

// app reads the app that is to be bound.
func (q *request) app() {
	n := len(q.bad)
	q.ask.Device = member.Device{Type: member.AppID, ID: string(q.note(q.need(appID, maxDeviceID)))}
	if len(q.bad) == n {
		q.ask.Device.Check(&q.bad)
	}
}

// kyc reads the identity if the caller asks to have it compared.
func (q *request) kyc() {
	const yes, no = "YES", "NO"
	if q.fields[activateWithKYC].absent() {
		q.note([]byte(no))
	} else if q.oneOf(activateWithKYC, yes, no) == yes {
		q.identity()
	}
}

func (q *request) identity() {
	q.ask.Identity = member.Identity{
		Type:  q.oneOf(identityType, member.NationalID, member.Passport, member.License),
		Value: string(q.text(identity, maxText)),
	}
}

func (q *request) security() {
	q.ask.Security = member.Security(q.oneOf(authSecurityType, string(member.Password), string(member.OTP)))
}

// setSecurity reads where a channel wants a member to stand on the ladder.
func (q *request) setSecurity() {
	q.security()
	none := member.NoAction.String()
	name := q.oneOf(authAction, none, member.Warn.String(), member.Suspend.String(), member.Lock.String())
	action, _ := member.ParseAction(name)
	until := q.time(authActionValidDate, action == member.Suspend)
	q.ask.Set = member.Tally{Action: action, Until: until, Flag: q.flag(name != none), Attempts: q.attempts()}
	q.time(dateTime, true)
}

// flag reads the name of the step of the ladder.
func (q *request) flag(needed bool) string {
	if !needed && q.fields[authFlag].absent() {
		q.note(nil)
		return ""
	}
	return string(q.text(authFlag, maxFlag))
}

func (q *request) attempts() int {
	n := len(q.bad)
	v := q.note(q.need(authAttempts, maxText))
	if len(q.bad) > n {
		return 0
	}
	attempts, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil || attempts > maxAttempts {
		q.bad.Add(authAttempts.String(), "must be a whole number from 0 to %d", maxAttempts)
	}
	return int(min(attempts, maxAttempts))
}

// time reads a date with its time, in our zone.
func (q *request) time(f field, needed bool) time.Time {
	n := len(q.bad)
	v := q.note(q.raw(f, maxText))
	switch {
	case len(q.bad) > n || len(v) == 0 && !needed:
		return time.Time{}
	case len(v) == 0:
		q.bad.Add(f.String(), required)
		return time.Time{}
	}
	t, err := time.ParseInLocation(timeLayout, string(v), q.zone)
	if err != nil || !hasShape(v, timeShape) {
		q.bad.Add(f.String(), "must be a date like %s", timeAsWritten)
	}
	return t
}

// hasShape compares a text with a shape in which every d is a digit. Package time alone takes more
// than one spelling.
func hasShape(v []byte, shape string) bool {
	if len(v) != len(shape) {
		return false
	}
	for i := range v {
		if v[i] != shape[i] && !(shape[i] == 'd' && isDigit(v[i])) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// The kinds of user identifier that are no identity.
const (
	byMSISDN  = "MSISDN"
	byNumber  = "MEMBER_NUMBER"
	byAccount = "ACCOUNT_NUMBER"
)

// userDetails reads whom to show.
func (q *request) userDetails() {
	q.withPIN()
	kind := q.oneOf(userIdentifierType, byNumber, byMSISDN, member.NationalID, member.Passport, member.License, byAccount)
	switch v := string(q.text(userIdentifier, maxText)); kind {
	case byMSISDN:
		q.user.MSISDN = v
	case byNumber:
		q.user.Number = v
	case member.NationalID, member.Passport, member.License:
		q.user.Identity = member.Identity{Type: kind, Value: v}
	}
}
