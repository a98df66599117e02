// Package passkey owns WebAuthn as a second step of signing in: the challenges that a browser is given, and whether
// what its authenticator answers is right. It keeps nothing, knows no operator but by name, and reads no clock: whoever
// asks it sees to it that a challenge is answered in time, and once.
package passkey
