package secret

import (
	"crypto/rand"
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

// NewToken makes a bearer token: 32 random bytes, safe in URLs and headers.
func NewToken() Text { return NewText(base64.RawURLEncoding.EncodeToString(random(32))) }

// random gives n bytes. Read never fails: the runtime ends the program rather than hand out
// predictable ones.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
