package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/switchboard-platform/switchboard/internal/secret"
)

// Verifier checks the signatures of one access key. It keeps keyed HMACs for reuse, because
// keying one costs more than the rest of the check. It is safe for concurrent use.
type Verifier struct {
	accessKey secret.Text
	decoy     bool
	macs      sync.Pool // of *mac
}

// mac is a keyed HMAC and the buffers of one check, together so that a check allocates nothing.
type mac struct {
	hash      hash.Hash
	timestamp [timestampLen]byte
	sum       [macLen]byte
	want, got [signatureLen]byte
}

// NewVerifier makes the verifier of an access key.
func NewVerifier(accessKey secret.Text) *Verifier {
	v := &Verifier{accessKey: accessKey}
	v.macs.New = func() any {
		return &mac{hash: hmac.New(sha256.New, hmacKey(v.accessKey.Reveal()))}
	}
	return v
}

// NewDecoy makes the verifier to ask when the developer_key is unknown. It does the same work as
// any other and refuses everything as UnknownKey, so that timing does not tell which keys exist.
func NewDecoy() *Verifier {
	v := NewVerifier(secret.NewAccessKey())
	v.decoy = true
	return v
}

// Verify accepts (nil) a right signature over a timestamp within window of now, either way. The
// signature is checked whatever the timestamp is, and a refusal always does the whole diagnosis:
// how long an answer takes says good or bad, not why.
func (v *Verifier) Verify(signature, timestamp string, now time.Time, window time.Duration) *Refusal {
	m := v.macs.Get().(*mac)
	signed := m.matches(signature, timestamp)
	v.macs.Put(m)
	millis, ok := ParseTimestamp(timestamp)
	cause, skew := timestampCause(millis, ok, now.UnixMilli(), window.Milliseconds())
	if signed && cause == 0 && !v.decoy {
		return nil
	}
	return v.diagnose(signature, timestamp, signed, cause, skew)
}

// matches compares the signature with the right one, in a time that depends on neither. Only
// the first bytes of an overlong timestamp are looked at: ParseTimestamp refuses it anyway. What
// an earlier check left in the buffers cannot matter, as the length must be the full one.
func (m *mac) matches(signature, timestamp string) bool {
	n := copy(m.timestamp[:], timestamp)
	m.hash.Reset()
	m.hash.Write(m.timestamp[:n])
	base64.StdEncoding.Encode(m.want[:], m.hash.Sum(m.sum[:0]))
	copy(m.got[:], signature)
	equal := hmac.Equal(m.want[:], m.got[:])
	return equal && len(signature) == signatureLen && len(timestamp) == n
}

// timestampCause is zero for a timestamp inside the window. Seconds are given one more, because
// they were cut.
func timestampCause(millis int64, ok bool, now, window int64) (Cause, int64) {
	skew := millis - now
	switch {
	case !ok:
		return MalformedTimestamp, 0
	case within(skew, window):
		return 0, 0
	case within(millis-now/1000, window/1000+1):
		return TimestampInSeconds, 0
	case within(millis/1000-now, window):
		return TimestampInMicros, 0
	case within(millis/1_000_000-now, window):
		return TimestampInNanos, 0
	}
	return Skew, skew
}

func within(difference, bound int64) bool { return -bound <= difference && difference <= bound }

// diagnose finds the cause. A timestamp at fault goes first: clients that send seconds have often
// signed something else, and hearing of the signature first would send them the wrong way.
func (v *Verifier) diagnose(signature, timestamp string, signed bool, cause Cause, skew int64) *Refusal {
	signatureCause := v.signatureCause(signature, timestamp)
	r := &Refusal{Cause: cause, Skew: skew, Signed: signed}
	if cause == 0 {
		r.Cause = signatureCause
	}
	if v.decoy {
		return &Refusal{Cause: UnknownKey}
	}
	return r
}

// signatureCause recognizes the mistakes client libraries make, by making them too.
func (v *Verifier) signatureCause(signature, timestamp string) Cause {
	accessKey := v.accessKey.Reveal()
	right := macOf(hmacKey(accessKey), timestamp)
	decoded := macOf([]byte(accessKey), timestamp)
	sent := decodeSignature(signature)
	isRight, isDecoded := hmac.Equal(right[:], sent), hmac.Equal(decoded[:], sent)
	switch {
	case isDecoded:
		return KeyDecoded
	case isRight:
		return WrongSignatureEncoding
	}
	return WrongSignature
}

// decodeSignature reads a MAC from any encoding seen in the field: hex, base64 of either
// alphabet, padded or not, and base64 of hex. It gives nil when it is none of them.
func decodeSignature(signature string) []byte {
	if len(signature) > 4*signatureLen {
		return nil
	}
	if b, err := hex.DecodeString(signature); err == nil && len(b) == macLen {
		return b
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(signature, "="))
	b, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil {
		return nil
	}
	if inner, err := hex.DecodeString(string(b)); err == nil && len(inner) == macLen {
		return inner
	}
	return b
}
