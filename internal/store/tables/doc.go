// Package tables owns the tables that every store has: how the values of the domain stand in them, and the
// statements that read and write them. The statements are such that SQLite and PostgreSQL take them alike; what
// a store does in its own way it does in its own package.
package tables
