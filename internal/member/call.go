package member

import "time"

// Command is what a channel asks for a member.
type Command uint8

// The commands. All but CheckUser show a PIN.
const (
	CheckUser Command = iota
	Login
	Activate
	Deactivate
	SetPIN
	ChangePIN
	GetSecurity
	SetSecurity
	GetDetails
)

var commandNames = [...]string{"CHECK_USER", "LOGIN", "ACTIVATE_MOBILE_APP", "DEACTIVATE_MOBILE_APP", "SET_PIN", "CHANGE_PIN",
	"GET_AUTH_SECURITY_PARAMETERS", "SET_AUTH_SECURITY_PARAMETERS", "GET_USER_DETAILS"}

// String is the command as the wire spells it.
func (c Command) String() string { return commandNames[c] }

// Commands lists them all.
func Commands() []Command {
	return []Command{CheckUser, Login, Activate, Deactivate, SetPIN, ChangePIN, GetSecurity, SetSecurity, GetDetails}
}

// needs is what a command asks of the device it comes from and of the PIN.
type needs struct {
	device   deviceNeed
	chosen   bool // an issued PIN is not enough
	identity bool // no PIN alone is enough
	// pinOnly: only a block on PINs stops it, not one on one-time passwords.
	pinOnly bool
	reads   bool // it changes nothing, so that its repetition is asked anew
}

type deviceNeed uint8

const (
	boundDevice deviceNeed = iota // the bound one of the type it says
	boundOrNone                   // the same, or any when none of that type is bound
	boundSIM                      // the bound one if it says a SIM; an app is not looked at
	anyApp                        // an app, which is to be bound
)

// commandNeeds is the contract's table of who may ask what from where.
//
// An issued PIN opens the app, closes it and keeps the count of attempts. It shows nothing of the
// member, and to replace it takes the identity too, which whoever came by it does not know.
var commandNeeds = [...]needs{
	CheckUser:   {device: boundOrNone, reads: true},
	Login:       {device: boundDevice, chosen: true, reads: true},
	Activate:    {device: anyApp},
	Deactivate:  {device: boundDevice},
	SetPIN:      {device: boundDevice, identity: true},
	ChangePIN:   {device: boundDevice, chosen: true},
	GetSecurity: {device: boundSIM, pinOnly: true, reads: true},
	SetSecurity: {device: boundSIM, pinOnly: true},
	GetDetails:  {device: boundDevice, chosen: true, reads: true},
}

// Reads says whether the command changes nothing but the count of attempts.
func (c Command) Reads() bool { return commandNeeds[c].reads }

// Ask is one call of a channel for a member.
type Ask struct {
	Command  Command
	Device   Device   // it comes from; of Activate the app that is to be bound
	Identity Identity // to be compared: of SetPIN always, of another command unless it is zero
	Security Security // of GetSecurity and SetSecurity
	Set      Tally    // of SetSecurity: attempts, flag, action and date as the channel wants them
}

// Refusal is why a call is not done.
type Refusal uint8

// The refusals, in the order in which they are looked for.
const (
	Allowed       Refusal = iota
	Unknown               // no such member, or closed
	Locked                // by wrong attempts, until an operator unlocks
	Suspended             // by wrong attempts, until a date
	AppInactive           // the app was named and none is bound
	WrongDevice           // another one is bound
	WrongPIN              // compared and counted
	WrongIdentity         // compared and counted
	PINNotChosen          // the PIN is right and still the issued one
	BadNewPIN             // the new PIN is not one a member may choose
	HeldBack              // the block in force may not be made weaker
	NoSuchUser            // of GetDetails: there is no other member like that
)

var refusalNames = [...]string{"allowed", "unknown", "locked", "suspended", "app_inactive", "wrong_device", "wrong_pin",
	"wrong_identity", "pin_not_chosen", "bad_new_pin", "held_back", "no_such_user"}

// String is the refusal in a word, for logs and metrics.
func (r Refusal) String() string { return refusalNames[r] }

// Refusals lists them all, Allowed included.
func Refusals() []Refusal {
	return []Refusal{Allowed, Unknown, Locked, Suspended, AppInactive, WrongDevice, WrongPIN, WrongIdentity, PINNotChosen, BadNewPIN, HeldBack, NoSuchUser}
}

// Gate says whether a call may go on to show its PIN (CheckUser: whether the member may log in), and
// if not why, and until when. A block is told from any device, but of GetSecurity and SetSecurity: it
// lets these through without a PIN, so that it must not open them to other devices.
func (m *Member) Gate(c Command, d Device, now time.Time) (Refusal, time.Time) {
	if m.Standing != Open {
		return Unknown, time.Time{}
	}
	need, holds := commandNeeds[c], m.Holds(d)
	block, until := m.blocked(need, holds, now)
	if device := m.deviceRefusal(need, d, holds); device != Allowed && (block == Allowed || need.pinOnly) {
		return device, time.Time{}
	}
	return block, until
}

// blocked gives the hardest block that concerns a call. Foreign concerns only those commands that show
// a PIN from a device that is not bound: the others do not get as far as the PIN from there.
func (m *Member) blocked(need needs, holds bool, now time.Time) (refusal Refusal, until time.Time) {
	for _, t := range [...]struct {
		concerns bool
		tally    *Tally
	}{
		{true, &m.Password},
		{!holds && (need.device == anyApp || need.device == boundSIM), &m.Foreign},
		{!need.pinOnly, &m.OTP},
	} {
		if !t.concerns || t.tally.Action < Suspend {
			continue
		}
		switch r, end := t.tally.Block(now); {
		case r == Locked:
			return Locked, time.Time{}
		case r == Suspended && end.After(until):
			refusal, until = Suspended, end
		}
	}
	return refusal, until
}

func (m *Member) deviceRefusal(need needs, d Device, holds bool) Refusal {
	app, none := d.Type == AppID, m.Bound(d.Type) == ""
	switch {
	case !d.Type.Valid(), need.device == anyApp && (!app || d.ID == ""):
		return WrongDevice
	case need.device == anyApp, need.device == boundSIM && app, need.device == boundOrNone && none, holds:
		return Allowed
	case need.device == boundDevice && app && none:
		return AppInactive
	}
	return WrongDevice
}
