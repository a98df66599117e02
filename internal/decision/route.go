package decision

import (
	"net/http"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// route is one address of the API.
type route struct {
	path      string
	method    string
	operation string // as metrics and logs call it
	maxBody   int    // bytes
	authZEN   bool   // as AuthZEN has it
	public    bool   // for everybody
	lightly   bool   // what it tells it reads on the footing of its caller: see registry.Footing
	run       func(*call) error
}

// The longest bodies, in bytes: of one question, and of many.
const (
	oneBody  = 64 << 10
	manyBody = 4 << 20
)

// The addresses.
const (
	pathDecide        = "/v1/decisions"
	pathDecideMany    = "/v1/decisions:batch"
	pathCheckReceipt  = "/v1/receipts:check"
	pathEvaluate      = "/access/v1/evaluation"
	pathEvaluateMany  = "/access/v1/evaluations"
	pathConfiguration = "/.well-known/authzen-configuration"
)

// routes is every address there is, the most frequent one first.
var routes = []route{
	{path: pathDecide, method: http.MethodPost, operation: "decide", maxBody: oneBody, lightly: true, run: decide},
	{path: pathDecideMany, method: http.MethodPost, operation: "decide_batch", maxBody: manyBody, lightly: true, run: decideMany},
	{path: pathCheckReceipt, method: http.MethodPost, operation: "check_receipt", maxBody: oneBody, run: checkReceipt},
	{path: pathEvaluate, method: http.MethodPost, operation: "evaluate", maxBody: oneBody, authZEN: true, lightly: true, run: evaluate},
	{path: pathEvaluateMany, method: http.MethodPost, operation: "evaluate_batch", maxBody: manyBody, authZEN: true, lightly: true, run: evaluateMany},
	{path: pathConfiguration, method: http.MethodGet, operation: "authzen_configuration", authZEN: true, public: true, run: configuration},
}

// authZENPrefix is where AuthZEN has its addresses, of which we serve some.
const authZENPrefix = "/access/v1/"

// Serves says whether an address is one of this API, or would be.
func Serves(path string) bool {
	if strings.HasPrefix(path, authZENPrefix) {
		return true
	}
	for i := range routes {
		if routes[i].path == path {
			return true
		}
	}
	return false
}

// Operations gives the name of every operation, for metrics.
func Operations() (names []string) {
	for i := range routes {
		names = append(names, routes[i].operation)
	}
	return names
}

func (r *route) name() string {
	if r == nil {
		return "none"
	}
	return r.operation
}

// findRoute finds the operation.
func (c *call) findRoute() error {
	for i := range routes {
		if routes[i].path != c.r.URL.Path {
			continue
		}
		c.route = &routes[i]
		if c.r.Method != c.route.method && !(c.r.Method == http.MethodHead && c.route.method == http.MethodGet) {
			return fault.New(fault.WrongMethod, "This address takes %s.", c.route.method)
		}
		return nil
	}
	return fault.New(fault.NoRoute, "There is nothing at this address.")
}
