package member

import (
	"crypto/subtle"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// DeviceType says what identifies a device.
type DeviceType string

// The types of device identifier, as the wire spells them.
const (
	IMSI  DeviceType = "IMSI"   // the SIM, as the network tells it to a USSD gateway
	AppID DeviceType = "APP_ID" // one installation of the mobile app
)

// Valid says whether a type is one of the two.
func (t DeviceType) Valid() bool { return t == IMSI || t == AppID }

// Device is what a call says of the device it comes from. The zero Device says nothing.
type Device struct {
	Type DeviceType
	ID   string
}

// Check adds what is wrong with a device identifier.
func (d Device) Check(bad *fault.Fields) {
	switch {
	case !d.Type.Valid():
		bad.Add("device_identifier_type", "must be IMSI or APP_ID")
	case d.Type == IMSI && (len(d.ID) < 6 || len(d.ID) > 15 || !digits(d.ID)):
		bad.Add("imsi", "must be 6 to 15 digits")
	case d.Type == AppID && (d.ID == "" || !plain(d.ID, maxDevice)):
		bad.Add("app_id", "must be plain text of at most %d bytes", maxDevice)
	}
}

// Mask shows the end of an identifier: enough to tell two devices apart, too little to be one.
func (d Device) Mask() string {
	const shown = 4
	if id := []rune(d.ID); len(id) >= 3*shown {
		return "…" + string(id[len(id)-shown:])
	}
	return "…"
}

// Bound gives the member's device of a type, "" when none is bound.
func (m *Member) Bound(t DeviceType) string {
	switch t {
	case IMSI:
		return m.IMSI
	case AppID:
		return m.AppID
	}
	return ""
}

// Holds says whether a device is one that is bound to the member.
func (m *Member) Holds(d Device) bool {
	bound := m.Bound(d.Type)
	return bound != "" && subtle.ConstantTimeCompare([]byte(bound), []byte(d.ID)) == 1
}
