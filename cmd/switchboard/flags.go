package main

import (
	"errors"
	"flag"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// errHelp says that the command line asks for help.
var errHelp = errors.New("help is asked for")

// sharedFlags adds the flags that commands have in common, below the command's own.
func (c *cli) sharedFlags(fs *flag.FlagSet, cmd *command) {
	fs.BoolVar(&c.json, "json", c.json, "print JSON, errors included")
	if cmd.operator || cmd.settings != nil {
		fs.StringVar(&c.file, "config", "", "configuration `FILE`; default switchboard.toml in the data directory, if there")
		c.given.Register(fs, cmd.settingNames()...)
	}
	if cmd.operator {
		fs.StringVar(&c.server, "server", "", "`URL` of a server's operator listener; default the socket in the data directory")
		fs.StringVar(&c.tokenFile, "token-file", "", "`FILE` of the token that --server needs; default SWITCHBOARD_TOKEN")
	}
}

// settingNames is the command's settings, with data, which every one of them needs.
func (cmd *command) settingNames() []string {
	if slices.Contains(cmd.settings, "data") {
		return cmd.settings
	}
	return append([]string{"data"}, cmd.settings...)
}

// leadingFlags skips the shared flags that stand before a command's name: "--json agent show".
func leadingFlags(path string, args []string) (rest []string, err error) {
	scratch := &cli{given: config.Flags{}}
	fs := flag.NewFlagSet(path, flag.ContinueOnError)
	scratch.sharedFlags(fs, &command{operator: true})
	for len(args) > 0 && isFlag(args[0]) {
		if args, err = setFlag(fs, path, args); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// parseFlags sets the flags of fs, which may stand before, between and after the arguments, and
// gives the arguments. After "--" everything is an argument. The flag package stops at the first
// argument, and people write "agent show 20810200 --json".
func parseFlags(fs *flag.FlagSet, path string, args []string) (words []string, err error) {
	for len(args) > 0 {
		switch {
		case args[0] == "--":
			return append(words, args[1:]...), nil
		case isFlag(args[0]):
			if args, err = setFlag(fs, path, args); err != nil {
				return nil, err
			}
		default:
			words, args = append(words, args[0]), args[1:]
		}
	}
	return words, nil
}

// isFlag: "-" alone is an argument, for standard input.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// setFlag sets the flag that args begins with and gives what follows it and its value.
func setFlag(fs *flag.FlagSet, path string, args []string) ([]string, error) {
	name, value, inline := strings.Cut(strings.TrimPrefix(args[0][1:], "-"), "=")
	args = args[1:]
	f := fs.Lookup(name)
	switch {
	case f == nil && (name == "help" || name == "h"):
		return nil, errHelp
	case f == nil:
		return nil, unknownFlag(fs, path, name)
	case !inline && isSwitch(f):
		value = "true"
	case !inline && len(args) == 0:
		return nil, usageError(path, "%s needs a value", dashed(name))
	case !inline:
		value, args = args[0], args[1:]
	}
	if err := fs.Set(name, value); err != nil {
		return nil, usageError(path, "%s cannot be %q: %v", dashed(name), value, err)
	}
	return args, nil
}

// isSwitch reports whether a flag needs no value.
func isSwitch(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

func unknownFlag(fs *flag.FlagSet, path, name string) error {
	names := []string{"help"}
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	hint := ""
	if near, ok := nearest(name, names); ok {
		hint = "; did you mean " + dashed(near) + "?"
	}
	return usageError(path, "there is no flag %s%s", dashed(name), hint)
}

// dashed writes a flag as help does: -d, but --data.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
