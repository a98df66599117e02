// Package crashtest kills the real server at random moments under load, starts it again, and
// compares what the database holds with what the server had answered. It is tests alone.
package crashtest
