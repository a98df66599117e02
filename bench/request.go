package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Holes are what a template has in place of what differs from request to request; each is as wide
// as the text that replaces it.
const (
	agentHole     = "{agent.}"
	referenceHole = "{client_reference..}"
	stampHole     = "{timestamp..}"
	signatureHole = "{signature.................................}"
)

// partnerKeys are the credentials requests are signed with. The benchmark uses only the public
// ones of the sandbox.
type partnerKeys struct {
	InitiatorID  string
	DeveloperKey string
	AccessKey    string
}

// sandboxKeys gives the credentials that EPS publishes for tests and every sandbox accepts.
func sandboxKeys() partnerKeys {
	return partnerKeys{
		InitiatorID:  "9962981729",
		DeveloperKey: "becbbce45f79c6f5109f848acd540567",
		AccessKey:    "d2fe1d99-6298-4af2-8cc5-d97dcf46df30",
	}
}

// template is a whole HTTP request with holes.
type template struct {
	text                        string
	agentAt                     []int
	stampAt, signatureAt, refAt int // -1 when there is none
}

// newTemplate writes out a request. The path and body may hold agentHole and referenceHole.
func newTemplate(method, host, path, body string, keys partnerKeys) template {
	length := ""
	if body != "" {
		length = fmt.Sprintf("content-length: %d\r\n", len(body))
	}
	text := method + " " + path + " HTTP/1.1\r\nHost: " + host +
		"\r\ndeveloper_key: " + keys.DeveloperKey +
		"\r\nsecret-key: " + signatureHole + "\r\nsecret-key-timestamp: " + stampHole +
		"\r\ncontent-type: application/json\r\n" + length + "\r\n" + body
	return findHoles(text)
}

// findHoles makes a template of a request.
func findHoles(text string) template {
	t := template{
		text: text, stampAt: strings.Index(text, stampHole),
		signatureAt: strings.Index(text, signatureHole), refAt: strings.Index(text, referenceHole),
	}
	for at := 0; ; at += len(agentHole) {
		next := strings.Index(text[at:], agentHole)
		if next < 0 {
			return t
		}
		at += next
		t.agentAt = append(t.agentAt, at)
	}
}

// enquiryTemplate is Get User's Services; prefix is the part of the path before the operation.
func enquiryTemplate(host, prefix string, keys partnerKeys) template {
	path := prefix + "/user/account/services?initiator_id=" + keys.InitiatorID + "&user_code=" + agentHole
	return newTemplate("GET", host, path, "", keys)
}

// changeTemplate is Activate or Deactivate Service for User.
func changeTemplate(host, prefix, service, action string, withReference bool, keys partnerKeys) template {
	body := `{"initiator_id":"` + keys.InitiatorID + `"}`
	if withReference {
		body = `{"initiator_id":"` + keys.InitiatorID + `","client_ref_id":"` + referenceHole + `"}`
	}
	path := prefix + "/admin/network/agent/" + agentHole + "/service/" + service + "/" + action
	return newTemplate("PUT", host, path, body, keys)
}

// fill writes the request for one agent into dst, whose capacity it reuses.
func (t *template) fill(dst []byte, userCode uint32, s *signed, reference uint64) []byte {
	dst = append(dst[:0], t.text...)
	for _, at := range t.agentAt {
		strconv.AppendUint(dst[:at], uint64(userCode), 10)
	}
	if t.stampAt >= 0 {
		copy(dst[t.stampAt:], s.stamp[:])
		copy(dst[t.signatureAt:], s.signature[:])
	}
	if t.refAt >= 0 {
		fillDecimal(dst[t.refAt:t.refAt+len(referenceHole)], reference)
	}
	return dst
}

// fillDecimal writes a number right-aligned with leading zeros.
func fillDecimal(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
