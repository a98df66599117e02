// Package config owns the settings of a switchboard: their names, defaults and rules, and where
// each value in force came from. One table names every setting; the flags, the environment, the
// TOML file and the reference are read from it. It must not act on a setting, and no secret may
// be given in a flag or in the file.
package config
