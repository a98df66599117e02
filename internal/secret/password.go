package secret

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"runtime"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// What hashing an operator's password costs: more than a PIN, for it is rare, and there is no device beside it.
const (
	passwordMemoryKiB = 47104 // 46 MiB
	passwordPasses    = 2
	passwordQueue     = 16
	passwordShare     = 1.0 / 4 // of all places, those of one network: nobody's guesses keep everybody else out
)

// Passwords hashes and compares the passwords of operators as PINs does PINs: peppered, bound to the operator's name,
// so many at a time. Whoever signs in and whoever guesses share the hashers, which are half of the processors at most.
type Passwords struct{ pins *PINs }

// NewPasswords makes a Passwords whose pepper is derived from a master key. weak hashes as fast as it gets: for the
// sandbox, whose passwords are public.
func NewPasswords(k MasterKey, weak bool) (*Passwords, error) {
	cfg := PINConfig{MemoryKiB: passwordMemoryKiB, Passes: passwordPasses, Queue: passwordQueue, Hashers: max(1, runtime.GOMAXPROCS(0)/2)}
	if weak {
		cfg.MemoryKiB, cfg.Passes = minMemoryKiB, 1
	}
	pins, err := newPINs(k, cfg, passwordInfo)
	if err == nil {
		pins.share = passwordShare
	}
	return &Passwords{pins}, err
}

// PasswordTurn is one caller's place: see Turn.
type PasswordTurn struct{ turn *Turn }

// Enter takes a place for somebody who comes from a network, or with "" for the server's own. When all are taken, or all
// of the network's share, it fails at once with Unavailable. Who entered must Leave.
func (p *Passwords) Enter(network string) (*PasswordTurn, error) {
	t, err := p.pins.Enter(network)
	if err != nil {
		return nil, &fault.Error{Code: fault.Unavailable, RetryAfter: retryPIN, Message: "Too many passwords are being checked right now; please try again in a moment."}
	}
	return &PasswordTurn{t}, nil
}

// Leave gives the place up. It may be called again.
func (t *PasswordTurn) Leave() { t.turn.Leave() }

// Match compares a password with a hash that Hash made for the same operator, as Turn.Match does.
func (t *PasswordTurn) Match(hash, operator string, password Text) (ok, stale bool) {
	return t.turn.Match(hash, operator, password)
}

// Hash hashes a password for an operator.
func (t *PasswordTurn) Hash(operator string, password Text) string {
	return t.turn.Hash(operator, password)
}

// Digest is what a name is known by that somebody typed, where it is kept for a while: nobody without the master key
// finds out what it was.
func (p *Passwords) Digest(name string) string {
	const about = "a name that was typed" // no operator has this name: it is no password's digest
	return hex.EncodeToString(p.pins.keys.peppered(p.pins.keys.primary, about, NewText(name))[:16])
}

// passwordSigns are what a password is made of that we make: none that is easily taken for another one.
const passwordSigns = "abcdefghjkmnpqrstuvwxyz23456789"

// The form of such a password: groups with dashes between them, of some 79 bits.
const (
	passwordGroups = 4
	passwordGroup  = 4
)

// NewPassword makes a random password that can be read out and typed.
func NewPassword() Text {
	signs := make([]byte, 0, passwordGroups*(passwordGroup+1))
	for n := 0; n < passwordGroups*passwordGroup; {
		b := int(random(1)[0])
		if b >= 256/len(passwordSigns)*len(passwordSigns) { // or else some were more frequent
			continue
		}
		if n > 0 && n%passwordGroup == 0 {
			signs = append(signs, '-')
		}
		signs = append(signs, passwordSigns[b%len(passwordSigns)])
		n++
	}
	return NewText(string(signs))
}

// String is Redacted.
func (p *Passwords) String() string { return Redacted }

// GoString is Redacted.
func (p *Passwords) GoString() string { return Redacted }

// Format writes Redacted for every verb.
func (p *Passwords) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue gives Redacted.
func (p *Passwords) LogValue() slog.Value { return slog.StringValue(Redacted) }
