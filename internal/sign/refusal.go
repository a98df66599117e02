package sign

import "fmt"

// Cause says precisely why a request was refused. It is for the log and the partner's own request
// log; the answer on the wire is the same for all.
type Cause uint8

// The causes. The zero value is none of them.
const (
	MissingHeader          Cause = iota + 1 // one or more of the three headers are absent or empty
	RepeatedHeader                          // a header came more than once
	UnknownKey                              // no such developer_key
	DeadKey                                 // the developer_key is revoked or expired
	MalformedTimestamp                      // not a decimal number
	TimestampInSeconds                      // in the window if it were seconds
	TimestampInMicros                       // in the window if it were microseconds
	TimestampInNanos                        // in the window if it were nanoseconds
	Skew                                    // too old or too new
	KeyDecoded                              // the access key itself was the HMAC key, not its base64 text
	WrongSignatureEncoding                  // the right MAC in hex or URL-safe base64
	WrongSignature                          // none of what we can recognize
)

// String is the cause as logs and metrics spell it.
func (c Cause) String() string {
	names := [...]string{"none", "missing_header", "repeated_header", "unknown_key", "dead_key",
		"malformed_timestamp", "timestamp_in_seconds", "timestamp_in_microseconds", "timestamp_in_nanoseconds",
		"skew", "key_decoded", "wrong_signature_encoding", "wrong_signature"}
	if int(c) >= len(names) {
		return "none"
	}
	return names[c]
}

// Refusal is why a request was not accepted.
type Refusal struct {
	Cause   Cause
	Headers string // MissingHeader, RepeatedHeader: which, comma-separated
	Skew    int64  // Skew: milliseconds the timestamp is ahead of our clock; negative: behind

	// Signed says that the signature was right for the timestamp sent: the sender held the access
	// key, or captured a signature. With a timestamp at fault, it tells the two stories apart.
	Signed bool
}

// String says what was wrong and what to do about it. It contains nothing of what was sent: a
// client that mixes up its headers may have sent a secret.
func (r *Refusal) String() string {
	text := r.text()
	if r.timestampAtFault() && !r.Signed {
		text += "; the signature does not match this timestamp either"
	}
	return text
}

// timestampAtFault reports whether the cause lies in the timestamp, so that Signed says more.
func (r *Refusal) timestampAtFault() bool {
	return r.Cause >= MalformedTimestamp && r.Cause <= Skew
}

func (r *Refusal) text() string {
	switch r.Cause {
	case MissingHeader:
		return "missing header " + r.Headers + "; send it with every request, and let no proxy drop it (many drop names with an underscore)"
	case RepeatedHeader:
		return "header " + r.Headers + " came more than once; send it once"
	case UnknownKey:
		return "unknown developer_key; send the one issued for this server"
	case DeadKey:
		return "the developer_key is revoked or expired; use the partner's current one"
	case MalformedTimestamp:
		return TimestampHeader + " is not a decimal number; send milliseconds since 1970-01-01 UTC, digits only"
	case TimestampInSeconds, TimestampInMicros, TimestampInNanos:
		return TimestampHeader + " is in " + r.unit() + "; send milliseconds, and sign the text that is sent"
	case Skew:
		return r.skewText()
	case KeyDecoded:
		return "the HMAC key was the access_key itself; use its base64 text as the key, without decoding it again"
	case WrongSignatureEncoding:
		return SignatureHeader + " is the right MAC in the wrong encoding; send standard base64 of the 32 bytes, not hex, not URL-safe, with padding"
	case WrongSignature:
		return "wrong signature; " + SignatureHeader + " must be base64(HMAC-SHA256(message: the text of " + TimestampHeader +
			" exactly as sent, key: base64 text of the access_key of this developer_key))"
	}
	return "refused"
}

func (r *Refusal) unit() string {
	switch r.Cause {
	case TimestampInSeconds:
		return "seconds"
	case TimestampInMicros:
		return "microseconds"
	}
	return "nanoseconds"
}

func (r *Refusal) skewText() string {
	n, side := r.Skew, "ahead of"
	if n < 0 {
		n, side = -n, "behind"
	}
	return fmt.Sprintf("skew of %+d ms: %s is %d ms %s our clock, outside the window; set the sender's clock by NTP and sign each request anew",
		r.Skew, TimestampHeader, n, side)
}
