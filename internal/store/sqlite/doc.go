// Package sqlite is the embedded store: one SQLite database in WAL mode, owned by one process. One
// goroutine writes and commits in groups; a pool of connections reads; exact copies of agents,
// of members and of the directory stay in memory. DESIGN.md says why it is as it is.
package sqlite
