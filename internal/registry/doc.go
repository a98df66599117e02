// Package registry holds the use cases, one file per resource. Each loads, lets the pure domain
// decide, and saves the outcome with its event in one transaction. Every dialect, command and
// importer comes through here, so that a rule exists once.
package registry
