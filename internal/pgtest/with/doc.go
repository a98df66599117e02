// Command with runs a command beside a throw-away PostgreSQL server, whose address it finds in its environment:
//
//	go run ./internal/pgtest/with go test ./...
package main
