package eps

import (
	"encoding/json"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// onboardAgent is POST /user/network/eps-agent, and PUT /user/account or /user/onboard of older
// clients. A user_code in the body is a stray of some SDKs: the code is ours to give.
func onboardAgent(c *call) (answer, error) {
	f, err := c.bodyFields()
	if err != nil {
		return answer{}, err
	}
	initiator, reference := f.initiator(), f.reference()
	p := f.profile()
	p.CheckOnboarding(c.now, &f.bad)
	if err := c.check(f, initiator); err != nil {
		return answer{}, err
	}
	onboarded := func(a agent.Agent) answer {
		return answer{http: 200, id: idRead, kind: kindOnboarded, message: "User onboarded successfully.",
			data: agentData(a.UserCode, initiator)}
	}
	out, err := c.h.reg.Onboard(c.ctx(), c.caller(), registry.Onboarding{
		PartnerID: c.key.Partner.ID, Profile: p,
		Call: registry.Call{Reference: reference, Operation: c.route.address, Request: request(p, initiator)},
		Answer: func(a agent.Agent) []byte {
			ans := onboarded(a)
			return ans.bytes()
		},
	})
	switch {
	case fault.Is(err, fault.Exists) && out.Agent.UserCode != "":
		// The partner's own agent: telling its code again is what a lost answer needs.
		return answer{http: 200, status: 1, id: idExists, kind: kindError,
			message: "A user with this mobile number exists already.", data: agentData(out.Agent.UserCode, initiator)}, nil
	case err != nil:
		return answer{}, err
	case out.Repeated != nil:
		return answer{http: 200, whole: out.Repeated}, nil
	}
	return onboarded(out.Agent), nil
}

func agentData(userCode, initiator string) []byte {
	return append(appendField(appendField([]byte{'{'}, "user_code", userCode), "initiator_id", initiator), '}')
}

func (f *fields) profile() agent.Profile {
	return agent.Profile{
		PAN: strings.ToUpper(f.get("pan_number")), Mobile: f.get("mobile"),
		FirstName: f.get("first_name"), MiddleName: f.get("middle_name"), LastName: f.get("last_name"),
		Email: f.get("email"), DOB: f.get("dob"), ShopName: f.get("shop_name"),
		Address: f.address("residence_address"),
	}
}

// request is what a repetition of an onboarding must say again.
func request(p agent.Profile, initiator string) []string {
	a := p.Address
	return []string{initiator, p.PAN, p.Mobile, p.FirstName, p.MiddleName, p.LastName, p.Email, p.DOB, p.ShopName,
		a.Line, a.City, a.State, a.Pincode, a.District, a.Area}
}

// address reads an address in any of the forms that clients send: an object, the JSON text of one,
// a plain string, an array of strings.
func (f *fields) address(name string) agent.Address {
	v := f.raw(name)
	if f.json == nil {
		v, _ = json.Marshal(f.text.Get(name))
	}
	a, ok := readAddress(v)
	if !ok {
		f.bad.Add(name, "must be an object {line, city, state, pincode, district, area} or a text")
	}
	return a
}

// brokenAddress is what one old SDK sends for an object it does not know how to write.
const brokenAddress = "[object Object]"

func readAddress(v json.RawMessage) (a agent.Address, ok bool) {
	switch {
	case len(v) == 0:
		return a, true
	case v[0] == '{':
		return addressObject(v)
	case v[0] == '[':
		var lines []string
		ok = json.Unmarshal(v, &lines) == nil
		return addressText(strings.Join(lines, ", "), ok)
	}
	s, ok := scalar(v)
	return addressText(s, ok)
}

// addressText reads a text: the JSON of an object, or the address itself.
func addressText(s string, ok bool) (agent.Address, bool) {
	s = strings.TrimSpace(s)
	if !ok || strings.Contains(s, brokenAddress) {
		return agent.Address{}, false
	}
	if strings.HasPrefix(s, "{") {
		return addressObject(json.RawMessage(s))
	}
	return agent.Address{Line: s}, true
}

func addressObject(v json.RawMessage) (a agent.Address, ok bool) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(v, &parts) != nil {
		return a, false
	}
	for name, into := range map[string]*string{
		"line": &a.Line, "city": &a.City, "state": &a.State, "pincode": &a.Pincode, "district": &a.District, "area": &a.Area,
	} {
		s, ok := scalar(parts[name])
		if !ok || strings.Contains(s, brokenAddress) {
			return a, false
		}
		*into = strings.TrimSpace(s)
	}
	return a, true
}
