package mobileapi

import (
	"bytes"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/jsontext"
)

// field is one of the fields that a payload may have.
type field uint8

// The fields of all actions.
const (
	requestID field = iota
	identifierType
	identifier
	pin
	deviceIdentifierType
	deviceIdentifier
	appID
	activateWithKYC
	identityType
	identity
	newPIN
	authSecurityType
	authAction
	authActionValidDate
	authFlag
	authAttempts
	dateTime
	userIdentifierType
	userIdentifier

	fieldCount = iota
)

// fieldNames is how the wire spells them.
var fieldNames = [fieldCount]string{
	requestID:            "api_request_id",
	identifierType:       "identifier_type",
	identifier:           "identifier",
	pin:                  "pin",
	deviceIdentifierType: "device_identifier_type",
	deviceIdentifier:     "device_identifier",
	appID:                "app_id",
	activateWithKYC:      "activate_with_kyc",
	identityType:         "identity_type",
	identity:             "identity",
	newPIN:               "new_pin",
	authSecurityType:     "auth_security_type",
	authAction:           "auth_action",
	authActionValidDate:  "auth_action_valid_date",
	authFlag:             "auth_flag",
	authAttempts:         "auth_attempts",
	dateTime:             "date_time",
	userIdentifierType:   "user_identifier_type",
	userIdentifier:       "user_identifier",
}

func (f field) String() string { return fieldNames[f] }

var fieldsByName = indexFields()

func indexFields() map[string]field {
	m := make(map[string]field, fieldCount)
	for f, name := range fieldNames {
		m[name] = field(f)
	}
	return m
}

// value is what a body says of a field.
type value struct {
	text  []byte // of a string or a number, trimmed; a part of the body
	wrong bool   // it is neither of the two, nor null
	seen  bool
	twice bool // the name came more than once
}

// absent says whether the body says nothing of the field, right or wrong.
func (v *value) absent() bool { return len(v.text) == 0 && !v.wrong && !v.twice }

// payload are the values of all fields.
type payload [fieldCount]value

// message is a body taken apart.
type message struct {
	action  value
	payload value // wrong when it is no object
	fields  *payload
}

// scanMessage takes a body apart. The values are parts of it. An error says that it is unreadable.
func scanMessage(body []byte, fields *payload) (m message, err error) {
	m.fields = fields
	s := jsontext.NewScanner(body)
	whole := s.Object(1, func(name []byte, depth int) bool {
		switch string(name) {
		case "action":
			return m.action.scan(&s, depth)
		case "payload":
			return m.scanPayload(&s, depth)
		}
		return s.Skip(depth)
	})
	if !whole || !s.AtEnd() {
		return m, fault.New(fault.Invalid, "The body is not a JSON object.")
	}
	if m.action.twice || m.payload.twice {
		return m, fault.New(fault.Invalid, "The body has action or payload more than once.")
	}
	return m, nil
}

func (m *message) scanPayload(s *jsontext.Scanner, depth int) bool {
	m.payload.twice = m.payload.seen
	m.payload.seen = true
	if s.Peek() != '{' {
		m.payload.wrong = true
		return s.Skip(depth)
	}
	return s.Object(depth, func(name []byte, depth int) bool {
		f, ok := fieldsByName[string(name)]
		if !ok {
			return s.Skip(depth)
		}
		return m.fields[f].scan(s, depth)
	})
}

// scan reads a value of any kind. null is the same as no value.
func (v *value) scan(s *jsontext.Scanner, depth int) bool {
	v.twice = v.seen
	v.seen = true
	switch c := s.Peek(); {
	case c == '"':
		text, ok := s.Text()
		v.text = bytes.TrimSpace(text)
		return ok
	case c == '-' || isDigit(c):
		number, ok := s.Number()
		v.text = number
		return ok
	case c != 'n':
		v.wrong = true
	}
	return s.Skip(depth)
}
