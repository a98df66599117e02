// Command switchboard is the server and its command line. Each command has one file; commands.go
// lists them. A command turns its words and flags into one call and prints the answer: it holds
// no rule of the business.
package main
