// Package passkeytest is an authenticator in software, for tests: it answers challenges as a browser does that has one.
package passkeytest
