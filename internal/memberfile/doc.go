// Package memberfile reads what an operator brings along: files of members, CSV or NDJSON, row by
// row in bounded memory, and ladders of attempts in their published XML, which it also writes. It
// checks the form of a row; whether a member may be so is the registry's matter. PINs are in none
// of them: they are issued, never imported.
package memberfile
