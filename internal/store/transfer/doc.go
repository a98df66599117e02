// Package transfer copies a whole database of the embedded store into one of the store that nodes share: every row of
// every table, resumable at any moment, refused to whoever would open half of it.
package transfer
