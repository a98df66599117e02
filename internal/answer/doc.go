// Package answer owns how our own JSON APIs answer: the HTTP status of each fault, how a list becomes a page,
// and, for programs, the one shape of an error and the headers that go with it. The older dialects, whose
// shapes are given, have their own.
package answer
