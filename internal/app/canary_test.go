package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// buffer is a log that is read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

// forms are the ways in which a secret can stand somewhere.
func forms(secret []byte) map[string][]byte {
	return map[string][]byte{
		"plain":          secret,
		"hex":            []byte(hex.EncodeToString(secret)),
		"HEX":            []byte(strings.ToUpper(hex.EncodeToString(secret))),
		"base64":         []byte(strings.TrimRight(base64.StdEncoding.EncodeToString(secret), "=")),
		"base64 for URL": []byte(strings.TrimRight(base64.URLEncoding.EncodeToString(secret), "=")),
		"numbers":        []byte(strings.Trim(fmt.Sprint(secret), "[]")), // as %v prints bytes
	}
}

// found says where secrets stand among places: "access key as hex in the log".
func found(secrets, places map[string][]byte) (where []string) {
	for name, secret := range secrets {
		for form, needle := range forms(secret) {
			for place, text := range places {
				if bytes.Contains(text, needle) {
					where = append(where, name+" as "+form+" in "+place)
				}
			}
		}
	}
	return where
}

// keyMaterial takes the AES key out of a master key's file: the field of 32 bytes in the keyset.
func keyMaterial(t *testing.T, file string) []byte {
	t.Helper()
	var set struct {
		Key []struct {
			KeyData struct {
				Value []byte `json:"value"`
			} `json:"keyData"`
		} `json:"key"`
	}
	if err := json.Unmarshal([]byte(file), &set); err != nil || len(set.Key) != 1 {
		t.Fatalf("the master key's file has %d keys: %v", len(set.Key), err)
	}
	v := set.Key[0].KeyData.Value
	if len(v) < 32 {
		t.Fatalf("the key has %d bytes", len(v))
	}
	return v[len(v)-32:]
}

// answers keeps the bodies of all answers that an operation got.
type answers struct {
	next   http.RoundTripper
	bodies *buffer
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	_, _ = a.bodies.Write(b)
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, err
}

func TestSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	log, bodies := &buffer{}, &buffer{}
	a := apptest.New(t, apptest.Options{Mode: app.Production, Log: log, Config: func(c *config.Config) { c.LogLevel = slog.LevelDebug }})
	ctx := t.Context()

	token := strings.TrimSpace(read(t, app.TokenPath(a.Config.Data)))
	op := switchboard.NewOperator("http://"+a.At.Operator, token)
	first, err := op.AddPartner(ctx, switchboard.NewPartner{Name: "Acme", InitiatorID: "9876543210"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := op.RotateKey(ctx, first.Partner, switchboard.NewKey{})
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{
		"the first access key": []byte(first.AccessKey), "the second access key": []byte(second.AccessKey),
		"the token": []byte(token), "the master key": keyMaterial(t, read(t, a.Config.MasterKeyPath())),
	}
	use(ctx, t, a, bodies, first, second)
	misuse(ctx, t, a, bodies, token, first)

	places := map[string][]byte{}
	places["an event"] = events(ctx, t, op, "20000001")
	_, metrics := get(t, nil, "http://"+a.At.Operator+"/metrics")
	places["the metrics"] = []byte(metrics)
	copied, _, err := op.Backup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if places["the backup"], err = io.ReadAll(copied); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} { // while it runs: afterwards the log is gone
		places["the database"+end] = []byte(read(t, app.DatabasePath(a.Config.Data)+end))
	}
	a.Stop(t)
	places["the database at rest"] = []byte(read(t, app.DatabasePath(a.Config.Data)))
	places["the log"], places["an answer"] = log.bytes(), bodies.bytes()

	for place, text := range places {
		if len(text) == 0 {
			t.Errorf("there is nothing in %s", place)
		}
	}
	if where := found(secrets, places); len(where) > 0 {
		t.Errorf("found:\n%s", strings.Join(where, "\n"))
	}
	// What is no secret is found, so the search does search.
	public := map[string][]byte{"the developer key": []byte(first.DeveloperKey)}
	for _, place := range []string{"the backup", "the database-wal", "the database at rest", "an event"} {
		if len(found(public, map[string][]byte{place: places[place]})) == 0 {
			t.Errorf("the developer key is not in %s: what is searched is not what is written", place)
		}
	}
	if !bytes.Contains(places["the log"], []byte(`"level":"DEBUG"`)) {
		t.Error("the log has no line at debug level")
	}
}

// client speaks for a key and keeps the answers.
func client(a *apptest.App, bodies *buffer, k switchboard.IssuedKey, more ...switchboard.Option) *switchboard.Client {
	return switchboard.NewClient(a.URL, switchboard.Credentials{
		DeveloperKey: k.DeveloperKey, AccessKey: switchboard.Secret(k.AccessKey), InitiatorID: k.InitiatorID,
	}, append(more, switchboard.WithHTTPClient(&http.Client{Transport: answers{http.DefaultTransport, bodies}}))...)
}

// use does what partners and operators do.
func use(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, keys ...switchboard.IssuedKey) {
	t.Helper()
	if _, err := a.Operator.AddAgent(ctx, switchboard.NewAgent{Partner: keys[0].Partner, UserCode: "20000001"}); err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		c := client(a, bodies, k)
		if _, err := c.ActivateService(ctx, "20000001", "45", switchboard.ActivateOptions{Reference: fmt.Sprint("ref-", i)}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeactivateService(ctx, "20000001", "45", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Services(ctx, "20000001"); err != nil {
			t.Fatal(err)
		}
	}
	for _, level := range []string{"strict", "observe"} {
		if _, err := a.Operator.SetReplay(ctx, keys[0].DeveloperKey, level); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Operator.Check(ctx); err != nil {
		t.Fatal(err)
	}
}

// misuse makes every mistake with secrets that has an explanation somewhere.
func misuse(ctx context.Context, t *testing.T, a *apptest.App, bodies *buffer, token string, k switchboard.IssuedKey) {
	t.Helper()
	swapped := k
	swapped.AccessKey = sandbox.AccessKey
	late := switchboard.WithClock(func() time.Time { return time.Now().Add(-time.Hour) })
	seconds := switchboard.WithClock(func() time.Time { return time.UnixMilli(time.Now().Unix()) })
	for i, c := range []*switchboard.Client{client(a, bodies, swapped), client(a, bodies, k, late), client(a, bodies, k, seconds)} {
		if _, err := c.Catalogue(ctx); err == nil {
			t.Errorf("mistake %d was let in", i)
		}
	}
	if _, err := client(a, bodies, k).ActivateService(ctx, "20000001", k.AccessKey[:8], switchboard.ActivateOptions{}); err == nil {
		t.Error("a service that is none was activated")
	}
	// The key itself where its signature belongs, and one character off the token.
	for _, h := range []http.Header{
		{"developer_key": {k.DeveloperKey}, "secret-key": {k.AccessKey}, "secret-key-timestamp": {"1700000000000"}},
		{"developer_key": {k.AccessKey}, "secret-key": {k.AccessKey}, "secret-key-timestamp": {k.AccessKey}},
	} {
		mistake(ctx, t, a.URL+"/ekoapi/v3/tools/catalog/service-codes?initiator_id="+k.InitiatorID, h, bodies)
	}
	operators := "http://" + a.At.Operator + switchboard.OperatorPath + "/status"
	for _, authorization := range []string{"Bearer " + token + "x", "Basic " + token, token} {
		mistake(ctx, t, operators, http.Header{"Authorization": {authorization}}, bodies)
	}
}

func mistake(ctx context.Context, t *testing.T, url string, h http.Header, bodies *buffer) {
	t.Helper()
	if status := statusOf(ctx, t, url, h, bodies); status != 401 && status != 403 {
		t.Errorf("%s was answered %d", url, status)
	}
}

// statusOf asks for an address and gives the status of the answer.
func statusOf(ctx context.Context, t *testing.T, url string, h http.Header, bodies *buffer) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = h
	resp, err := answers{http.DefaultTransport, bodies}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// events gives an agent's history as the operator's API shows it.
func events(ctx context.Context, t *testing.T, op *switchboard.Operator, code string) []byte {
	t.Helper()
	got, err := op.Agent(ctx, code, 100)
	if err != nil || len(got.Events) < 5 {
		t.Fatalf("the agent has %d events: %v", len(got.Events), err)
	}
	b, err := json.Marshal(got.Events)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The search finds what it is for.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	secret := []byte("a secret of some length")
	for form, text := range forms(secret) {
		place := map[string][]byte{"a place": bytes.Join([][]byte{[]byte("before"), text, []byte("after")}, nil)}
		if len(found(map[string][]byte{"it": secret}, place)) == 0 {
			t.Errorf("as %s it is not found", form)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(found(map[string][]byte{"it": secret}, map[string][]byte{"a file": []byte(read(t, filepath.Join(dir, "f")))})) == 0 {
		t.Error("in a file it is not found")
	}
}
