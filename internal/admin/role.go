package admin

import (
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Sets of roles that routes have in common. An administrator has every role.
const (
	nobodyElse access.Roles = 0 // administrators alone
	desk                    = access.Support | access.Reviewer | access.Fraud | access.Compliance
	everybody               = desk | access.Viewer
)

// routeRoles is who may use a route, where that is not the rule: everybody may read, administrators alone may
// change. So a route that is forgotten here lets in too few and not too many. The domain has a say of its own
// in whose blocks somebody may place and lift.
var routeRoles = map[string]access.Roles{
	"GET /backup": nobodyElse, // it is a copy of everything, sealed secrets included
	"POST /check": everybody,

	// What is one's own.
	"DELETE /session":                 everybody,
	"POST /me/password":               everybody,
	"POST /me/sessions/{session}/end": everybody,

	"POST /me/passkeys/begin":            everybody,
	"POST /me/passkeys":                  everybody,
	"POST /me/passkeys/{passkey}/remove": everybody,

	"POST /receipts/check": everybody, // it changes nothing
	"POST /audit/verify":   everybody, // nor does this
	replaying:              access.Compliance,

	"POST /agents":                  access.Support,
	"POST /agents/{agent}/standing": access.Support,

	"POST /agents/{agent}/services/{service}/activate":   access.Support,
	"POST /agents/{agent}/services/{service}/deactivate": desk, // off is for whoever sees the need
	"POST /agents/{agent}/services/{service}/approve":    access.Reviewer,
	"POST /agents/{agent}/services/{service}/reject":     access.Reviewer,

	"POST /agents/{agent}/services/{service}/renew":   access.Reviewer,
	"POST /agents/{agent}/services/{service}/dates":   access.Reviewer,
	"POST /agents/{agent}/services/{service}/claim":   access.Reviewer,
	"POST /agents/{agent}/services/{service}/release": access.Reviewer,
	"PUT /agents/{agent}/place":                       access.Support,
	"PUT /agents/{agent}/devices":                     access.Support,

	"POST /blocks":              desk,
	"POST /blocks/{block}/lift": desk,

	"POST /webhooks/{webhook}/test":      access.Support,
	"POST /webhooks/{webhook}/redeliver": access.Support,

	"POST /plans":                desk, // nothing happens until an administrator confirms it
	"POST /plans/{plan}/import":  desk,
	"POST /plans/{plan}/confirm": nobodyElse,
	"POST /plans/{plan}/resume":  nobodyElse,
	"POST /plans/{plan}/undo":    nobodyElse,
	"POST /plans/{plan}/stop":    desk,
	"POST /plans/{plan}/discard": desk,

	"POST /members":                   access.Support,
	"POST /members/{msisdn}/bind":     access.Support,
	"POST /members/{msisdn}/unbind":   access.Support,
	"POST /members/{msisdn}/unlock":   access.Support,
	"POST /members/{msisdn}/standing": access.Support,
	"POST /members/{msisdn}/pin":      access.Support,
}

// replaying is a verification that plays every history again, which costs several times as much: the same route, asked
// for more.
const replaying = "POST /audit/verify with replay"

// beforeChange is what whoever must change their password may use: too little for anything else.
var beforeChange = []string{"GET /me", "POST /me/password", "DELETE /session"}

// waysIn are the routes by which somebody gets a way in, or a secret that is one. They take a sign-in of a moment ago: a browser
// that was left open must not leave one behind it. So does opening a list of addresses to all, which the domain looks at.
var waysIn = []string{
	"POST /operators", "PUT /operators/{operator}/roles", "POST /operators/{operator}/tokens", "POST /operators/{operator}/password",
	"PUT /operators/{operator}/openid", "POST /operators/{operator}/passkeys/forget",
	"POST /partners", "POST /partners/{partner}/keys", "POST /partners/{partner}/tokens",
	"POST /channels", "POST /channels/{channel}/secrets",
	"POST /switches", "POST /switches/{switch}/tokens",
	"POST /webhooks", "POST /webhooks/{webhook}/secrets",
	"GET /backup",
}

// commands are what stands for {command} in a route, by how the route begins.
var commands = map[string][]string{
	"POST /agents/": {"activate", "deactivate", "approve", "reject", "renew"},
	"POST /plans/":  {"confirm", "stop", "resume", "undo", "discard"},
}

// mayUse refuses whose roles do not let them use a route.
func (r request) mayUse(pattern string) error {
	if r.session.MustChange && !slices.Contains(beforeChange, pattern) {
		return fault.New(fault.Forbidden, "This password was given to you to begin with. Choose one of your own first.")
	}
	needed := rolesFor(strings.Replace(pattern, "{command}", r.PathValue("command"), 1))
	if r.roles.Has(needed) {
		return r.signedInLately(pattern)
	}
	return fault.New(fault.Forbidden, "Your roles (%s) do not permit this; it takes %s.", r.roles, orAdministrator(needed))
}

// signedInLately refuses a session that is too old for a route. Tokens and the socket are no browsers.
func (r request) signedInLately(pattern string) error {
	if r.session.ID == "" || !slices.Contains(waysIn, pattern) {
		return nil
	}
	return r.session.ProvenLately(r.cause.At)
}

// mayRoutes lists the routes that somebody may use, those with a command once for each command, and what else they may
// be asked for.
func (r request) mayRoutes(patterns []string) []string {
	may := []string{}
	for _, p := range patterns {
		for _, one := range expanded(p) {
			if r.roles.Has(rolesFor(one)) && (!r.session.MustChange || slices.Contains(beforeChange, one)) {
				may = append(may, one)
			}
		}
	}
	return may
}

// expanded gives a route once for each of its commands, and for what else it may be asked.
func expanded(pattern string) (list []string) {
	if strings.HasPrefix(replaying, pattern+" ") {
		return []string{pattern, replaying}
	}
	if !strings.Contains(pattern, "{command}") {
		return []string{pattern}
	}
	for begin, names := range commands {
		if strings.HasPrefix(pattern, begin) {
			for _, c := range names {
				list = append(list, strings.Replace(pattern, "{command}", c, 1))
			}
		}
	}
	return list
}

func rolesFor(pattern string) access.Roles {
	if roles, ok := routeRoles[pattern]; ok {
		return roles
	}
	if strings.HasPrefix(pattern, "GET ") {
		return everybody
	}
	return nobodyElse
}

func orAdministrator(needed access.Roles) string {
	return strings.Join(append(strings.FieldsFunc(needed.String(), func(c rune) bool { return c == ',' }), access.Administrator.String()), " or ")
}
