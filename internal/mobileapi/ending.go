package mobileapi

import (
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// ending is how an outcome looks on the wire.
type ending struct {
	status string
	text   string // the description; untilMark in it becomes the date
}

// endings are those of one action, by refusal.
type endings [member.NoSuchUser + 1]ending

// untilMark stands for the end of a suspension.
const untilMark = "{until}"

// The status values that are not of one action alone.
const (
	success        = "SUCCESS"
	failure        = "ERROR"
	invalidAccount = "INVALID_ACCOUNT"
	incorrectPIN   = "INCORRECT_PIN"
	invalidDevice  = "INVALID_DEVICE_IDENTIFIER"
)

// usual is what an action says that has no value of its own for an outcome: what happened, and what to do.
func usual() endings {
	return endings{
		member.Allowed:       {success, ""},
		member.Unknown:       {failure, "There is no such mobile banking account."},
		member.Locked:        {failure, "The account is locked after wrong attempts; the institution can unlock it."},
		member.Suspended:     {failure, "The account is suspended after wrong attempts until " + untilMark + "; try again then."},
		member.AppInactive:   {failure, "No mobile app is activated for this account; use ACTIVATE_MOBILE_APP first."},
		member.WrongDevice:   {failure, "The device is not the one bound to this account; send the bound one, or have it changed by the institution."},
		member.WrongPIN:      {failure, "The PIN is wrong; send the right one."},
		member.WrongIdentity: {failure, "The identity is not the one on record for this account; send the right one, or have it checked by the institution."},
		member.PINNotChosen:  {failure, "The PIN is still the one that was issued; use SET_PIN first."},
		member.BadNewPIN:     {failure, "The new PIN is not one that may be chosen; send another."},
		member.HeldBack:      {failure, "The account is under a stricter block than this one; it ends by itself, or the institution can lift it."},
		member.NoSuchUser:    {failure, "There is no such user."},
	}
}

// with gives the endings with one changed.
func (e endings) with(r member.Refusal, status string) endings {
	e[r].status = status
	return e
}

// pinEndings are those of an action that compares a PIN.
func pinEndings(done string) endings {
	e := usual().with(member.Unknown, invalidAccount).with(member.WrongPIN, incorrectPIN)
	e[member.Allowed].text = done
	return e
}

func newPINEndings(done string) endings {
	return pinEndings(done).with(member.BadNewPIN, "INVALID_NEW_PIN")
}

// loginEndings have no value for an account that there is not: its PIN is wrong.
func loginEndings() endings {
	return pinEndings("").with(member.Unknown, incorrectPIN).with(member.Locked, "LOCKED").with(member.Suspended, "SUSPENDED").
		with(member.AppInactive, "MOBILE_APP_INACTIVE").with(member.WrongDevice, invalidDevice).with(member.PINNotChosen, "SET_PIN")
}

func checkEndings() endings {
	return usual().with(member.Allowed, "ACTIVE").with(member.Unknown, "NOT_FOUND").with(member.Locked, "LOCKED").
		with(member.Suspended, "SUSPENDED").with(member.AppInactive, invalidDevice).with(member.WrongDevice, invalidDevice)
}

func hasEndings() endings {
	return usual().with(member.Allowed, "FOUND").with(member.Unknown, "NOT_FOUND")
}

// getSecurityEndings tell of the block that was asked for while no PIN is compared, too: that is when it is
// asked. See tellsBlock.
func getSecurityEndings() endings { return pinEndings("") }

// tellsBlock says whether an outcome is that of a member whose PIN was not compared, because of the very
// block that is asked for: then the block is the answer. In every other case SUCCESS means a right PIN.
func (l look) tellsBlock(out *registry.MemberOutcome) bool {
	blocked := out.Refusal == member.Locked || out.Refusal == member.Suspended
	return l.action.command == member.GetSecurity && blocked && out.Tally.Action >= member.Suspend
}

func detailsEndings() endings { return pinEndings("").with(member.NoSuchUser, "USER_NOT_FOUND") }
