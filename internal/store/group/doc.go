// Package group commits Updates in groups: those that wait share a transaction, and the cost of making it durable.
package group
