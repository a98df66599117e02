package member

import (
	"crypto/subtle"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Member is somebody who banks by phone. A member is found by MSISDN; ID stands in events, where
// nothing personal may.
type Member struct {
	ID       string
	MSISDN   string // the phone number in international form, digits alone
	Number   string // the member number in the institution's books; "" when there is none
	FullName string
	Identity Identity
	Standing Standing

	IMSI  string // the SIM bound to the member; "" when none is
	AppID string // the one mobile app bound to the member; "" when none is
	PIN   PIN

	Password Tally // wrong PINs from a bound device
	Foreign  Tally // wrong PINs from anywhere else: they must not lock out who holds the device
	OTP      Tally // wrong one-time passwords, as the channels report them

	// WrongIdentities is how many were shown with a right PIN since the last right one. No PIN clears it.
	WrongIdentities int

	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  uint64 // counts every write of the row; the head of the chain only recorded changes
	Head      event.Head
}

// Brief is what a call without a PIN is decided on: all but the chain's head, the dates, the count of
// wrong identities and the PIN's hash, of which only remains whether there is one (it is "-").
func (m *Member) Brief() *Member {
	b := *m
	b.CreatedAt, b.UpdatedAt, b.PIN.SetAt, b.Head, b.WrongIdentities = time.Time{}, time.Time{}, time.Time{}, event.Head{}, 0
	if b.PIN.Hash != "" {
		b.PIN.Hash = "-"
	}
	return &b
}

// PIN is what is kept of a PIN.
type PIN struct {
	Hash   string // of package secret; "" when none was issued
	Chosen bool   // by the member; an issued PIN must be replaced first
	SetAt  time.Time
}

// Standing is whether a member takes part at all.
type Standing uint8

// The standings.
const (
	Open   Standing = 0
	Closed Standing = 1 // as if the member did not exist, for every channel
)

// String is the standing as commands and files spell it.
func (s Standing) String() string { return [...]string{"open", "closed"}[s&1] }

// ParseStanding reads what String wrote.
func ParseStanding(s string) (Standing, bool) {
	if s == Closed.String() {
		return Closed, true
	}
	return Open, s == Open.String()
}

// Identity is a document that says who a member is.
type Identity struct {
	Type  string // NationalID, Passport or License
	Value string
}

// The types of identity, as the wire spells them.
const (
	NationalID = "NATIONAL_ID"
	Passport   = "PASSPORT_NO"
	License    = "DRIVING_LICENSE"
)

// ValidIdentityType says whether a type of identity is one of the three.
func ValidIdentityType(s string) bool { return s == NationalID || s == Passport || s == License }

// Equal compares two identities, whatever their case and blanks, in a time that does not depend on
// where they differ. One that says nothing equals none, not even itself.
func (i Identity) Equal(j Identity) bool {
	mine, theirs := i.Normal(), j.Normal()
	return ValidIdentityType(i.Type) && i.Type == j.Type && mine != "" && subtle.ConstantTimeCompare([]byte(mine), []byte(theirs)) == 1
}

// Normal is the number without blanks and in capitals, as it is looked up. Bytes that are no text are
// marked as such first: put together, two of them could make a blank.
func (i Identity) Normal() string {
	return strings.ToUpper(strings.Join(strings.Fields(strings.ToValidUTF8(i.Value, "\uFFFD")), ""))
}

// The longest values, in bytes; all but the name are the wire's.
const (
	maxDevice   = 100
	maxIdentity = 50
	maxNumber   = 50
	maxName     = 100
)

// Check adds every field of a new member that is missing or malformed.
func (m Member) Check(bad *fault.Fields) {
	if !ValidMSISDN(m.MSISDN) {
		bad.Add("msisdn", "must be the phone number in international form, 7 to 15 digits, like 254712345678")
	}
	if m.FullName == "" || !plain(m.FullName, maxName) {
		bad.Add("full_name", "is required, plain text of at most %d bytes", maxName)
	}
	if !plain(m.Number, maxNumber) {
		bad.Add("member_number", "must be plain text of at most %d bytes", maxNumber)
	}
	m.Identity.check(bad)
	for _, d := range []Device{{IMSI, m.IMSI}, {AppID, m.AppID}} {
		if d.ID != "" {
			d.Check(bad)
		}
	}
}

func (i Identity) check(bad *fault.Fields) {
	if i == (Identity{}) {
		return
	}
	if !ValidIdentityType(i.Type) {
		bad.Add("identity_type", "must be NATIONAL_ID, PASSPORT_NO or DRIVING_LICENSE")
	}
	if i.Normal() == "" || !plain(i.Value, maxIdentity) {
		bad.Add("identity", "is required with identity_type, plain text of at most %d bytes", maxIdentity)
	}
}

// ValidMSISDN says whether s is a phone number in international form (ITU-T E.164): digits alone.
func ValidMSISDN(s string) bool {
	return len(s) >= 7 && len(s) <= 15 && s[0] != '0' && digits(s)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// plain says whether s is printable text of at most so many bytes without blanks at its ends: what a
// channel sends is trimmed, and would never be equal to it.
func plain(s string, most int) bool {
	return len(s) <= most && s == strings.TrimSpace(s) && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) < 0
}
