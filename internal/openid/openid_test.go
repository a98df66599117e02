package openid_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/openid/openidtest"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

const desk = "https://desk.example.com"

// start gives a provider and the desk as its client.
func start(t *testing.T, claim string) (*openidtest.Provider, *openid.Provider) {
	t.Helper()
	there := openidtest.New(t, desk+openid.ReturnPath)
	return there, openid.New(openid.Config{Issuer: there.Issuer, ClientID: openidtest.ClientID, Secret: secret.NewText(openidtest.Secret),
		Claim: claim, Desk: desk})
}

// visit begins a sign-in.
func visit(t *testing.T, p *openid.Provider) (address string, v openid.Visit) {
	t.Helper()
	address, v, err := p.Start(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return address, v
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claim, person, want string
		bent                openidtest.Bent
	}{
		"by the subject":                     {claim: openid.Subject, person: openidtest.Asha, want: openidtest.AshaSub},
		"by the subject, unverified address": {claim: openid.Subject, person: openidtest.John, want: openidtest.JohnSub},
		"by an address that is asked for":    {claim: openid.Email, person: openidtest.Asha, want: "asha@example.com"},
		"by an address in the token":         {claim: openid.Email, person: openidtest.Asha, want: "asha@example.com", bent: openidtest.Bent{Inside: true}},
		"by an address nobody verified":      {claim: openid.Email, person: openidtest.John},
		"by one in the token":                {claim: openid.Email, person: openidtest.John, bent: openidtest.Bent{Inside: true}},
		"for another client":                 {claim: openid.Subject, person: openidtest.Asha, bent: openidtest.Bent{Client: "shop"}},
		"for both, given to the other":       {claim: openid.Subject, person: openidtest.Asha, bent: openidtest.Bent{Client: "shop", Both: true}},
		"with a token that has expired":      {claim: openid.Subject, person: openidtest.Asha, bent: openidtest.Bent{Lifetime: -time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there, here := start(t, c.claim)
			there.Bend(c.bent)
			address, v := visit(t, here)
			state, code := there.SignIn(t, address, c.person)
			id, err := here.Finish(t.Context(), v, state, code)
			if c.want == "" {
				if !fault.Is(err, fault.Unauthenticated) {
					t.Errorf("got %v, %v", id, err)
				}
				return
			}
			if want := (access.Identity{Issuer: there.Issuer, Claim: c.claim, Value: c.want}); err != nil || id.Identity != want {
				t.Errorf("got %v, %v, want %v", id, err, want)
			}
		})
	}
}

// TestFreshVisits: a fresh visit asks the provider not to take its own session for a proof, and takes no answer without a new one.
func TestFreshVisits(t *testing.T) {
	t.Parallel()
	there, here := start(t, openid.Subject)
	for name, c := range map[string]struct {
		bent          openidtest.Bent
		knows, refuse bool
	}{
		"just now":            {knows: true},
		"an hour ago":         {bent: openidtest.Bent{Ago: time.Hour}, knows: true, refuse: true},
		"nobody knows when":   {bent: openidtest.Bent{Silent: true}, refuse: true},
		"an hour to come":     {bent: openidtest.Bent{Ago: -time.Hour}, refuse: true},
		"by a clock ahead":    {bent: openidtest.Bent{Ago: -30 * time.Second}, knows: true},
		"by one that is slow": {bent: openidtest.Bent{Ago: 30 * time.Second}, knows: true},
	} {
		there.Bend(c.bent)
		for _, fresh := range []bool{false, true} {
			address, v, err := here.Start(t.Context(), fresh)
			if err != nil {
				t.Fatal(err)
			}
			if asks := strings.Contains(address, "max_age=0&") && strings.Contains(address, "prompt=login"); asks != fresh {
				t.Errorf("a fresh visit is %t, and the address is %s", fresh, address)
			}
			state, code := there.SignIn(t, address, openidtest.Asha)
			who, err := here.Finish(t.Context(), v, state, code)
			if refused := fault.Is(err, fault.SignInAgain); refused != (c.refuse && fresh) || !refused && err != nil {
				t.Errorf("%s, fresh %t: %v", name, fresh, err)
			}
			if who.ProvenAt.IsZero() == c.knows || time.Until(who.ProvenAt) > 0 {
				t.Errorf("%s: proven at %s", name, who.ProvenAt)
			}
		}
	}
}

// TestVisits: what one visit came back with is worth nothing in another, nor again.
func TestVisits(t *testing.T) {
	t.Parallel()
	there, here := start(t, openid.Subject)
	address, mine := visit(t, here)
	state, code := there.SignIn(t, address, openidtest.Asha)
	_, yours := visit(t, here)
	refused := func(what string, v openid.Visit, state, code string) {
		t.Helper()
		if id, err := here.Finish(t.Context(), v, state, code); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: got %v, %v", what, id, err)
		}
	}
	refused("no state", mine, "", code)
	refused("another state", mine, yours.State, code)
	refused("another visit's code", yours, yours.State, code) // the verifier does not fit
	refused("no code", mine, state, "")
	refused("a code that was guessed", mine, state, "guessed")
	if _, err := here.Finish(t.Context(), mine, state, code); err != nil {
		t.Fatal(err)
	}
	refused("a code again", mine, state, code)
}

// TestAddressIsBent: what a browser is sent to the provider with can be changed on its way there.
func TestAddressIsBent(t *testing.T) {
	t.Parallel()
	there, here := start(t, openid.Subject)
	for _, name := range []string{"nonce", "code_challenge"} {
		address, v := visit(t, here)
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		for _, must := range []string{"state", "nonce", "code_challenge"} {
			if q.Get(must) == "" || strings.Contains(address, v.Verifier) {
				t.Errorf("the address %s has no %s, or shows the verifier", address, must)
			}
		}
		q.Set(name, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
		u.RawQuery = q.Encode()
		state, code := there.SignIn(t, u.String(), openidtest.Asha)
		if id, err := here.Finish(t.Context(), v, state, code); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("with another %s: got %v, %v", name, id, err)
		}
	}
}

// TestProviderIsDown: it stops nobody before it is needed, and is found once it is there.
func TestProviderIsDown(t *testing.T) {
	t.Parallel()
	up, asked := false, 0
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if !up {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `","authorization_endpoint":"http://` + r.Host + `/go","token_endpoint":"http://` + r.Host + `/token","jwks_uri":"http://` + r.Host + `/keys"}`))
	}))
	defer there.Close()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	here := openid.New(openid.Config{Issuer: there.URL, ClientID: "desk", Claim: openid.Subject, Desk: desk, Now: func() time.Time { return now }})
	for range 2 {
		if _, _, err := here.Start(t.Context(), false); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a provider that is down: %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("a provider that is down was asked %d times at once", asked)
	}
	up, now = true, now.Add(time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, err := here.Start(ctx, false); err != nil {
		t.Errorf("a provider that is up again: %v", err)
	}
	cancel()
	if _, _, err := here.Start(t.Context(), false); err != nil || asked != 2 {
		t.Errorf("found again: %v, asked %d times", err, asked)
	}
}

// TestAnotherIssuer: a provider that says it is another one is none.
func TestAnotherIssuer(t *testing.T) {
	t.Parallel()
	there := openidtest.New(t, desk+openid.ReturnPath)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, there.Issuer+r.URL.Path, http.StatusFound)
	}))
	defer front.Close()
	here := openid.New(openid.Config{Issuer: front.URL, ClientID: openidtest.ClientID, Claim: openid.Subject, Desk: desk})
	if _, _, err := here.Start(t.Context(), false); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}
