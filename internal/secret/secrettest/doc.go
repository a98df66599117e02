// Package secrettest makes the keys that a registry under test works with.
package secrettest
