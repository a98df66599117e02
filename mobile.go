package switchboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MobileStatus is how a call of the mobile banking API ended. Each method of MobileClient says which
// of them it gives.
type MobileStatus string

// The statuses, as the wire spells them.
const (
	MobileSuccess        MobileStatus = "SUCCESS"
	MobileActive         MobileStatus = "ACTIVE"                    // the member may log in
	MobileFound          MobileStatus = "FOUND"                     // the phone number is a member's
	MobileNotFound       MobileStatus = "NOT_FOUND"                 // it is nobody's
	MobileUserNotFound   MobileStatus = "USER_NOT_FOUND"            // there is no such member to show
	MobileInvalidAccount MobileStatus = "INVALID_ACCOUNT"           // the phone number is nobody's
	MobileIncorrectPIN   MobileStatus = "INCORRECT_PIN"             // and it was counted
	MobileInvalidNewPIN  MobileStatus = "INVALID_NEW_PIN"           // a member may not choose it; the description says why
	MobileSetPIN         MobileStatus = "SET_PIN"                   // the PIN is right, but issued: SetPIN must replace it first
	MobileInvalidDevice  MobileStatus = "INVALID_DEVICE_IDENTIFIER" // another device is bound to the member
	MobileAppInactive    MobileStatus = "MOBILE_APP_INACTIVE"       // no app is bound to the member
	MobileSuspended      MobileStatus = "SUSPENDED"                 // until a date
	MobileLocked         MobileStatus = "LOCKED"                    // until the operator unlocks
	MobileFailed         MobileStatus = "ERROR"                     // comes as a MobileError only
)

// OK says whether what was asked is done, or true.
func (s MobileStatus) OK() bool { return s == MobileSuccess || s == MobileActive || s == MobileFound }

// DeviceType says what identifies a device.
type DeviceType string

// The types of device identifier.
const (
	DeviceIMSI  DeviceType = "IMSI"   // the SIM, as the network tells it to a USSD gateway
	DeviceAppID DeviceType = "APP_ID" // one installation of the mobile app
)

// Device is the device that a call comes from.
type Device struct {
	Type DeviceType
	ID   string
}

// IdentityType is a kind of document that says who somebody is.
type IdentityType string

// The types of identity.
const (
	IdentityNationalID IdentityType = "NATIONAL_ID"
	IdentityPassport   IdentityType = "PASSPORT_NO"
	IdentityLicense    IdentityType = "DRIVING_LICENSE"
)

// Identity is a document that says who a member is.
type Identity struct {
	Type  IdentityType
	Value string
}

// UserIdentifierType says by what a member is looked up.
type UserIdentifierType string

// The ways to look a member up.
const (
	UserByMemberNumber  UserIdentifierType = "MEMBER_NUMBER"
	UserByMSISDN        UserIdentifierType = "MSISDN"
	UserByNationalID    UserIdentifierType = "NATIONAL_ID"
	UserByPassport      UserIdentifierType = "PASSPORT_NO"
	UserByLicense       UserIdentifierType = "DRIVING_LICENSE"
	UserByAccountNumber UserIdentifierType = "ACCOUNT_NUMBER" // refused where accounts live elsewhere
)

// UserIdentifier names a member to show.
type UserIdentifier struct {
	Type  UserIdentifierType
	Value string
}

// AuthSecurityType is what wrong attempts are counted of.
type AuthSecurityType string

// The two kinds of attempt, counted apart.
const (
	AuthPassword AuthSecurityType = "PASSWORD" // PINs, which the server compares
	AuthOTP      AuthSecurityType = "OTP"      // one-time passwords, which the channel compares and reports
)

// AuthAction is what a number of wrong attempts leads to.
type AuthAction string

// The actions, from the mildest to the hardest.
const (
	AuthNone    AuthAction = "NONE"
	AuthWarn    AuthAction = "WARN"    // lets everything through
	AuthSuspend AuthAction = "SUSPEND" // until a date
	AuthLock    AuthAction = "LOCK"    // until the operator unlocks
)

// CheckUserRequest asks whether a member could log in from a device.
type CheckUserRequest struct {
	APIRequestID string // names the call; "" for a random one, as in all requests
	MSISDN       string // the member's phone number, "254712345678"
	Device       Device
}

// MOCheckUserRequest asks whether a phone number is a member's.
type MOCheckUserRequest struct {
	APIRequestID string
	MSISDN       string
}

// LoginRequest asks whether a PIN is right.
type LoginRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret
	Device       Device
}

// ActivateMobileAppRequest binds an app to a member, in place of the one that was bound.
type ActivateMobileAppRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret
	AppID        string   // of the app that is to be bound
	Identity     Identity // compared with what is known of the member (activate_with_kyc); optional
}

// DeactivateMobileAppRequest unbinds the member's app.
type DeactivateMobileAppRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret
	Device       Device // the member's SIM, or the app itself
}

// SetPINRequest replaces an issued or forgotten PIN; the identity must be the member's.
type SetPINRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret // the current one
	Device       Device
	NewPIN       Secret
	Identity     Identity
}

// ChangePINRequest replaces a PIN.
type ChangePINRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret // the current one
	Device       Device
	NewPIN       Secret
}

// GetAuthSecurityParametersRequest asks where a member stands with wrong attempts.
type GetAuthSecurityParametersRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret
	Device       Device
	Type         AuthSecurityType
}

// SetAuthSecurityParametersRequest says where a member stands with wrong attempts.
type SetAuthSecurityParametersRequest struct {
	APIRequestID string
	MSISDN       string
	PIN          Secret
	Device       Device
	Type         AuthSecurityType
	Action       AuthAction
	ValidUntil   time.Time // the end of a suspension; zero for none
	Flag         string    // the name of the step of the ladder, "FIRST_SUSPENSION"
	Attempts     int
	At           time.Time // when the channel asks; required, and the same when the call is made again
}

// GetUserDetailsRequest asks who a member is.
type GetUserDetailsRequest struct {
	APIRequestID string
	MSISDN       string // of the member who asks
	PIN          Secret
	Device       Device
	User         UserIdentifier // of the member to show
}

// MobileResult is what every answer says. A call that ended otherwise than it was meant to, with a
// wrong PIN for instance, has a result like one that went well: see OK.
type MobileResult struct {
	Status       MobileStatus
	Description  string // for people; "" where the action has none
	APIRequestID string // the one that was sent: with it the same call can be made again
	RequestID    string // the server's name of the answer; tell it to the operator
}

// OK says whether what was asked is done, or true.
func (r MobileResult) OK() bool { return r.Status.OK() }

// CheckUserResult says whether a member could log in.
type CheckUserResult struct {
	MobileResult
	ValidUntil MobileDate // the end of a suspension
}

// LoginResult says whether a PIN is right.
type LoginResult struct {
	MobileResult
	ValidUntil MobileDate // the end of a suspension
	Attempts   int        // wrong PINs counted
}

// GetAuthSecurityParametersResult says where a member stands with wrong attempts.
type GetAuthSecurityParametersResult struct {
	MobileResult
	Type       AuthSecurityType
	Action     AuthAction
	ValidUntil MobileDate // the end of a suspension
	Flag       string     // the name of the last step reached
	Attempts   int
}

// SetAuthSecurityParametersResult says that the parameters were set.
type SetAuthSecurityParametersResult struct {
	MobileResult
	At MobileDate // the date_time of the answer
}

// GetUserDetailsResult says who a member is.
type GetUserDetailsResult struct {
	MobileResult
	MemberNumber string
	FullName     string
	MSISDN       string
	Identity     Identity
	Accounts     []MobileAccount // to which money can be sent; none where accounts live elsewhere
}

// MobileAccount is an account of a member.
type MobileAccount struct {
	Name   string `json:"account_name"`
	Label  string `json:"account_label"` // to be shown
	Number string `json:"account_number"`
}

// MobileDate is a date of an answer. Time is zero when there is none or it cannot be read.
type MobileDate struct {
	Time time.Time
	Text string // as it came, "2020-12-08 09:34:33", in the operator's time zone
}

// MobileError is a call that has no result: an HTTP status other than 200, an answer that is not this
// API's, none at all, or the status ERROR. That one comes under HTTP 200 too, where an action has no
// status of its own for what happened: a suspended member cannot change a PIN, for instance. The error
// holds neither a PIN nor the channel's secret.
type MobileError struct {
	HTTPStatus   int // 0 when no answer came
	Action       string
	Status       MobileStatus // MobileFailed mostly; "" when the answer says none
	Description  string
	APIRequestID string        // the one that was sent: with it the same call can be made again
	RequestID    string        // the server's name of the answer; tell it to the operator
	RetryAfter   time.Duration // what the server asks for before the next call
	Err          error         // what kept the answer away: the network or the context

	again bool // another try may end differently
}

// Error is the description with what is needed to find the call again.
func (e *MobileError) Error() string {
	text, found := e.Action+": "+e.Description, "api_request_id "+e.APIRequestID
	if e.HTTPStatus != 0 {
		found += fmt.Sprintf(", HTTP %d, request %s", e.HTTPStatus, e.RequestID)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + " (" + found + ")"
}

// Unwrap gives what kept the answer away.
func (e *MobileError) Unwrap() error { return e.Err }

// mobileRequest is around every request.
type mobileRequest struct {
	Action  string        `json:"action"`
	Payload mobilePayload `json:"payload"`
}

// mobilePayload has the fields of all actions, in the order of the published samples; each action
// sends its own. It holds PINs as they are sent, so that it must not be printed.
type mobilePayload struct {
	APIRequestID   string             `json:"api_request_id"`
	IdentifierType string             `json:"identifier_type"`
	Identifier     string             `json:"identifier"`
	PIN            string             `json:"pin,omitempty"`
	DeviceType     DeviceType         `json:"device_identifier_type,omitempty"`
	Device         string             `json:"device_identifier,omitempty"`
	UserType       UserIdentifierType `json:"user_identifier_type,omitempty"`
	User           string             `json:"user_identifier,omitempty"`
	AppID          string             `json:"app_id,omitempty"`
	WithKYC        string             `json:"activate_with_kyc,omitempty"`
	NewPIN         string             `json:"new_pin,omitempty"`
	IdentityType   IdentityType       `json:"identity_type,omitempty"`
	Identity       string             `json:"identity,omitempty"`
	SecurityType   AuthSecurityType   `json:"auth_security_type,omitempty"`
	AuthAction     AuthAction         `json:"auth_action,omitempty"`
	ValidUntil     string             `json:"auth_action_valid_date,omitempty"`
	AuthFlag       string             `json:"auth_flag,omitempty"`
	AuthAttempts   *int               `json:"auth_attempts,omitempty"` // 0 is sent too
	DateTime       string             `json:"date_time,omitempty"`
}

// mobileText is text that may come as a JSON number, and with blanks around it.
type mobileText string

// UnmarshalJSON takes a string, a number or null.
func (t *mobileText) UnmarshalJSON(b []byte) error {
	var text flexText
	err := text.UnmarshalJSON(b)
	*t = mobileText(strings.TrimSpace(string(text)))
	return err
}

// mobileInt is a number that may come as text; none is 0.
type mobileInt int

// UnmarshalJSON takes a whole number, in quotes or not, an empty string or null.
func (n *mobileInt) UnmarshalJSON(b []byte) error {
	var text mobileText
	if err := json.Unmarshal(b, &text); err != nil || text == "" {
		return err
	}
	i, err := strconv.Atoi(string(text))
	if err != nil {
		return errors.New("not a whole number")
	}
	*n = mobileInt(i)
	return nil
}
