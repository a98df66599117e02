package eps_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// The golden vector of the contract.
const (
	goldenAccessKey = "TEST_ACCESS_KEY_DO_NOT_USE"
	goldenTimestamp = "1700000000000"
	goldenSignature = "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk="
)

// TestGoldenVector sends the published vector to a server that holds its access key.
func TestGoldenVector(t *testing.T) {
	apptest.Embedded(t)
	t.Parallel()
	if got := signEPS(goldenAccessKey, goldenTimestamp); got != goldenSignature {
		t.Fatalf("the tests sign %s", got)
	}
	w := &world{clock: &clock{}, log: &apptest.Logbook{}}
	w.clock.millis.Store(1_700_000_000_000)
	data := planted(t, app.Production, func(tx store.Tx, seal func(string, string) []byte) error {
		if err := tx.SavePartner(partner.Partner{ID: "golden", Name: "Golden", InitiatorID: "9000000001"}); err != nil {
			return err
		}
		return tx.SaveKey(partner.Key{DeveloperKey: "golden", PartnerID: "golden", Sealed: seal("golden", goldenAccessKey)})
	})
	w.start(t, apptest.Options{Mode: app.Production, Data: data})
	r := get("/user/services?initiator_id=9000000001")
	r.as, r.at, r.signature = creds{developerKey: "golden"}, goldenTimestamp, goldenSignature
	w.send(t, r).want(t, look{200, 0, -1, 1280})
}

// planted makes a data directory and writes into its database past all checks.
func planted(t *testing.T, mode app.Mode, write func(tx store.Tx, seal func(developerKey, accessKey string) []byte) error) string {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	if err := app.Init(t.Context(), cfg, mode); err != nil {
		t.Fatal(err)
	}
	withStore(t, cfg, func(s store.Store, sealer *secret.Sealer) error {
		seal := func(developerKey, accessKey string) []byte {
			b, err := sealer.Seal(secret.NewText(accessKey), "developer_key:"+developerKey)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		return s.Update(t.Context(), func(tx store.Tx) error { return write(tx, seal) })
	})
	return cfg.Data
}

// withStore opens the store of a data directory that no application has open.
func withStore(t *testing.T, cfg config.Config, fn func(store.Store, *secret.Sealer) error) {
	t.Helper()
	key, err := secret.LoadMasterKey(cfg.MasterKeyPath())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secret.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: app.DatabasePath(cfg.Data)})
	if err != nil {
		t.Fatal(err)
	}
	if err := fn(s, sealer); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSignatureWindow: two minutes to either side, the bounds included.
func TestSignatureWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for offset, ok := range map[int64]bool{
		0: true, -120_000: true, 120_000: true, -120_001: false, 120_001: false, -3_600_000: false, 3_600_000: false,
	} {
		t.Run(strconv.FormatInt(offset, 10), func(t *testing.T) {
			r := services("20810200")
			r.at = strconv.FormatInt(w.clock.Now().UnixMilli()+offset, 10)
			if ok {
				w.send(t, r).want(t, listed())
				return
			}
			w.send(t, r).want(t, forbidden())
		})
	}
}

func TestSignatureWindowIsASetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings(func(c *config.Config) { c.SignatureWindow = 10 * time.Second }))
	r := services("20810200")
	r.at = strconv.FormatInt(w.clock.Now().UnixMilli()-10_000, 10)
	w.send(t, r).want(t, listed())
	w.clock.forward(time.Millisecond)
	w.send(t, r).want(t, forbidden())
}

// TestRefusedSignatures: whatever is wrong, the answer is the same; the log knows.
func TestRefusedSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	revoked := w.partner(t, "9000000001", "")
	if _, err := w.Operator.RevokeKey(t.Context(), revoked.DeveloperKey); err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now().UnixMilli()
	at := func(n int64) string { return strconv.FormatInt(n, 10) }
	right := signEPS(sandbox.AccessKey, at(now))
	mac, err := base64.StdEncoding.DecodeString(right)
	if err != nil {
		t.Fatal(err)
	}
	refused := w.send(t, request{method: "GET", path: services("20810200").path, signature: "x"}).want(t, forbidden())
	for _, c := range []struct {
		cause string
		request
	}{
		{"unknown_key", request{as: creds{developerKey: "nobody", accessKey: sandbox.AccessKey}}},
		{"unknown_key", request{as: creds{developerKey: sandbox.AccessKey, accessKey: sandbox.AccessKey}}}, // mixed up
		{"dead_key", request{as: credsOf(revoked)}},
		{"wrong_signature", request{as: creds{developerKey: sandbox.DeveloperKey, accessKey: "another"}}},
		{"wrong_signature", request{as: creds{developerKey: sandbox.DeveloperKey, accessKey: revoked.AccessKey}}},
		{"wrong_signature", request{at: at(now + 1), signature: right}},
		{"wrong_signature_encoding", request{at: at(now), signature: hex.EncodeToString(mac)}},
		{"skew", request{at: at(now - 120_001)}},
		{"skew", request{at: at(now + 120_001)}},
		{"timestamp_in_seconds", request{at: at(now / 1000)}},
		{"timestamp_in_microseconds", request{at: at(now * 1000)}},
		{"malformed_timestamp", request{at: "today"}},
		{"missing_header", request{header: http.Header{"secret-key": {""}}}},
		{"missing_header", request{header: http.Header{"developer_key": nil}}},
		{"missing_header", request{header: http.Header{"secret-key-timestamp": nil}}},
		{"repeated_header", request{header: http.Header{"developer_key": {sandbox.DeveloperKey, sandbox.DeveloperKey}}}},
	} {
		for _, r := range []request{services("20810200"), activate("20810200", "45")} {
			t.Run(c.cause+"/"+r.method, func(t *testing.T) {
				r.as, r.at, r.signature, r.header = c.as, c.at, c.signature, c.header
				got := w.send(t, r).want(t, forbidden())
				if got.body != refused.body {
					t.Errorf("the answer tells the cause: %s", got.body)
				}
				if e := w.log.Entry(t, got.header.Get("X-Request-Id")); e["cause"] != c.cause {
					t.Errorf("the log says %v, want the cause %s", e, c.cause)
				}
			})
		}
	}
	for _, leak := range []string{sandbox.AccessKey, revoked.AccessKey, right, hex.EncodeToString(mac)} {
		if strings.Contains(w.log.String(), leak) {
			t.Error("the log tells a secret")
		}
	}
}

// TestRefusedSignatureChangesNothing and needs no body: the signature is looked at first.
func TestRefusedSignatureChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	w.records(t, 0, func() {
		for _, r := range []request{activate("20810200", "45"), bbps("20810200"), post("/user/network/eps-agent", onboarding("7123456789")),
			{method: "PUT", path: "/user/account", body: "{", media: "text/plain"}} {
			r.signature = signEPS("wrong", "1")
			w.send(t, r).want(t, forbidden())
		}
	})
}

// TestKeysRotateWithoutAPause: both keys work, then the older one ends by itself, or at once.
func TestKeysRotateWithoutAPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	first := w.partner(t, "9000000001", "")
	user := w.agent(t, first.Partner)
	second, err := w.Operator.RotateKey(t.Context(), first.Partner, switchboard.NewKey{Overlap: "24h"})
	if err != nil {
		t.Fatal(err)
	}
	w.send(t, activate(user, "45").by(credsOf(first))).want(t, done())
	w.send(t, deactivate(user, "45").by(credsOf(second))).want(t, done())

	mixed := activate(user, "45").by(credsOf(first))
	mixed.as.accessKey = second.AccessKey
	w.send(t, mixed).want(t, forbidden())

	w.clock.forward(24*time.Hour - time.Millisecond)
	w.send(t, services(user).by(credsOf(first))).want(t, listed())
	w.clock.forward(time.Hour)
	r := w.send(t, services(user).by(credsOf(first))).want(t, forbidden())
	if e := w.log.Entry(t, r.header.Get("X-Request-Id")); e["cause"] != "dead_key" {
		t.Errorf("the log says %v", e)
	}
	w.send(t, services(user).by(credsOf(second))).want(t, listed())
}

func TestRevokedKeyIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	k := w.partner(t, "9000000001", "")
	user := w.agent(t, k.Partner)
	other, err := w.Operator.RotateKey(t.Context(), k.Partner, switchboard.NewKey{})
	if err != nil {
		t.Fatal(err)
	}
	w.send(t, activate(user, "45").by(credsOf(k))).want(t, done())
	if _, err := w.Operator.RevokeKey(t.Context(), k.DeveloperKey); err != nil {
		t.Fatal(err)
	}
	w.send(t, deactivate(user, "45").by(credsOf(k))).want(t, forbidden())
	w.send(t, services(user).by(credsOf(k))).want(t, forbidden())
	w.send(t, deactivate(user, "45").by(credsOf(other))).want(t, done())
}

// TestProductionNeverAcceptsTheSandbox, whatever part of its credentials stands in the database.
func TestProductionNeverAcceptsTheSandbox(t *testing.T) {
	apptest.Embedded(t)
	t.Parallel()
	fresh := newWorld(t, apptest.Options{Mode: app.Production})
	unknown := fresh.send(t, services("20810200").by(creds{"nobody", "nothing", "9000000001"})).want(t, forbidden())
	if r := fresh.send(t, services("20810200")).want(t, forbidden()); r.body != unknown.body {
		t.Errorf("the sandbox's key is answered otherwise than an unknown one: %s", r.body)
	}

	t.Run("its rows planted", func(t *testing.T) {
		cfg := config.Default()
		cfg.Data = t.TempDir()
		if err := app.Init(t.Context(), cfg, app.Production); err != nil {
			t.Fatal(err)
		}
		withStore(t, cfg, func(s store.Store, sealer *secret.Sealer) error {
			key, err := secret.LoadMasterKey(cfg.MasterKeyPath())
			if err != nil {
				return err
			}
			pins, err := secret.NewPINs(key, secret.PINConfig{MemoryKiB: 64, Passes: 1})
			if err != nil {
				return err
			}
			reg := registry.New(registry.Config{Store: s, Sealer: sealer, PINs: pins, Sandbox: true})
			return reg.Found(t.Context(), registry.Caller{Cause: event.Cause{Actor: "operator:test", At: store.Cut(dawn())}}, nil)
		})
		w := newWorld(t, apptest.Options{Mode: app.Production, Data: cfg.Data})
		if s, err := w.Operator.Status(t.Context()); err != nil || s.UnusableKeys != 1 {
			t.Fatalf("the sandbox's key was not planted: %+v, %v", s, err)
		}
		w.send(t, services("20810200")).want(t, forbidden())
		w.send(t, activate("20810200", "45")).want(t, forbidden())
		var refused *switchboard.MobileError
		channel := switchboard.NewMobileClient(w.URL, sandbox.ChannelID, sandbox.ChannelSecret)
		if _, err := channel.MOCheckUser(t.Context(), switchboard.MOCheckUserRequest{MSISDN: sandbox.MSISDN}); !errors.As(err, &refused) || refused.HTTPStatus != 401 {
			t.Errorf("the sandbox's channel is answered %v", err)
		}
	})
	t.Run("its access key planted", func(t *testing.T) {
		data := planted(t, app.Production, func(tx store.Tx, seal func(string, string) []byte) error {
			if err := tx.SavePartner(partner.Partner{ID: "p7", Name: "Copy", InitiatorID: "9000000001"}); err != nil {
				return err
			}
			return tx.SaveKey(partner.Key{DeveloperKey: "copy", PartnerID: "p7", Sealed: seal("copy", sandbox.AccessKey)})
		})
		w := newWorld(t, apptest.Options{Mode: app.Production, Data: data})
		w.send(t, get("/user/services?initiator_id=9000000001").by(creds{"copy", sandbox.AccessKey, "9000000001"})).want(t, forbidden())
	})
}
