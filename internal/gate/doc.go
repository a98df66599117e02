// Package gate lets callers in who come with a signature or a bearer token: it finds the key, checks it,
// guards against signatures that are used again, counts refusals, and logs their precise cause where the
// caller is told nothing. Every dialect that takes such credentials shares one Gate, so that a signature
// captured at one of them is known at all.
package gate
