package mobileapi

import (
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// action is one of the things that can be asked.
type action struct {
	name    string
	status  string // the field that says how it ended
	command member.Command
	read    func(*request) // what it needs besides the id and the member
	run     func(*call) (body []byte, outcome string, err error)
	lightly bool // what it tells it reads on the footing of its caller: see registry.Footing

	endings   endings
	described bool   // every answer has a description, not only an ERROR
	already   string // described so when it was so before
	// rest appends the fields after the status and its description. An answer that is not about a
	// member's state has the zero outcome.
	rest func(b []byte, l look, status string, out *registry.MemberOutcome) []byte
}

// actions is every action there is.
var actions = []action{{
	name: "DEACTIVATE_MOBILE_APP", status: "mobile_app_activation_status", described: true,
	command: member.Deactivate, read: (*request).withPIN, run: callMember,
	endings: pinEndings("Mobile App Deactivated successfully"), already: "The mobile app was deactivated already.",
}, {
	name: "ACTIVATE_MOBILE_APP", status: "mobile_app_activation_status", described: true,
	command: member.Activate, read: readActivate, run: callMember,
	endings: pinEndings("Mobile App Activated successfully"), already: "This mobile app was activated already.",
}, {
	name: "CHECK_USER", status: "user_status",
	command: member.CheckUser, read: (*request).device, run: checkMember, lightly: true,
	endings: checkEndings(), rest: appendUntil,
}, {
	name: "MO_CHECK_USER", status: "user_status",
	command: member.CheckUser, read: func(*request) {}, run: hasMember, lightly: true,
	endings: hasEndings(),
}, {
	name: "LOGIN", status: "login_status",
	command: member.Login, read: (*request).withPIN, run: callMember,
	endings: loginEndings(), rest: appendLogin,
}, {
	name: "SET_PIN", status: "set_pin_status", described: true,
	command: member.SetPIN, read: readSetPIN, run: callMember,
	endings: newPINEndings("PIN set successfully"),
}, {
	name: "CHANGE_PIN", status: "change_pin_status", described: true,
	command: member.ChangePIN, read: readChangePIN, run: callMember,
	endings: newPINEndings("PIN changed successfully"),
}, {
	name: "GET_AUTH_SECURITY_PARAMETERS", status: "request_status",
	command: member.GetSecurity, read: readGetSecurity, run: callMember,
	endings: getSecurityEndings(), rest: appendSecurity,
}, {
	name: "SET_AUTH_SECURITY_PARAMETERS", status: "set_auth_security_parameters_status", described: true,
	command: member.SetSecurity, read: readSetSecurity, run: callMember,
	endings: pinEndings("Auth Status Parameters set successfully"), rest: appendNow,
}, {
	name: "GET_USER_DETAILS", status: "request_status",
	command: member.GetDetails, read: (*request).userDetails, run: userDetails,
	endings: detailsEndings(), rest: appendUser,
}}

// unknown is how metrics and logs call an action that is none.
const unknown = "unknown"

// unknownStatus is the field that says ERROR when the action is not known.
const unknownStatus = "request_status"

// label is the action's name for metrics and logs.
func (a *action) label() string {
	if a == nil {
		return unknown
	}
	return a.name
}

// Actions gives the name of every action, for metrics.
func Actions() []string {
	names := []string{unknown}
	for i := range actions {
		names = append(names, actions[i].name)
	}
	return names
}

// actionList writes the names for people.
func actionList() string { return listing(Actions()[1:]) }

// findAction finds the action that a body names; nil when it is none.
func findAction(v value) *action {
	for i := range actions {
		if string(v.text) == actions[i].name {
			return &actions[i]
		}
	}
	return nil
}

func readActivate(q *request) {
	q.pin = q.secret(pin)
	q.app()
	q.kyc()
}

func readChangePIN(q *request) {
	q.withPIN()
	q.newPIN = q.secret(newPIN)
}

func readSetPIN(q *request) {
	readChangePIN(q)
	q.identity()
}

func readGetSecurity(q *request) {
	q.withPIN()
	q.security()
}

func readSetSecurity(q *request) {
	q.withPIN()
	q.setSecurity()
}

// callMember runs an action that shows a PIN.
func callMember(c *call) (body []byte, outcome string, err error) {
	q, look := &c.request, c.look()
	out, err := c.h.reg.CallMember(c.ctx(), c.caller(), registry.MemberCall{
		RequestID: string(q.fields[requestID].text), Request: []string{string(q.asked)},
		MSISDN: q.msisdn, Ask: q.ask, PIN: q.pin, NewPIN: q.newPIN, User: q.user,
		Answer: func(out registry.MemberOutcome) []byte { return look.answer(nil, &out) },
	})
	if err != nil {
		return nil, "", err
	}
	if out.Repeated {
		return out.Body, "repeated", nil
	}
	return out.Body, outcomeOf(out.Refusal), nil
}

// userDetails is callMember, unless it is about an account.
func userDetails(c *call) (body []byte, outcome string, err error) {
	if c.request.user == (registry.User{}) {
		return nil, "", fault.New(fault.Conflict, "Accounts live in the core banking system; ask for a member by another user_identifier_type.")
	}
	return callMember(c)
}

// checkMember says whether a member could log in.
func checkMember(c *call) (body []byte, outcome string, err error) {
	var out registry.MemberOutcome
	out.Refusal, out.Until, err = c.h.reg.CheckMember(c.ctx(), &c.on, c.request.msisdn, c.request.ask.Device, c.now)
	return c.answerNow(&out, err)
}

// hasMember says whether there is such a member.
func hasMember(c *call) (body []byte, outcome string, err error) {
	var out registry.MemberOutcome
	found, err := c.h.reg.HasMember(c.ctx(), &c.on, c.request.msisdn)
	if !found {
		out.Refusal = member.Unknown
	}
	return c.answerNow(&out, err)
}

// answerNow makes an answer that nobody keeps.
func (c *call) answerNow(out *registry.MemberOutcome, err error) ([]byte, string, error) {
	if err != nil {
		return nil, "", err
	}
	c.out = c.look().answer(c.out, out)
	return c.out, outcomeOf(out.Refusal), nil
}

func outcomeOf(r member.Refusal) string {
	if r == member.Allowed {
		return "ok"
	}
	return r.String()
}
