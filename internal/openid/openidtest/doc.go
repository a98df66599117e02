// Package openidtest runs a real OpenID provider in the process of a test, with two people in it, and walks through its
// sign-in as a browser would. What it says can be bent, to see who falls for it.
package openidtest
