package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// patience bounds what a test waits for; nothing is measured by it.
const patience = 30 * time.Second

// dial connects to an address, byte by byte as the test wants.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

const body = `{"initiator_id":"` + sandbox.InitiatorID + `"}`

// signed is the header of an activation that is signed as the sandbox's partner.
func signed(service, more string) string {
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	return "PUT /ekoapi/v3/admin/network/agent/" + sandbox.UserCode + "/service/" + service + "/activate HTTP/1.1\r\nHost: x\r\n" +
		"developer_key: " + sandbox.DeveloperKey + "\r\nsecret-key-timestamp: " + at + "\r\nsecret-key: " + sign.EPS(sandbox.AccessKey, at) +
		"\r\nContent-Type: application/json\r\n" + more + "\r\n"
}

// inFlight is a request that the server has begun to work on and waits for the rest of.
type inFlight struct {
	c net.Conn
	r *bufio.Reader
}

// begin sends a header and has the server ask for the body, which shows that it works on it.
func begin(t *testing.T, address, service string) inFlight {
	t.Helper()
	c := dial(t, address)
	f := inFlight{c, bufio.NewReader(c)}
	send(t, c, signed(service, fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", len(body))))
	line, err := f.r.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server does not ask for the body: %q, %v", line, err)
	}
	if _, err := f.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return f
}

// finish sends the body and gives the answer.
func (f inFlight) finish(t *testing.T) (int, string) {
	t.Helper()
	send(t, f.c, body)
	return readAnswer(t, f.r)
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func readAnswer(t *testing.T, r *bufio.Reader) (int, string) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// untilRefused waits until nobody listens at an address.
func untilRefused(t *testing.T, address string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_ = c.Close()
	}
	t.Fatalf("%s still takes connections", address)
}

func TestGracefulStop(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	if status, text := get(t, nil, "http://"+a.At.Operator+"/readyz"); status != 200 {
		t.Fatalf("before the stop: %d %s", status, text)
	}
	f := begin(t, a.At.Partners, "45")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		a.Stop(t)
	}()
	for _, address := range []string{a.At.Partners, a.At.Operator} {
		untilRefused(t, address)
	}
	select {
	case <-stopped:
		t.Error("the server did not wait for the request in flight")
	default:
	}
	if status, text := f.finish(t); status != 200 || !strings.Contains(text, "Service activated successfully.") {
		t.Errorf("the request in flight was answered %d %s", status, text)
	}
	<-stopped

	b := apptest.New(t, apptest.Options{Data: a.Config.Data})
	got, err := b.Operator.Agent(t.Context(), sandbox.UserCode, 0)
	if err != nil || len(got.Activations) != 1 {
		t.Errorf("what was answered while stopping is not there: %+v, %v", got.Activations, err)
	}
}

// A request that does not end in time is cut off, so that the process does end.
func TestStopCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) { c.ShutdownTimeout = 100 * time.Millisecond }})
	f := begin(t, a.At.Partners, "45")
	a.Stop(t)
	if _, err := io.WriteString(f.c, body); err == nil {
		if resp, err := http.ReadResponse(f.r, nil); err == nil {
			_ = resp.Body.Close()
			t.Errorf("after the stop it was answered %s", resp.Status)
		}
	}
	b := apptest.New(t, apptest.Options{Data: a.Config.Data})
	got, err := b.Operator.Agent(t.Context(), sandbox.UserCode, 0)
	if err != nil || len(got.Activations) != 0 {
		t.Errorf("what was cut off was done: %+v, %v", got.Activations, err)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		for name, url := range map[string]string{"tcp": "http://" + a.At.Operator, "socket": "http://switchboard"} {
			var client *http.Client
			if name == "socket" {
				client = overSocket(t, a.At.Socket)
			}
			if status, text := get(t, client, url+path); status != 200 || text != want {
				t.Errorf("%s over %s: %d %q", path, name, status, text)
			}
		}
		if status, _ := get(t, nil, a.URL+path); status != 404 {
			t.Errorf("partners get %d for %s", status, path)
		}
	}
	if status, text := get(t, nil, a.URL+"/metrics"); status != 404 || strings.Contains(text, "switchboard_") {
		t.Errorf("partners get %d for the metrics", status)
	}
}

// An app that only works for a command is alive and not ready: it serves no partner.
func TestNotReadyWithoutServing(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	mustInit(t, cfg, app.Production)
	a, err := open(t, cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	err = a.Operate(t.Context(), func(op *switchboard.Operator) error {
		client := overSocket(t, cfg.SocketPath())
		if status, text := get(t, client, "http://switchboard/healthz"); status != 200 {
			t.Errorf("healthz: %d %s", status, text)
		}
		if status, text := get(t, client, "http://switchboard/readyz"); status != 503 || text != "not ready\n" {
			t.Errorf("readyz: %d %s", status, text)
		}
		s, err := op.Status(t.Context())
		if s.Listen != "" {
			t.Errorf("it says that it listens on %s", s.Listen)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestListenerTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, change := range map[string]func(*config.Config){
		"--listen":          func(c *config.Config) { c.Listen = l.Addr().String() },
		"--operator-listen": func(c *config.Config) { c.OperatorListen = l.Addr().String() },
	} {
		cfg := settings(t)
		mustInit(t, cfg, app.Production)
		change(&cfg)
		a, err := open(t, cfg, app.Production)
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, a.Serve(t.Context(), func(app.Addresses) { t.Error("it says that it listens") }), "unavailable", l.Addr().String(), name)
	}
}
