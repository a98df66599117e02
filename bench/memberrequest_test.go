package main

import (
	"encoding/json"
	"maps"
	"testing"
)

func TestMemberTemplates(t *testing.T) {
	t.Parallel()
	const member = 7
	for action, want := range map[string]map[string]string{
		checkUser:     {"device_identifier_type": "APP_ID", "device_identifier": "1099001325551342"},
		login:         {"pin": chosenPIN, "device_identifier_type": "IMSI", "device_identifier": "639038582284894"},
		deactivateApp: {"pin": chosenPIN, "device_identifier_type": "IMSI", "device_identifier": "639038582284894"},
		activateApp:   {"pin": chosenPIN, "app_id": "1099001325551342", "activate_with_kyc": "NO"},
	} {
		template, err := newMemberTemplate("h:1", action)
		if err != nil {
			t.Fatal(err)
		}
		r, body := parse(t, template.fill([]byte("left over from before"), member, 42))
		user, password, ok := r.BasicAuth()
		if r.Method != "POST" || r.RequestURI != mobilePath || !ok || user != "sandbox" || password != "sandbox" {
			t.Errorf("%s: have %s %s as %s", action, r.Method, r.RequestURI, user)
		}
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s: have headers %v", action, r.Header)
		}
		var have struct {
			Action  string            `json:"action"`
			Payload map[string]string `json:"payload"`
		}
		if err := json.Unmarshal([]byte(body), &have); err != nil {
			t.Fatalf("%s: %v: %s", action, err, body)
		}
		want["api_request_id"], want["identifier_type"], want["identifier"] = "00000000000000000042", "MSISDN", "254700000077"
		if have.Action != action || !maps.Equal(have.Payload, want) {
			t.Errorf("%s: want %v\nhave %s", action, want, body)
		}
	}
	if _, err := newMemberTemplate("h:1", "SET_PIN"); err == nil {
		t.Error("a template was made for an action that no load asks for")
	}
}
