// Package rowfile reads rows out of CSV and NDJSON files, whatever they are about: each with its line, none
// longer than a bound. What a row means is for its caller to say.
package rowfile
