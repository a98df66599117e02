// Package jsontext owns the writing of JSON by hand, for answers that are too frequent for reflection.
package jsontext
