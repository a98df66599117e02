// Package console owns the desk in the browser: server-rendered pages over the operator's API, and nothing else. It
// decides nothing: who may do what, and what happens, the API says. It is embedded whole in the binary.
package console
