package sign

import "strings"

// The names of the three headers, as clients spell them.
const (
	DeveloperKeyHeader = "developer_key"
	SignatureHeader    = "secret-key"
	TimestampHeader    = "secret-key-timestamp"
)

// The same names as net/http canonicalizes them; looking them up directly costs no allocation.
const (
	canonicalDeveloperKey = "Developer_key"
	canonicalSignature    = "Secret-Key"
	canonicalTimestamp    = "Secret-Key-Timestamp"
)

// Headers are the three headers of a signed request.
type Headers struct {
	DeveloperKey string
	Signature    string
	Timestamp    string
}

// ParseHeaders takes the three from a header map with canonical names, such as an http.Header.
// All must be there, each once: of two values, a proxy and we might each believe another.
func ParseHeaders(h map[string][]string) (Headers, *Refusal) {
	key, signature, timestamp := h[canonicalDeveloperKey], h[canonicalSignature], h[canonicalTimestamp]
	if len(key) == 1 && len(signature) == 1 && len(timestamp) == 1 &&
		key[0] != "" && signature[0] != "" && timestamp[0] != "" {
		return Headers{DeveloperKey: key[0], Signature: signature[0], Timestamp: timestamp[0]}, nil
	}
	return Headers{}, headerRefusal(key, signature, timestamp)
}

// headerRefusal names every missing header, or else every repeated one.
func headerRefusal(key, signature, timestamp []string) *Refusal {
	var missing, repeated []string
	for _, x := range []struct {
		name   string
		values []string
	}{{DeveloperKeyHeader, key}, {SignatureHeader, signature}, {TimestampHeader, timestamp}} {
		switch {
		case strings.Join(x.values, "") == "":
			missing = append(missing, x.name)
		case len(x.values) > 1:
			repeated = append(repeated, x.name)
		}
	}
	if len(missing) > 0 {
		return &Refusal{Cause: MissingHeader, Headers: strings.Join(missing, ", ")}
	}
	return &Refusal{Cause: RepeatedHeader, Headers: strings.Join(repeated, ", ")}
}
