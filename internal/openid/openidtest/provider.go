package openidtest

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The client that the provider knows.
const (
	ClientID = "desk"
	Secret   = "the secret of the desk"
)

// password is everybody's.
const password = "open sesame"

// Bent says what is wrong with the tokens that the provider gives.
type Bent struct {
	Client   string        // they are given to another client than the one that asked …
	Both     bool          // … and name that one in the audience as well
	Lifetime time.Duration // instead of an hour
	Inside   bool          // not wrong: the token itself has the email address, which else is asked for
	Silent   bool          // they do not tell when somebody proved who they are …
	Ago      time.Duration // … or tell a time so long before it was
}

// Provider is a provider that runs until its test ends.
type Provider struct {
	Issuer string

	store *bending
	lib   op.OpenIDProvider
}

// New starts a provider that sends browsers back to an address.
func New(t testing.TB, back string) *Provider {
	t.Helper()
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	clients := map[string]*storage.Client{ClientID: storage.WebClient(ClientID, Secret, back)}
	p := &Provider{Issuer: server.URL, store: &bending{Storage: storage.NewStorageWithClients(people{}, clients)}}
	lib, err := op.NewProvider(&op.Config{CodeMethodS256: true, AuthMethodPost: true}, p.store, op.StaticIssuer(p.Issuer), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	p.lib, h = lib, lib
	return p
}

// Bend says what is wrong from now on.
func (p *Provider) Bend(b Bent) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	p.store.bent = b
}

// SignIn does what a person's browser does at an address that the desk sent it to, and gives what it comes back with.
func (p *Provider) SignIn(t testing.TB, address, person string) (state, code string) {
	t.Helper()
	back := redirect(t, p.Enter(t, redirect(t, address), person)).Query()
	if back.Get("code") == "" {
		t.Fatalf("the provider sent the browser back with %v", back)
	}
	return back.Get("state"), back.Get("code")
}

// Enter signs a person in at the page where the provider asks who is there, and gives where that sends the browser next.
func (p *Provider) Enter(t testing.TB, page *url.URL, person string) (address string) {
	t.Helper()
	request := page.Query().Get("authRequestID")
	if err := p.store.CheckUsernamePassword(person, password, request); err != nil {
		t.Fatal(err)
	}
	return op.AuthCallbackURL(p.lib)(op.ContextWithIssuer(t.Context(), p.Issuer), request)
}

// redirect gives where an address sends a browser.
func redirect(t testing.TB, address string) *url.URL {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	to, err := res.Location()
	if err != nil {
		t.Fatalf("%s is answered %s, and sends nobody on", address, res.Status)
	}
	return to
}

// people are those that the provider knows.
type people struct{}

// Asha and John are two of them: Sub is what they are known by there.
const (
	Asha, AshaSub = "asha", "248289761001"
	John, JohnSub = "john", "902341177310" // whose email address is not verified
)

// Mail is what people have their email at, as they write it.
const Mail = "@Example.com"

func (people) GetUserByUsername(name string) *storage.User {
	switch name {
	case Asha:
		return &storage.User{ID: AshaSub, Username: Asha, Password: password, Email: Asha + Mail, EmailVerified: true}
	case John:
		return &storage.User{ID: JohnSub, Username: John, Password: password, Email: John + Mail}
	}
	return nil
}

func (p people) GetUserByID(id string) *storage.User {
	for _, name := range []string{Asha, John} {
		if u := p.GetUserByUsername(name); u.ID == id {
			return u
		}
	}
	return nil
}

func (people) ExampleClientID() string { return "none" }

// bending is the provider's store, which tells of clients and requests what is bent.
type bending struct {
	*storage.Storage
	mu   sync.Mutex
	bent Bent
}

func (b *bending) now() Bent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bent
}

// GetClientByClientID implements op.Storage.
func (b *bending) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := b.Storage.GetClientByClientID(ctx, id)
	return bentClient{c, b.now()}, err
}

// AuthRequestByCode implements op.Storage.
func (b *bending) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	r, err := b.Storage.AuthRequestByCode(ctx, code)
	if known, ok := r.(*storage.AuthRequest); ok && b.now() != (Bent{}) {
		return bentRequest{known, b.now()}, err
	}
	return r, err
}

type bentClient struct {
	op.Client
	bent Bent
}

func (c bentClient) GetID() string { return cmp.Or(c.bent.Client, c.Client.GetID()) }

func (c bentClient) IDTokenLifetime() time.Duration {
	return cmp.Or(c.bent.Lifetime, c.Client.IDTokenLifetime())
}

func (c bentClient) IDTokenUserinfoClaimsAssertion() bool { return c.bent.Inside }

type bentRequest struct {
	*storage.AuthRequest
	bent Bent
}

func (r bentRequest) GetClientID() string { return cmp.Or(r.bent.Client, r.AuthRequest.GetClientID()) }

func (r bentRequest) GetAudience() []string {
	if r.bent.Both {
		return []string{ClientID}
	}
	return nil // the library adds the client
}

func (r bentRequest) GetAuthTime() time.Time {
	if r.bent.Silent {
		return time.Time{}
	}
	return r.AuthRequest.GetAuthTime().Add(-r.bent.Ago)
}
