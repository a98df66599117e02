// Package secret owns what must not be seen: a text type that prints redacted everywhere, the
// making of keys and tokens, and the sealing of access keys at rest under a master key that lives
// outside the database. It never logs, and no error of it carries key material.
package secret
