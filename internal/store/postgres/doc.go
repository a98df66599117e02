// Package postgres owns the store that several nodes share: a PostgreSQL database. See DESIGN.md.
package postgres
