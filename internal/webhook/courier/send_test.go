package courier_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/webhook"
	"github.com/switchboard-platform/switchboard/internal/webhook/courier"
)

// names is a name server that answers every question for an address with the next of a list, and with the last
// one from then on.
type names struct {
	mu      sync.Mutex
	answers []netip.Addr
	asked   atomic.Int64
}

func (n *names) next() netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked.Add(1)
	a := n.answers[0]
	if len(n.answers) > 1 {
		n.answers = n.answers[1:]
	}
	return a
}

// resolver begins to answer, and gives what asks it.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for buf := make([]byte, 512); ; {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(n.reply(buf[:size]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply answers a question of the domain name system: for A with an address, for all else with none.
func (n *names) reply(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	isA := question[end-3] == 1
	b := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:end]...)
	if !isA {
		return b
	}
	b[7] = 1
	a := n.next().As4()
	return append(append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), a[:]...)
}

// noDoors keeps all that is not public out, the machine itself included.
func noDoors(c *courier.Config) { c.Walls = webhook.NewWalls(nil) }

// TestNamesThatLeadInside: what a name resolves to is judged when it is called, every time.
func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "169.254.169.254", "10.0.0.1", "0.0.0.0", "100.64.0.1"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			rc := newReceiver(t)
			server := &names{answers: []netip.Addr{netip.MustParseAddr(address)}}
			w := newWorld(t, func(c *courier.Config) { noDoors(c); c.Resolver = server.resolver(t) })
			code, id := w.agent(), w.endpoint("http://receiver.example:"+port(rc.URL)).Endpoint.ID
			w.set(code, agent.Activate)
			w.tried(id, 1, 1, webhook.Waiting)
			_, attempts := w.delivery(id, 1)
			if a := attempts[0]; a.Status != 0 || !strings.Contains(a.Problem, "not public") || strings.Contains(a.Problem, address) {
				t.Errorf("the attempt is %+v", a)
			}
			if len(rc.messages) > 0 || server.asked.Load() == 0 {
				t.Errorf("%d messages arrived, the name was asked for %d times", len(rc.messages), server.asked.Load())
			}
		})
	}
}

func port(url string) string { return url[strings.LastIndexByte(url, ':')+1:] }

// TestRebinding: a name that led to a permitted address once, and leads inside the next time, is refused then.
func TestRebinding(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	rc.answers(func(w http.ResponseWriter, _ got) { w.Header().Set("Connection", "close") })
	server := &names{answers: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}}
	w := newWorld(t, func(c *courier.Config) {
		c.Walls = webhook.NewWalls([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
		c.Resolver = server.resolver(t)
	})
	code, id := w.agent(), w.endpoint("http://receiver.example:"+port(rc.URL)).Endpoint.ID
	w.set(code, agent.Activate)
	w.tried(id, 1, 1, webhook.Delivered)
	w.set(code, agent.Deactivate)
	w.tried(id, 2, 1, webhook.Waiting)
	if _, attempts := w.delivery(id, 2); !strings.Contains(attempts[0].Problem, "not public") {
		t.Errorf("the attempt is %+v", attempts[0])
	}
}

// TestRedirect: an answer that sends us elsewhere is no success, and is not followed.
func TestRedirect(t *testing.T) {
	t.Parallel()
	w, rc, inside := newWorld(t, nil), newReceiver(t), newReceiver(t)
	rc.answers(func(rw http.ResponseWriter, _ got) {
		rw.Header().Set("Location", inside.URL)
		rw.WriteHeader(http.StatusTemporaryRedirect)
	})
	code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
	w.set(code, agent.Activate)
	w.tried(id, 1, 1, webhook.Waiting)
	if _, attempts := w.delivery(id, 1); attempts[0].Status != 307 || !strings.Contains(attempts[0].Header, "Location: "+inside.URL) {
		t.Errorf("the attempt is %+v", attempts[0])
	}
	if len(inside.messages) > 0 {
		t.Error("the redirect was followed")
	}
}

// TestAnswers: of what a receiver says, a bounded part is kept.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"short":      func(w http.ResponseWriter) { _, _ = io.WriteString(w, "thank you \xff") },
		"long":       func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("long ", 100_000)) },
		"never ends": func(w http.ResponseWriter) { neverEnd(w) },
		"header":     func(w http.ResponseWriter) { w.Header().Set("X-Long", strings.Repeat("x", 10_000)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rc := newWorld(t, nil), newReceiver(t)
			rc.answers(func(rw http.ResponseWriter, _ got) { answer(rw) })
			code, id := w.agent(), w.endpoint(rc.URL).Endpoint.ID
			w.set(code, agent.Activate)
			w.tried(id, 1, 1, webhook.Delivered)
			_, attempts := w.delivery(id, 1)
			if a := attempts[0]; a.Status != 200 || len(a.Body) > 4<<10 || len(a.Header) > 4<<10 || name == "short" && a.Body != "thank you \uFFFD" {
				t.Errorf("kept of the answer: %d bytes of header, %d of body: %.40q", len(a.Header), len(a.Body), a.Body)
			}
		})
	}
}

// neverEnd writes until nobody reads.
func neverEnd(w http.ResponseWriter) {
	for {
		if _, err := w.Write(make([]byte, 1024)); err != nil {
			return
		}
	}
}

// TestProblems: why there was no answer is said in words that show nothing of this side.
func TestProblems(t *testing.T) {
	t.Parallel()
	secure := func(t *testing.T, cfg *tls.Config) *httptest.Server {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.TLS, s.Config.ErrorLog = cfg, slog.NewLogLogger(slog.DiscardHandler, 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	hanging := newReceiver(t)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	hanging.answers(func(http.ResponseWriter, got) { <-hold })
	breaking := newReceiver(t)
	breaking.answers(func(http.ResponseWriter, got) { panic(http.ErrAbortHandler) })
	for name, c := range map[string]struct{ url, want string }{
		"refused":     {closed.URL, "The connection was refused."},
		"hangs":       {hanging.URL, "There was no answer within 1s."},
		"breaks":      {breaking.URL, "The connection broke before there was an answer."},
		"no name":     {"http://no-such-name.invalid", "The name cannot be resolved."},
		"untrusted":   {secure(t, nil).URL, "The certificate is not valid: nobody that is trusted has signed it."},
		"not TLS":     {strings.Replace(newReceiver(t).URL, "http:", "https:", 1), "TLS cannot be agreed upon; TLS 1.2 or 1.3 is needed."},
		"TLS too old": {secure(t, &tls.Config{MaxVersion: tls.VersionTLS11}).URL, "TLS cannot be agreed upon; TLS 1.2 or 1.3 is needed."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(cfg *courier.Config) {
				if name == "hangs" {
					cfg.Timeout = time.Second
				}
			})
			code, id := w.agent(), w.endpoint(c.url).Endpoint.ID
			w.set(code, agent.Activate)
			w.tried(id, 1, 1, webhook.Waiting)
			if _, attempts := w.delivery(id, 1); attempts[0].Status != 0 || attempts[0].Problem != c.want {
				t.Errorf("the attempt is %+v, want %q", attempts[0], c.want)
			}
		})
	}
}

// TestTLS: a receiver whose certificate is trusted gets its messages.
func TestTLS(t *testing.T) {
	t.Parallel()
	rc := &receiver{messages: make(chan got, 10)}
	rc.Server = httptest.NewTLSServer(rc)
	t.Cleanup(rc.Close)
	roots := x509.NewCertPool()
	roots.AddCert(rc.Certificate())
	w := newWorld(t, func(c *courier.Config) { c.Roots = roots })
	code := w.agent()
	w.endpoint(rc.URL)
	w.set(code, agent.Activate)
	rc.next(t)
}

// TestURLs: what an endpoint's URL may be is said when it is made.
func TestURLs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for url, ok := range map[string]bool{
		"https://receiver.example/hook?a=b": true, "http://receiver.example": true, "https://receiver.example:8443": true, "http://127.0.0.1:9999/": true,
		"": false, "receiver.example": false, "https://": false, "https:receiver": false, "ftp://receiver.example": false, "file:///etc/passwd": false,
		"https://user:pass@receiver.example": false, "https://receiver.example#part": false, "https://receiver.example:22": false, "https://receiver.example:99999": false,
		"https://10.0.0.1/": false, "https://[::1]/": false, "https://[::ffff:10.0.0.1]/": false, "https://169.254.169.254/latest": false, "https://[fe80::1%25eth0]/": false,
		"https://receiver.example/" + strings.Repeat("x", 2048): false, "https://receiver.example/\n": false,
	} {
		_, err := w.AddEndpoint(t.Context(), w.partner(), webhook.Endpoint{URL: url})
		if (err == nil) != ok || !ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%.60q: %v, want it accepted: %v", url, err, ok)
		}
	}
}
