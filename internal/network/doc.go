// Package network owns lists of networks: where a partner or a channel may call from. It is pure: it only calculates
// with addresses.
package network
