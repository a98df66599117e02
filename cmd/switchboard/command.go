package main

import (
	"context"
	"flag"
	"strings"
)

// command is one word of the command line: a group of further commands, or something that runs.
type command struct {
	name  string
	args  string // its arguments as help shows them, and as they are counted: "CODE [SERVICE...]"
	short string // what it does, in one line without a full stop
	help  string // what one must know to use it well: paragraphs, broken into lines as printed
	// examples are whole command lines, with # lines that explain.
	examples string

	subcommands []*command

	// settings names the settings that are flags of the command; it then has --config and --data
	// too, and reads what is in force with cli.config.
	settings []string
	// operator gives the flags that reach a running server, for cli.operator.
	operator bool

	// setup registers the command's own flags and returns what runs once they are parsed.
	setup func(fs *flag.FlagSet, c *cli) runFunc
}

// runFunc runs a command. args are its arguments, as many as command.args permits.
type runFunc func(ctx context.Context, args []string) error

// find gives the subcommand of that name.
func (cmd *command) find(name string) (*command, bool) {
	for _, sub := range cmd.subcommands {
		if sub.name == name {
			return sub, true
		}
	}
	return nil, false
}

// names lists the subcommands.
func (cmd *command) names() []string {
	var names []string
	for _, sub := range cmd.subcommands {
		names = append(names, sub.name)
	}
	return names
}

// arity reads command.args: words in brackets are optional, "..." after a word repeats it.
type arity struct {
	required []string
	optional int
	many     bool
}

func (cmd *command) arity() arity {
	var a arity
	inside := false
	for word := range strings.FieldsSeq(cmd.args) {
		inside = inside || strings.HasPrefix(word, "[")
		if strings.Contains(word, "...") {
			a.many = true
		}
		if inside {
			a.optional++
		} else {
			a.required = append(a.required, strings.TrimSuffix(word, "..."))
		}
		inside = inside && !strings.HasSuffix(word, "]")
	}
	return a
}

// checkArgs refuses too few and too many arguments.
func (cmd *command) checkArgs(path string, args []string) error {
	a := cmd.arity()
	if n := len(args); n < len(a.required) {
		return usageError(path, "missing: %s", strings.Join(a.required[n:], " and "))
	}
	if most := len(a.required) + a.optional; !a.many && len(args) > most {
		return usageError(path, "one argument too many: %q", args[most])
	}
	return nil
}
