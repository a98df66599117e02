// Package desktest drives the desk's pages in a real browser, for tests: Debian's Chromium, without a window. It needs
// one installed, and skips tests where there is none, except under CI.
package desktest
