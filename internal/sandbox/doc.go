// Package sandbox holds public test credentials: those that Eko Platform Services publishes, and those
// of the samples of the mobile banking API. A sandbox starts with exactly these; a production server
// must never accept them.
package sandbox
