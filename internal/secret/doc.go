// Package secret owns what must not be seen: a text type that prints redacted everywhere, the
// making of keys and tokens, the sealing of access keys at rest under a master key that lives
// outside the database, and the hashing of PINs and of operators' passwords under peppers derived from it, so many at a time
// and no more. It never logs, and no error of it carries key material or a PIN.
package secret
