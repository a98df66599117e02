package secret

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// The sizes of the parts of a hash, and the longest text that can be one.
const (
	saltBytes = 16
	sumBytes  = 32
	maxHash   = 160
)

// cost is what one hash takes.
type cost struct{ memoryKiB, passes uint32 }

// pinHash is a hash of a PIN with all that is needed to make it again, but the pepper.
type pinHash struct {
	cost  cost
	keyID uint32 // of the key in the keyset whose pepper is in it
	salt  []byte // saltBytes
	sum   []byte // sumBytes
}

// String is the hash in the form of the PHC: $argon2id$v=19$m=19456,t=2,p=1,keyid=0a1b2c3d$salt$sum.
func (h pinHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1,keyid=%08x$%s$%s",
		h.cost.memoryKiB, h.cost.passes, h.keyID, b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

// parsePINHash reads what String wrote and nothing else: not another spelling of it, and not one whose
// cost is beyond what this server would ever be set to, for reading it means paying it.
func parsePINHash(s string) (h pinHash, ok bool) {
	if len(s) > maxHash {
		return pinHash{}, false
	}
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return pinHash{}, false
	}
	settings := strings.Split(parts[3], ",")
	if len(settings) != 4 {
		return pinHash{}, false
	}
	h.cost.memoryKiB = number(settings[0], "m=", 10)
	h.cost.passes = number(settings[1], "t=", 10)
	h.keyID = number(settings[3], "keyid=", 16)
	h.salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, _ = base64.RawStdEncoding.DecodeString(parts[5])
	// What could not be read above came out as something else, and is not written as it was.
	if h.String() != s || len(h.salt) != saltBytes || len(h.sum) != sumBytes || !h.cost.bearable() {
		return pinHash{}, false
	}
	return h, true
}

// number reads the digits behind a name; 0 when there are none.
func number(s, name string, base int) uint32 {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, name), base, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

func (c cost) bearable() bool {
	return c.memoryKiB >= minMemoryKiB && c.memoryKiB <= maxMemoryKiB && c.passes >= 1 && c.passes <= maxPasses
}
