package eps_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
)

// wantWait checks a 429 and the seconds to wait that it names.
func (r reply) wantWait(t *testing.T, seconds string) {
	t.Helper()
	r.want(t, tooMany())
	if got := r.header.Get("Retry-After"); got != seconds {
		t.Errorf("Retry-After is %q, want %q", got, seconds)
	}
}

// TestPartnerLimit counts a partner's requests, with whichever key, and nobody else's.
func TestPartnerLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) { c.PartnerRate, c.PartnerBurst = 0.1, 2 }))
	k := w.partner(t, "9000000001", "")
	w.send(t, services("20810200")).want(t, listed())
	w.send(t, activate("20810200", "45")).want(t, done())
	second, err := w.Operator.RotateKey(t.Context(), "sandbox", switchboard.NewKey{})
	if err != nil {
		t.Fatal(err)
	}
	w.records(t, 0, func() {
		w.send(t, services("20810200").by(credsOf(second))).wantWait(t, "10")
		w.send(t, deactivate("20810200", "45")).wantWait(t, "10")
		w.send(t, services("20810200")).wantWait(t, "10")
	})
	w.send(t, services("20810200").by(credsOf(k))).want(t, unknownAgent())
	w.clock.forward(4 * time.Second)
	w.send(t, services("20810200")).wantWait(t, "6")
	w.clock.forward(6 * time.Second)
	w.send(t, services("20810200")).want(t, listed())
}

// TestForgedRequestsCostThePartnerNothing: only a right signature counts against its limit.
func TestForgedRequestsCostThePartnerNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) { c.PartnerRate, c.PartnerBurst = 1, 1 }))
	for range 5 {
		r := services("20810200")
		r.signature = "forged"
		w.send(t, r).want(t, forbidden())
	}
	w.send(t, services("20810200")).want(t, listed())
}

func TestAddressLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) {
		behindProxy(c)
		c.AddressRate, c.AddressBurst = 2, 2
	}))
	w.send(t, services("20810200").from("192.0.2.1")).want(t, listed())
	w.send(t, get("/nowhere").from("192.0.2.1")).want(t, look{404, 1, 1, 1297})
	w.send(t, services("20810200").from("192.0.2.1")).wantWait(t, "1")
	w.send(t, get("/nowhere").from("192.0.2.1")).wantWait(t, "1")
	w.send(t, services("20810200").from("192.0.2.2")).want(t, listed())
	// What a caller writes before the proxy's word does not make another address of it.
	w.send(t, services("20810200").from("198.51.100.9, 192.0.2.1")).wantWait(t, "1")
	w.clock.forward(time.Second)
	w.send(t, services("20810200").from("192.0.2.1")).want(t, listed())
}

// TestUntrustedForwardedFor: without a trusted proxy, everybody comes from the connection's address.
func TestUntrustedForwardedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		c.AddressRate, c.AddressBurst = 1, 1
	}))
	w.send(t, services("20810200").from("192.0.2.1")).want(t, listed())
	w.send(t, services("20810200").from("192.0.2.2")).wantWait(t, "1")
}

// TestRefusedSignatureLimit: who guesses is shut out, with right signatures too; others are not.
func TestRefusedSignatureLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) {
		behindProxy(c)
		c.RefusedRate, c.RefusedBurst = 6, 3
	}))
	bad := services("20810200").from("192.0.2.1")
	bad.signature = "guess"
	good := services("20810200").from("192.0.2.1")
	for range 3 {
		w.send(t, good).want(t, listed())
		w.send(t, bad).want(t, forbidden())
	}
	w.send(t, bad).wantWait(t, "10")
	w.send(t, good).wantWait(t, "10")
	w.send(t, services("20810200").from("192.0.2.2")).want(t, listed())
	w.clock.forward(10 * time.Second)
	w.send(t, good).want(t, listed())
	w.send(t, bad).want(t, forbidden())
	w.send(t, good).wantWait(t, "10")
}

// TestSandboxHasNoLimits unless it is told to.
func TestSandboxHasNoLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for range 50 {
		r := services("20810200")
		w.send(t, r).want(t, listed())
		r.signature = "x"
		w.send(t, r).want(t, forbidden())
	}
}

// TestOurFault: the answer shows nothing of what failed but the request id; the log has the cause.
func TestOurFault(t *testing.T) {
	apptest.Embedded(t)
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	user := w.agent(t, "sandbox")
	w.send(t, activate(user, "4")).want(t, done())
	breakTables(t, w.Config)
	for _, r := range []request{activate(user, "45"), deactivate(user, "4").named("A"), bbps(user), services("99999999"), post("/user/network/eps-agent", onboarding("7123456789"))} {
		t.Run(r.path, func(t *testing.T) {
			got := w.send(t, r).want(t, look{500, 1, 1, 1297})
			id := got.header.Get("X-Request-Id")
			got.says(t, id)
			if d := string(got.Data); d != "{}" {
				t.Errorf("the data is %s", d)
			}
			for _, leak := range []string{"SQL", "sql", "table", "agents", "activations", "events", ".go", "/", "database", "internal:"} {
				if strings.Contains(*got.Message, leak) {
					t.Errorf("the message tells %q: %s", leak, *got.Message)
				}
			}
			if e := w.log.Entry(t, id); !strings.Contains(e["error"].(string), "no such table") {
				t.Errorf("the log says %v", e)
			}
		})
	}
}

// breakTables takes tables away under the running application: what no cache can hide.
func breakTables(t *testing.T, cfg config.Config) {
	t.Helper()
	c, err := sqlite.OpenConn(app.DatabasePath(cfg.Data), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := sqlitex.ExecuteScript(c, "DROP TABLE agents; DROP TABLE activations; DROP TABLE events;", nil); err != nil {
		t.Fatal(err)
	}
}
