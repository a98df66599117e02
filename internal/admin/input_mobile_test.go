package admin_test

import (
	"strings"
	"testing"
)

func TestBadMobileInput(t *testing.T) {
	t.Parallel()
	const member, pin = "/members/254712345678", "/members/254712345678/pin"
	long := strings.Repeat("x", 300)
	refuseAll(t, map[string]badInput{
		"channel without id":      {"POST", "/channels", `{}`, 400, "invalid", "channel"},
		"channel id in capitals":  {"POST", "/channels", `{"id":"USSD"}`, 400, "invalid", "channel"},
		"channel that exists":     {"POST", "/channels", `{"id":"sandbox"}`, 409, "exists", ""},
		"address of words":        {"POST", "/channels", `{"id":"ussd","addresses":["here"]}`, 400, "invalid", "addresses"},
		"network too wide a mask": {"POST", "/channels", `{"id":"ussd","addresses":["10.0.0.0/33"]}`, 400, "invalid", "addresses"},
		"negative rate":           {"POST", "/channels", `{"id":"ussd","rate":-1}`, 400, "invalid", "rate"},
		"channel with a secret":   {"POST", "/channels", `{"id":"ussd","secret":"mine"}`, 400, "invalid", ""},
		"set an unknown channel":  {"PUT", "/channels/ussd", `{"name":"USSD"}`, 404, "not_found", ""},
		"set an address of words": {"PUT", "/channels/sandbox", `{"addresses":["here"]}`, 400, "invalid", "addresses"},
		"set a negative burst":    {"PUT", "/channels/sandbox", `{"burst":-1}`, 400, "invalid", "burst"},
		"set the id":              {"PUT", "/channels/sandbox", `{"id":"other"}`, 400, "invalid", ""},
		"rotate an unknown one":   {"POST", "/channels/ussd/secrets", `{}`, 404, "not_found", ""},
		"overlap in words":        {"POST", "/channels/sandbox/secrets", `{"overlap":"a week"}`, 400, "invalid", "overlap"},
		"negative overlap":        {"POST", "/channels/sandbox/secrets", `{"overlap":"-1h"}`, 400, "invalid", "overlap"},
		"revoke an unknown one":   {"POST", "/channels/ussd/revoke", `{}`, 404, "not_found", ""},
		"revoke no secret":        {"POST", "/channels/sandbox/secrets/sandbox-9/revoke", `{}`, 404, "not_found", ""},

		"member without name":    {"POST", "/members", `{"msisdn":"254700000001"}`, 400, "invalid", "full_name"},
		"local phone number":     {"POST", "/members", `{"msisdn":"0712345678","full_name":"A"}`, 400, "invalid", "msisdn"},
		"identity without type":  {"POST", "/members", `{"msisdn":"254700000001","full_name":"A","identity":"1"}`, 400, "invalid", "identity_type"},
		"SIM of letters":         {"POST", "/members", `{"msisdn":"254700000001","full_name":"A","imsi":"sim"}`, 400, "invalid", "imsi"},
		"member with a PIN":      {"POST", "/members", `{"msisdn":"254700000001","full_name":"A","pin":"1234"}`, 400, "invalid", ""},
		"member who exists":      {"POST", "/members", `{"msisdn":"254712345678","full_name":"A"}`, 409, "exists", ""},
		"member number twice":    {"POST", "/members", `{"msisdn":"254700000001","full_name":"A","member_number":"012939"}`, 409, "exists", ""},
		"unknown member":         {"GET", "/members/254700000001", "", 404, "not_found", ""},
		"member upwards":         {"GET", "/members/..%2F..%2Fetc%2Fpasswd", "", 404, "not_found", ""},
		"events of letters":      {"GET", member + "?events=all", "", 400, "invalid", "events"},
		"limit too high":         {"GET", "/members?limit=1001", "", 400, "invalid", "limit"},
		"bind without reason":    {"POST", member + "/bind", `{"type":"IMSI","id":"639020000000009"}`, 400, "invalid", "reason"},
		"bind another type":      {"POST", member + "/bind", `{"type":"IMEI","id":"639020000000009","reason":"r"}`, 400, "invalid", "type"},
		"bind a bad SIM":         {"POST", member + "/bind", `{"type":"IMSI","id":"12","reason":"r"}`, 400, "invalid", "id"},
		"bind nothing":           {"POST", member + "/bind", `{"type":"APP_ID","id":"","reason":"r"}`, 400, "invalid", "id"},
		"unbind without reason":  {"POST", member + "/unbind", `{}`, 400, "invalid", "reason"},
		"unbind another type":    {"POST", member + "/unbind", `{"devices":["app"],"reason":"r"}`, 400, "invalid", "devices"},
		"unbind nothing":         {"POST", member + "/unbind", `{"devices":[],"reason":"r"}`, 400, "invalid", "devices"},
		"unlock without reason":  {"POST", member + "/unlock", `{}`, 400, "invalid", "reason"},
		"a reason too long":      {"POST", member + "/unlock", `{"reason":"` + long + `"}`, 400, "invalid", "reason"},
		"unknown standing":       {"POST", member + "/standing", `{"standing":"suspended","reason":"r"}`, 400, "invalid", "standing"},
		"close without reason":   {"POST", member + "/standing", `{"standing":"closed"}`, 400, "invalid", "reason"},
		"PIN without reason":     {"POST", pin, `{}`, 400, "invalid", "reason"},
		"PIN of one's choice":    {"POST", pin, `{"reason":"r","pin":"4711"}`, 400, "invalid", ""},
		"PIN for nobody":         {"POST", "/members/254700000001/pin", `{"reason":"r"}`, 404, "not_found", ""},
		"unknown format":         {"POST", "/members/import?format=xlsx", "", 400, "invalid", ""},
		"import with no header":  {"POST", "/members/import?format=csv", "", 400, "invalid", ""},
		"import, unknown column": {"POST", "/members/import?format=csv", "msisdn,full_name,colour\n", 400, "invalid", ""},
		"import, a dry word":     {"POST", "/members/import?format=csv&dry_run=1", "msisdn,full_name\n", 400, "invalid", "dry_run"},
		"import of PINs":         {"POST", "/members/import?format=csv", "msisdn,full_name,pin\n", 400, "invalid", ""},
		"ladder of something":    {"PUT", "/ladders/PIN", `{}`, 400, "invalid", "security"},
		"another ladder's":       {"PUT", "/ladders/OTP", `{"security":"PASSWORD"}`, 400, "invalid", "security"},
		"empty ladder":           {"PUT", "/ladders/OTP", `{"steps":[]}`, 400, "invalid", "steps"},
		"steps not in order":     {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"LOCK"},{"attempts":2,"flag":"B","action":"LOCK"}]}`, 400, "invalid", "steps"},
		"unknown action":         {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"LOCKED"}]}`, 400, "invalid", "action"},
		"a duration in words":    {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"SUSPEND","duration":"1 day"}]}`, 400, "invalid", "duration"},
		"a lock that ends":       {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"LOCK","duration":"1h"}]}`, 400, "invalid", "duration"},
		"further, but when":      {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"LOCK"}],"further":{"flag":"B","action":"LOCK"}}`, 400, "invalid", "every"},
		"further at a number":    {"PUT", "/ladders/OTP", `{"every":2,"further":{"attempts":9,"flag":"B","action":"LOCK"}}`, 400, "invalid", "further"},
		"every but no further":   {"PUT", "/ladders/OTP", `{"steps":[{"attempts":3,"flag":"A","action":"LOCK"}],"every":2}`, 400, "invalid", "flag"},
		"a dry run of words":     {"PUT", "/ladders/OTP?dry_run=yes", `{"steps":[{"attempts":3,"flag":"A","action":"LOCK"}]}`, 400, "invalid", "dry_run"},
		"bad, and a dry run":     {"PUT", "/ladders/OTP?dry_run=true", `{"steps":[]}`, 400, "invalid", "steps"},
		"XML of something":       {"GET", "/ladders/PIN/xml", "", 400, "invalid", "security"},
		"import no XML":          {"POST", "/ladders/import", "steps", 400, "invalid", ""},
		"import something":       {"POST", "/ladders/import?security=PIN", "<ATTEMPTS/>", 400, "invalid", ""},
		"import a harmless one":  {"POST", "/ladders/import?security=OTP", "<ATTEMPTS><ATTEMPT NAME='A' ACTION='WARN'>2</ATTEMPT></ATTEMPTS>", 400, "invalid", "steps"},
	})
}
