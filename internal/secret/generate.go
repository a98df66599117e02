package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// NewAccessKey makes an access key: a random UUID (version 4), the form integrators know.
func NewAccessKey() Text {
	b := random(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return NewText(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// NewDeveloperKey makes a developer key: 32 hex digits. It is sent with every request and is
// not a secret.
func NewDeveloperKey() string { return hex.EncodeToString(random(16)) }

// NewToken makes a bearer token or a channel's secret: 32 random bytes, safe in URLs and headers.
func NewToken() Text { return NewText(base64.RawURLEncoding.EncodeToString(random(32))) }

// NewBearer makes a bearer token that begins with a word of ours: whoever scans files for lost secrets
// finds it by that.
func NewBearer(prefix string) Text { return NewText(prefix + NewToken().Reveal()) }

// HashToken gives what is kept of a bearer token or a channel's secret. Both are random and long, so that
// one SHA-256 is enough.
func HashToken(t Text) [32]byte { return sha256.Sum256([]byte(t.Reveal())) }

// random gives n bytes. Read never fails: the runtime ends the program rather than hand out
// predictable ones.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
