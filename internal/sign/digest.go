package sign

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digest is the identity of a request for the replay guard: the first 8 bytes of SHA-256 over
// method, path, query and body, each with its length before it, so that no byte can wander from
// one part into the next. It allocates nothing: the hash stays on the stack as long as no
// function takes it as an interface, and strings pass through a buffer there.
func Digest(method, path, query string, body []byte) uint64 {
	h := sha256.New()
	var b [256]byte
	for _, part := range [...]string{method, path, query} {
		binary.BigEndian.PutUint64(b[:], uint64(len(part)))
		for n := 8; ; n = 0 {
			copied := copy(b[n:], part)
			h.Write(b[:n+copied])
			if part = part[copied:]; part == "" {
				break
			}
		}
	}
	binary.BigEndian.PutUint64(b[:], uint64(len(body)))
	h.Write(b[:8])
	h.Write(body)
	return binary.BigEndian.Uint64(h.Sum(b[:0]))
}
