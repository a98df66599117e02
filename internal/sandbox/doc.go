// Package sandbox holds the test credentials that Eko Platform Services publishes. A sandbox
// starts with exactly these; a production server must never accept them.
package sandbox
