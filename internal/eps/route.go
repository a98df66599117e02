package eps

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// route is one address of the dialect, below any of the prefixes.
type route struct {
	method    string
	pattern   []part
	address   string // method and path, in one spelling for every prefix: a client_ref_id names a call of it
	operation string // as metrics and logs call it
	run       func(*call) (answer, error)
	lightly   bool // what it tells it reads on the footing of its caller: see registry.Footing
}

// part is one segment of a pattern: "{…}" matches any, "user_code:{…}" any that begins so.
type part struct {
	text     string
	variable bool // text is only how it begins
}

func (r *route) name() string {
	if r == nil {
		return "none"
	}
	return r.operation
}

// routes is every address there is.
var routes = []route{
	at("PUT", "/admin/network/agent/{user_code}/service/{service_code}/activate", "activate_service", activateService),
	at("PUT", "/admin/network/agent/{user_code}/service/{service_code}/deactivate", "deactivate_service", deactivateService),
	at("PUT", "/user/service/activate", "activate_user_service", activateUserService),
	at("POST", "/user/network/eps-agent", "onboard_agent", onboardAgent),
	at("PUT", "/user/account", "onboard_agent", onboardAgent),
	at("PUT", "/user/onboard", "onboard_agent", onboardAgent),
	lightly(at("GET", "/user/account/services", "get_user_services", getUserServices)),
	lightly(at("GET", "/user/services/user_code:{user_code}", "enquire_user_services", enquireUserServices)),
	at("GET", "/tools/catalog/service-codes", "get_services", getServices),
	at("GET", "/user/services", "get_services", getServices),
}

func at(method, pattern, operation string, run func(*call) (answer, error)) route {
	r := route{method: method, address: method + " " + pattern, operation: operation, run: run}
	for _, p := range strings.Split(pattern[1:], "/") {
		text, _, variable := strings.Cut(p, "{")
		r.pattern = append(r.pattern, part{text, variable})
	}
	return r
}

func lightly(r route) route { r.lightly = true; return r }

// Operations gives the name of every operation, for metrics.
func Operations() []string {
	names := []string{(*route)(nil).name()}
	for i := range routes {
		if !slices.Contains(names, routes[i].operation) {
			names = append(names, routes[i].operation)
		}
	}
	return names
}

// maxSegments is one more than the longest address has, its prefix included.
const maxSegments = 10

// segments are the parts of a path, unescaped, empty ones left out: a trailing or doubled slash
// makes no difference.
type segments struct {
	part [maxSegments]string
	n    int
}

// split takes a path apart. ok is false for one that cannot be any of ours.
func split(u *url.URL) (s segments, ok bool) {
	path, escaped := u.Path, false
	if u.RawPath != "" { // something is escaped that need not be: %2F must stay in its segment
		path, escaped = u.RawPath, true
	}
	for len(path) > 0 {
		part, rest, _ := strings.Cut(path, "/")
		if path = rest; part == "" {
			continue
		}
		if s.n == maxSegments {
			return s, false
		}
		if escaped {
			plain, err := url.PathUnescape(part)
			if err != nil {
				return s, false
			}
			part = plain
		}
		s.part[s.n] = part
		s.n++
	}
	return s, true
}

// underPrefix reports whether the path begins with one of the prefixes, "/ekoapi/v1" to "/ekoicici/v3".
func (s *segments) underPrefix() bool {
	if s.n < 2 || s.part[0] != "ekoapi" && s.part[0] != "ekoicici" {
		return false
	}
	return s.part[1] == "v1" || s.part[1] == "v2" || s.part[1] == "v3"
}

// findRoute finds the operation. NoRoute when there is none; WrongMethod when it wants another.
func (c *call) findRoute() error {
	path, ok := split(c.r.URL)
	if !ok || !path.underPrefix() {
		return errNoRoute()
	}
	c.path = path
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	known := false
	for i := range routes {
		if routes[i].matches(&path) {
			if known = true; routes[i].method == method {
				c.route = &routes[i]
				return nil
			}
		}
	}
	if known {
		return fault.New(fault.WrongMethod, "This address takes %s.", strings.Join(c.allowed(), ", "))
	}
	return errNoRoute()
}

func errNoRoute() error { return fault.New(fault.NoRoute, "There is nothing at this address.") }

func (r *route) matches(s *segments) bool {
	if s.n != len(r.pattern)+2 {
		return false
	}
	for i := range r.pattern {
		want, got := &r.pattern[i], s.part[i+2]
		if got != want.text && !(want.variable && strings.HasPrefix(got, want.text)) {
			return false
		}
	}
	return true
}

// allowed gives the methods of the path's address.
func (c *call) allowed() (methods []string) {
	for i := range routes {
		if routes[i].matches(&c.path) && !slices.Contains(methods, routes[i].method) {
			methods = append(methods, routes[i].method)
			if routes[i].method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
	}
	return methods
}
