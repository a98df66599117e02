package secret

import (
	"crypto/sha256"
	"encoding/base64"
)

// NewChannelSecret makes a channel's secret: 32 random bytes, safe in HTTP Basic.
func NewChannelSecret() Text { return NewText(base64.RawURLEncoding.EncodeToString(random(32))) }

// HashChannelSecret gives what is kept of a channel's secret. The secret is random and long, so that
// one SHA-256 is enough.
func HashChannelSecret(t Text) [32]byte { return sha256.Sum256([]byte(t.Reveal())) }
