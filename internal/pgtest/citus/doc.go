// Package citus gives tests databases that are distributed over the machines of a Citus cluster, where there is one,
// and plain ones of package pgtest elsewhere.
package citus
