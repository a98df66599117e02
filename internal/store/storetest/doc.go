// Package storetest owns the conformance suite that every implementation of store.Store passes: Run
// for the interfaces, RunFile for what a store that lives in a file adds. Every sentence of the
// interfaces has a case here, and every case gets a fresh store. It knows no implementation.
package storetest
