// Package partner owns what a Partner and its developer keys are: their life, and the replay
// level of a key. It is pure; secrets appear here sealed, never in the clear.
package partner
