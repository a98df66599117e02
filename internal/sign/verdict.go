package sign

// Verdict is what the replay guard says about a request whose signature is right.
type Verdict uint8

// The verdicts. The zero value is none of them and refuses.
const (
	First          Verdict = iota + 1 // the first use of this timestamp
	Retry                             // the same request again
	Reuse                             // another request under a used timestamp, let pass; worth counting
	RefusedSource                     // same-source: another request, from another address or too late
	RefusedStrict                     // strict: another request
	RefusedRestart                    // strict: may have been used before the server started
	RefusedStale                      // outside the window
)

// OK reports whether the request may go on.
func (v Verdict) OK() bool { return v == First || v == Retry || v == Reuse }

// String is the verdict as logs and metrics spell it.
func (v Verdict) String() string {
	names := [...]string{"none", "first", "retry", "reuse", "refused_source", "refused_strict", "refused_restart", "refused_stale"}
	if int(v) >= len(names) {
		return "none"
	}
	return names[v]
}

// Text says what was wrong and what to do about it, for the log; "" when the request may go on.
func (v Verdict) Text() string {
	switch v {
	case First, Retry, Reuse:
		return ""
	case RefusedSource:
		return "another request under a timestamp already used, from another address or too long after it; sign each request with its own millisecond"
	case RefusedStrict:
		return "another request under a timestamp already used; sign each request with its own millisecond"
	case RefusedRestart:
		return "signed before this server started, so it may have been used already; sign the request anew"
	case RefusedStale:
		return "the timestamp is outside the window; sign the request anew"
	}
	return "refused"
}
