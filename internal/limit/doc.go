// Package limit owns rate limits: token buckets by key, bounded in number. It knows nothing of
// what is limited; the dialects ask it before they work.
package limit
