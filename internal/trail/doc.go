// Package trail owns the partners' request log: what each partner last asked of this server, how it ended,
// and of a refused request the precise reason. It lives in memory, holds so many requests a partner, and no secret.
package trail
