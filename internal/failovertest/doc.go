// Package failovertest runs a real server over three PostgreSQL servers under Patroni, each in a network namespace of its
// own, takes the primary away under load and compares what is left with what was answered. It is tests alone.
package failovertest
