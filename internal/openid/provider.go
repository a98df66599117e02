package openid

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// ReturnPath is where on the desk the provider sends browsers back to.
const ReturnPath = "/signin/openid"

// The claims that an identity may be known by.
const (
	Subject = "sub"   // never given to another person
	Email   = "email" // counts only where the provider has verified it
)

// Config says which provider people sign in at, and as which client of it.
type Config struct {
	Issuer   string // as its discovery document has it
	ClientID string
	Secret   secret.Text // none for a client without one
	Claim    string      // Subject or Email
	Desk     string      // the address of the desk, where browsers come back
	Now      func() time.Time
}

// Provider is an OpenID Connect provider. It is safe for use by many goroutines.
type Provider struct {
	cfg  Config
	http *http.Client

	mu       sync.Mutex
	found    *client
	failed   error // why it could not be found …
	failedAt time.Time
}

// client is what is known of the provider once it was found.
type client struct {
	provider *oidc.Provider
	oauth2   oauth2.Config
	verifier *oidc.IDTokenVerifier
}

const (
	patience   = 10 * time.Second // with each answer of the provider
	retryAfter = 5 * time.Second  // a provider that was not found is not looked for again at once
)

// New makes a provider; nothing is asked of it yet.
func New(cfg Config) *Provider {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Provider{cfg: cfg, http: &http.Client{Timeout: patience}}
}

// find reads the provider's discovery document, once. Whoever comes meanwhile waits for it: that who came first goes away
// says nothing of the provider.
func (p *Provider) find(ctx context.Context) (*client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.failed != nil && p.cfg.Now().Sub(p.failedAt) < retryAfter {
		return nil, p.failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	found, err := oidc.NewProvider(p.through(ctx), p.cfg.Issuer)
	if err != nil {
		p.failed, p.failedAt = unreachable(err), p.cfg.Now()
		return nil, p.failed
	}
	p.found = p.client(ctx, found)
	return p.found, nil
}

func (p *Provider) client(ctx context.Context, found *oidc.Provider) *client {
	at := found.Endpoint()
	at.AuthStyle = p.style(found)
	return &client{
		provider: found,
		oauth2: oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.Secret.Reveal(), Endpoint: at,
			RedirectURL: p.cfg.Desk + ReturnPath, Scopes: p.scopes()},
		// Its keys are fetched when they are needed: not under the context of whoever came first.
		verifier: found.VerifierContext(p.through(context.WithoutCancel(ctx)), &oidc.Config{ClientID: p.cfg.ClientID, Now: p.cfg.Now}),
	}
}

// style is how the provider wants to be shown the secret. Left to itself, the library tries both ways, and a code
// that was refused once may be good no more.
func (p *Provider) style(found *oidc.Provider) oauth2.AuthStyle {
	var can struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	inHeader := found.Claims(&can) != nil || len(can.Methods) == 0 || slices.Contains(can.Methods, "client_secret_basic")
	if inHeader && !p.cfg.Secret.IsZero() {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

func (p *Provider) scopes() []string {
	if p.cfg.Claim == Email {
		return []string{oidc.ScopeOpenID, "email"}
	}
	return []string{oidc.ScopeOpenID}
}

// through makes both libraries use the client that does not wait for ever.
func (p *Provider) through(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.http)
}

func unreachable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "The OpenID provider does not answer as it should. Sign in with your password, or try again later.")
}

// Identity is who somebody is at the provider whom it knows by a value of the claim.
func (p *Provider) Identity(value string) access.Identity {
	if value = strings.TrimSpace(value); p.cfg.Claim == Email {
		value = folded(value)
	}
	return access.Identity{Issuer: p.cfg.Issuer, Claim: p.cfg.Claim, Value: value}
}

// folded is an email address as it is compared.
func folded(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
