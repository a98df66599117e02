package eps_test

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// behindProxy trusts the test's own address as a proxy, so that requests may come from anywhere.
func behindProxy(c *config.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// TestReplay: what each level does with a second request under one timestamp, at another node where there are
// several. The first is always an activation from 192.0.2.1.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(behindProxy))
	node := w.another(t, behindProxy)
	const home, away = "192.0.2.1", "192.0.2.2"
	for i, level := range []string{"observe", "same-source", "strict"} {
		k := w.partner(t, strconv.Itoa(9000000001+i), level)
		user := w.agent(t, k.Partner)
		first := activate(user, "45").by(credsOf(k))
		other := func(r request) request { return r.by(credsOf(k)) }
		for _, c := range []struct {
			name    string
			again   request
			from    string
			later   time.Duration
			refused map[string]string // the cause, by level; none: let pass
		}{
			{"retry", first, home, 0, nil},
			{"retry, late", first, home, 110 * time.Second, nil},
			{"retry, elsewhere", first, away, 0, nil},
			{"other body", first.with(`"latlong":"1,1"`), home, 0, map[string]string{"strict": "refused_strict"}},
			{"other body, 2 s later", first.with(`"latlong":"1,1"`), home, 2 * time.Second, map[string]string{"strict": "refused_strict"}},
			{"other body, too late", first.with(`"latlong":"1,1"`), home, 2001 * time.Millisecond,
				map[string]string{"same-source": "refused_source", "strict": "refused_strict"}},
			{"other body, elsewhere", first.with(`"latlong":"1,1"`), away, 0,
				map[string]string{"same-source": "refused_source", "strict": "refused_strict"}},
			{"other path", other(deactivate(user, "45")), away, 0,
				map[string]string{"same-source": "refused_source", "strict": "refused_strict"}},
			{"other method and query", other(services(user)), away, 0,
				map[string]string{"same-source": "refused_source", "strict": "refused_strict"}},
		} {
			t.Run(level+"/"+c.name, func(t *testing.T) {
				stamp := w.timestamp()
				first, again := first.from(home), c.again.from(c.from)
				first.at, again.at = stamp, stamp
				w.send(t, first).want(t, done())
				w.clock.forward(c.later)
				r := node.send(t, again)
				if cause := c.refused[level]; cause != "" {
					r.want(t, forbidden())
					node.send(t, again).want(t, forbidden()) // however often it comes
					next := first.with(`"latlong":"2,2"`).from(c.from)
					next.at = stamp
					node.send(t, next).want(t, forbidden()) // and whatever comes after it from there
					if e := w.log.Entry(t, r.header.Get("X-Request-Id")); e["cause"] != cause {
						t.Errorf("the log says %v, want the cause %s", e, cause)
					}
				} else if r.http != 200 {
					t.Errorf("refused: %s", r.body)
				}
				// The first request stays an honest retry whatever came between.
				w.send(t, first).want(t, done())
			})
		}
	}
}

// TestStrictTrustsNothingFromBeforeItsStart: it cannot know what was used then.
func TestStrictTrustsNothingFromBeforeItsStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(behindProxy))
	for initiator, c := range map[string]struct {
		level string
		want  look
	}{"9000000001": {"observe", listed()}, "9000000002": {"same-source", listed()}, "9000000003": {"strict", forbidden()}} {
		k := w.partner(t, initiator, c.level)
		r := services(w.agent(t, k.Partner)).by(credsOf(k))
		r.at = strconv.FormatInt(dawn().UnixMilli()-1, 10)
		w.send(t, r).want(t, c.want)
	}
}

// TestReplayLevelChanges: a key's level holds from the moment that it is set.
func TestReplayLevelChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(behindProxy))
	k := w.partner(t, "9000000001", "")
	user := w.agent(t, k.Partner)
	first, again := services(user).by(credsOf(k)), activate(user, "45").by(credsOf(k))
	first.at = w.timestamp()
	again.at = first.at
	w.send(t, first).want(t, listed())
	w.send(t, again).want(t, done())
	if _, err := w.Operator.SetReplay(t.Context(), k.DeveloperKey, "strict"); err != nil {
		t.Fatal(err)
	}
	w.send(t, again).want(t, forbidden())
	w.send(t, first).want(t, listed())
}
