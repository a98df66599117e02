// Package store owns the interfaces behind which all state lives: Store, its transactions (Tx), and
// what they promise. It holds no SQL and no rules of the business; those are in the packages
// sqlite and agent. Package storetest checks that an implementation keeps every promise.
package store
