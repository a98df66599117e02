// Package partnerapi is the JSON API under /v1/ by which programs follow the record and manage what is their
// own: the change feed, a partner's request log, blocks and webhooks. It authenticates, decodes, calls one use
// case and encodes; what answers look like is package answer's matter, and decisions are package decision's.
package partnerapi
