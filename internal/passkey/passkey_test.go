package passkey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/passkey"
	"github.com/switchboard-platform/switchboard/internal/passkey/passkeytest"
)

const desk = "https://desk.example.com"

func party(t *testing.T) *passkey.Party {
	t.Helper()
	p, err := passkey.New(desk)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// register makes a passkey of an operator on a device.
func register(t *testing.T, p *passkey.Party, d *passkeytest.Device, operator string) access.Passkey {
	t.Helper()
	c, err := p.Create(operator, nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Created(operator, c.State, d.Create(t, c.Options))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://desk.example.com": true, "https://desk.example.com:8443": true, "http://localhost:8081": true,
		"http://127.0.0.1:8081": false, "http://[::1]:8081": false, "": false, "desk.example.com": false, "://": false,
	} {
		if _, err := passkey.New(address); (err == nil) != want || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestProof: a passkey proves as often as it is asked, and its counter is kept.
func TestProof(t *testing.T) {
	t.Parallel()
	for name, like := range map[string]passkeytest.Device{"counts": {Counts: true}, "does not count": {}, "is shared": {Shared: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, d := party(t), passkeytest.New(desk)
			d.Counts, d.Shared = like.Counts, like.Shared
			k := register(t, p, d, "asha")
			for n := uint32(1); n <= 3; n++ {
				c, err := p.Ask("asha", []access.Passkey{k})
				if err != nil {
					t.Fatal(err)
				}
				was := k
				if k, err = p.Proved("asha", []access.Passkey{k}, c.State, d.Prove(t, c.Options)); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(k.Credential, was.Credential) || !bytes.Equal(k.Public, was.Public) || d.Counts && k.Count != n || k.Synced != d.Shared {
					t.Errorf("after use %d it is %+v", n, k)
				}
			}
		})
	}
}

// TestShared: a passkey that was bound to one device is not suddenly one that others have.
func TestShared(t *testing.T) {
	t.Parallel()
	p, d := party(t), passkeytest.New(desk)
	k := register(t, p, d, "asha")
	d.Shared = true
	c := must(p.Ask("asha", []access.Passkey{k}))
	if _, err := p.Proved("asha", []access.Passkey{k}, c.State, d.Prove(t, c.Options)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("got %v", err)
	}
}

// TestOptions: what browsers are told, because it is easily told wrong.
func TestOptions(t *testing.T) {
	t.Parallel()
	p, d := party(t), passkeytest.New(desk)
	k := register(t, p, d, "asha")
	c, err := p.Create("asha", []access.Passkey{k})
	if err != nil {
		t.Fatal(err)
	}
	var argument struct {
		PublicKey struct {
			RP struct {
				ID string `json:"id"`
			} `json:"rp"`
			User struct {
				Name string `json:"name"`
			} `json:"user"`
			Attestation string `json:"attestation"`
			Exclude     []any  `json:"excludeCredentials"`
			Selection   struct {
				Verification string `json:"userVerification"`
				Resident     string `json:"residentKey"`
			} `json:"authenticatorSelection"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(c.Options, &argument); err != nil {
		t.Fatal(err)
	}
	o := argument.PublicKey
	if o.RP.ID != "desk.example.com" || o.User.Name != "asha" || o.Attestation != "none" || len(o.Exclude) != 1 ||
		o.Selection.Verification != "preferred" || o.Selection.Resident != "discouraged" {
		t.Errorf("options are %s", c.Options)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	p, d := party(t), passkeytest.New(desk)
	d.Counts = true
	k, other := register(t, p, d, "asha"), register(t, p, passkeytest.New(desk), "asha")
	ask := func(operator string, keys ...access.Passkey) passkey.Challenge {
		c, err := p.Ask(operator, keys)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	elsewhere := d.Copy()
	elsewhere.Origin = "https://desk.example.net"
	below := d.Copy()
	below.Origin = "https://evil.desk.example.com"
	johns := d.Copy()
	johns.Owner("john")
	fresh, again := ask("asha", k), ask("asha", k)
	for name, c := range map[string]struct {
		operator string
		have     []access.Passkey
		state    []byte
		answer   []byte
	}{
		"an answer to another challenge":  {"asha", []access.Passkey{k}, fresh.State, d.Prove(t, again.Options)},
		"another site's":                  {"asha", []access.Passkey{k}, fresh.State, elsewhere.Prove(t, fresh.Options)},
		"a site's below":                  {"asha", []access.Passkey{k}, fresh.State, below.Prove(t, fresh.Options)},
		"a device that says it is John's": {"asha", []access.Passkey{k}, fresh.State, johns.Prove(t, fresh.Options)},
		"another operator's challenge":    {"john", []access.Passkey{k}, fresh.State, d.Prove(t, fresh.Options)},
		"a passkey that is gone":          {"asha", []access.Passkey{other}, fresh.State, d.Prove(t, fresh.Options)},
		"no passkey left":                 {"asha", nil, fresh.State, d.Prove(t, fresh.Options)},
		"one that was not asked for":      {"asha", []access.Passkey{k, other}, ask("asha", other).State, d.Prove(t, fresh.Options)},
	} {
		if got, err := p.Proved(c.operator, c.have, c.state, c.answer); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, answer := range []string{"", "{}", "null", `{"id":"x","type":"public-key"}`} {
		if _, err := p.Proved("asha", []access.Passkey{k}, fresh.State, []byte(answer)); !fault.Is(err, fault.Invalid) {
			t.Errorf("answer %q: %v", answer, err)
		}
	}
	if _, err := p.Proved("asha", []access.Passkey{k}, fresh.State, d.Create(t, must(p.Create("asha", nil)).Options)); err == nil {
		t.Error("the making of a passkey proves another")
	}
}

func must(c passkey.Challenge, err error) passkey.Challenge {
	if err != nil {
		panic(err)
	}
	return c
}

// TestCopied: of a device and its copy the one that is behind is known by its counter.
func TestCopied(t *testing.T) {
	t.Parallel()
	p, d := party(t), passkeytest.New(desk)
	d.Counts = true
	k := register(t, p, d, "asha")
	copied := d.Copy()
	for range 2 {
		c := must(p.Ask("asha", []access.Passkey{k}))
		var err error
		if k, err = p.Proved("asha", []access.Passkey{k}, c.State, d.Prove(t, c.Options)); err != nil {
			t.Fatal(err)
		}
	}
	c := must(p.Ask("asha", []access.Passkey{k}))
	if _, err := p.Proved("asha", []access.Passkey{k}, c.State, copied.Prove(t, c.Options)); !fault.Is(err, fault.Unauthenticated) || !errors.Is(err, passkey.ErrCloned) {
		t.Errorf("a copy: %v", err)
	}
}

func TestCreationIsRefused(t *testing.T) {
	t.Parallel()
	p, d, elsewhere := party(t), passkeytest.New(desk), passkeytest.New("https://desk.example.net")
	c, other := must(p.Create("asha", nil)), must(p.Create("asha", nil))
	for name, try := range map[string]struct {
		operator string
		answer   []byte
	}{
		"an answer to another challenge": {"asha", d.Create(t, other.Options)},
		"another site's":                 {"asha", elsewhere.Create(t, c.Options)},
		"another operator's":             {"john", d.Create(t, c.Options)},
	} {
		if k, err := p.Created(try.operator, c.State, try.answer); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	if _, err := p.Created("asha", c.State, []byte("{}")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no answer: %v", err)
	}
}
