package main

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Holes of a call of the mobile banking API, besides referenceHole, which is its api_request_id.
const (
	msisdnHole = "{msisdn....}"
	imsiHole   = "{imsi.........}"
	appHole    = "{app_id........}"
)

// The actions that loads ask for.
const (
	checkUser     = "CHECK_USER"
	login         = "LOGIN"
	activateApp   = "ACTIVATE_MOBILE_APP"
	deactivateApp = "DEACTIVATE_MOBILE_APP"
)

// mobilePath is where the mobile banking API is.
const mobilePath = "/mobile-banking/v1"

// chosenPIN is what every member chooses whom the benchmark gives a PIN.
const chosenPIN = "4071"

// channelBasic is how the sandbox's public channel authenticates.
func channelBasic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("sandbox:sandbox"))
}

// memberTemplate is a whole call of the mobile banking API with holes.
type memberTemplate struct {
	text                 string
	msisdnAt, refAt      int
	deviceAt, deviceWide int
	device               func(member int) uint64
}

// newMemberTemplate writes out a call. CHECK_USER comes from the app that was imported; the calls that
// show a PIN come from the SIM, which stays bound whatever becomes of the app.
func newMemberTemplate(host, action string) (memberTemplate, error) {
	t, hole, rest := memberTemplate{device: imsi}, imsiHole, ""
	switch action {
	case checkUser:
		t.device, hole = appID, appHole
		rest = `"device_identifier_type":"APP_ID","device_identifier":"` + appHole + `"`
	case login, deactivateApp:
		rest = `"pin":"` + chosenPIN + `","device_identifier_type":"IMSI","device_identifier":"` + imsiHole + `"`
	case activateApp:
		t.device, hole = appID, appHole
		rest = `"pin":"` + chosenPIN + `","app_id":"` + appHole + `","activate_with_kyc":"NO"`
	default:
		return t, fmt.Errorf("action: there is no load for %q", action)
	}
	body := `{"action":"` + action + `","payload":{"api_request_id":"` + referenceHole +
		`","identifier_type":"MSISDN","identifier":"` + msisdnHole + `",` + rest + `}}`
	t.text = "POST " + mobilePath + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: " + channelBasic() +
		"\r\nContent-Type: application/json\r\nAccept: application/json\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	t.msisdnAt, t.refAt = strings.Index(t.text, msisdnHole), strings.Index(t.text, referenceHole)
	t.deviceAt, t.deviceWide = strings.Index(t.text, hole), len(hole)
	return t, nil
}

// fill writes the call for one member into dst, whose capacity it reuses.
func (t *memberTemplate) fill(dst []byte, member int, reference uint64) []byte {
	dst = append(dst[:0], t.text...)
	fillDecimal(dst[t.msisdnAt:t.msisdnAt+len(msisdnHole)], msisdn(member))
	fillDecimal(dst[t.deviceAt:t.deviceAt+t.deviceWide], t.device(member))
	fillDecimal(dst[t.refAt:t.refAt+len(referenceHole)], reference)
	return dst
}
