// Package mobileapi serves the mobile banking API to channels: one address that takes an action and its
// payload. It authenticates, decodes and validates, calls one use case and puts its outcome into the
// words of that API; it decides nothing about members itself. A PIN is a secret.Text from where it is
// read, and no answer, log line or fingerprint has it.
package mobileapi
