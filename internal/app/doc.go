// Package app wires a process together: settings to store, use cases, dialects and listeners. It
// owns the data directory's layout, start and stop, metrics and logs, and no rule of the business.
package app
