// Package apptest runs the whole application for tests: a real store in a temporary directory,
// real listeners, the real client. Only the clock can be another.
package apptest
