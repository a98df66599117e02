// Package store owns the interfaces behind which all state lives: Store, its transactions (Tx), and
// what they promise. It holds no SQL and no rules of the business; those are in package sqlite and in
// agent and member. Package storetest checks that an implementation keeps every promise.
package store
