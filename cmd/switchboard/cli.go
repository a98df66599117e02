package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command was tried and failed
	exitUsage  = 2 // the command line or the configuration is wrong; nothing was tried
	exitDenied = 3 // the command asked, and the answer is no
)

// cli is what commands may use of the process they run in, so that tests run them without one.
// One cli runs one command line.
type cli struct {
	Out, Err  io.Writer
	In        io.Reader
	LookupEnv func(name string) (string, bool)
	Now       func() time.Time

	json      bool         // --json
	file      string       // --config
	given     config.Flags // the settings among the flags
	server    string       // --server
	tokenFile string       // --token-file
}

// run runs the command line and gives the exit code.
func (c *cli) run(ctx context.Context, root *command, args []string) int {
	c.given = config.Flags{}
	c.json = slices.Contains(args, "--json") // so that a faulty command line is answered in JSON too
	err := c.dispatch(ctx, root, root.name, nil, helpWord(args))
	if err == nil {
		return exitOK
	}
	return c.report(ctx, err)
}

// helpWord reads "help agent show" as "agent show --help", and --version as the command.
func helpWord(args []string) []string {
	if len(args) > 0 && args[0] == "help" {
		return append(slices.Clone(args[1:]), "--help")
	}
	if len(args) == 1 && args[0] == "--version" {
		return []string{"version"}
	}
	return args
}

// dispatch walks down the tree. leading holds the flags that stood before the command's name:
// they are judged with its own.
func (c *cli) dispatch(ctx context.Context, cmd *command, path string, leading, args []string) error {
	if cmd.setup != nil {
		return c.runLeaf(ctx, cmd, path, append(slices.Clone(leading), args...))
	}
	rest, err := leadingFlags(path, args)
	if errors.Is(err, errHelp) {
		return c.writeHelp(c.Out, cmd, path, nil)
	}
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return c.noCommand(cmd, path)
	}
	leading = append(slices.Clone(leading), args[:len(args)-len(rest)]...)
	sub, ok := cmd.find(rest[0])
	if !ok {
		return unknownCommand(cmd, path, rest[0])
	}
	return c.dispatch(ctx, sub, path+" "+sub.name, leading, rest[1:])
}

// noCommand answers a group's bare name: with its help for a person, with an error for a program.
func (c *cli) noCommand(cmd *command, path string) error {
	if !c.json {
		if err := c.writeHelp(c.Err, cmd, path, nil); err != nil {
			return err
		}
		return errHelpShown
	}
	return usageError(path, "a command is missing: one of %s", strings.Join(cmd.names(), ", "))
}

func unknownCommand(cmd *command, path, name string) error {
	hint := ""
	if near, ok := nearest(name, cmd.names()); ok {
		hint = "; did you mean " + near + "?"
	}
	return usageError(path, "there is no command %q%s", name, hint)
}

func (c *cli) runLeaf(ctx context.Context, cmd *command, path string, args []string) error {
	fs := flag.NewFlagSet(path, flag.ContinueOnError)
	run := cmd.setup(fs, c)
	c.sharedFlags(fs, cmd)
	words, err := parseFlags(fs, path, args)
	if errors.Is(err, errHelp) {
		return c.writeHelp(c.Out, cmd, path, fs)
	}
	if err != nil {
		return err
	}
	if err := cmd.checkArgs(path, words); err != nil {
		return err
	}
	return run(ctx, words)
}

// config reads what is in force. Its faults are faults of usage: nothing was tried yet.
func (c *cli) config() (*config.Resolved, error) {
	r, err := config.Load(config.Sources{Flags: c.given, LookupEnv: c.LookupEnv, File: c.file})
	if err != nil {
		return nil, &failure{err: err, usage: true, remedy: "Run 'switchboard config --help' to see every setting and where it can be given."}
	}
	return r, nil
}

// env gives a variable's value; empty when it is not set.
func (c *cli) env(name string) string {
	v, _ := c.LookupEnv(name)
	return v
}
