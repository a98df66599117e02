// Command with runs a command beside a throw-away PostgreSQL server, whose address it finds in its environment:
//
//	go run ./internal/pgtest/with go test ./...
//
// With -citus before the command it is a cluster of a coordinator and two workers; the extension must be installed.
package main
