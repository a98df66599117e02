// Package wire owns what webhook endpoints and deliveries look like to partners and operators alike, and reads
// what both ask for.
package wire
