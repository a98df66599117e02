package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strconv"
)

const (
	macLen       = sha256.Size
	signatureLen = (macLen + 2) / 3 * 4 // base64, padded
	timestampLen = 19                   // digits of the largest 64-bit number
)

// EPS signs a timestamp as EPS clients do: base64(HMAC-SHA256(message: the timestamp text, key:
// the base64 text of the access key)). That the key is the base64 text, not what was encoded, is
// the dialect's one surprise.
func EPS(accessKey string, timestampText string) string {
	sum := macOf(hmacKey(accessKey), timestampText)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// hmacKey is the HMAC key that belongs to an access key.
func hmacKey(accessKey string) []byte {
	return []byte(base64.StdEncoding.EncodeToString([]byte(accessKey)))
}

func macOf(key []byte, message string) (sum [macLen]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	h.Sum(sum[:0])
	return sum
}

// ParseTimestamp reads milliseconds since the UNIX epoch: decimal digits and nothing else. Values
// no clock will ever show are refused, so that sums with them cannot overflow.
func ParseTimestamp(text string) (millis int64, ok bool) {
	if len(text) > timestampLen {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > math.MaxInt64/2 {
		return 0, false
	}
	return int64(n), true
}
