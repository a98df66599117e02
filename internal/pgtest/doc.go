// Package pgtest runs throw-away PostgreSQL servers for tests, from the system's own programs.
package pgtest
