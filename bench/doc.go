// Command bench measures Switchboard side by side with what bounds it: a bare net/http handler
// that answers the same bytes, the raw rate of the disk's syncs, the bare SQLite driver, the bare
// Argon2id call, the mock server of EPS and OpenFGA. Everything is compared as ratios of runs that alternate
// within one run, because absolute figures of a shared machine drift. README.md tells the method.
// Nothing here is linked into the server, and the server is only ever used through its binary and
// its ports.
package main
