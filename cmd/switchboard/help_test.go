package main

import (
	"flag"
	"strings"
	"testing"
)

// everyCommand calls visit for each command of the tree with its words.
func everyCommand(cmd *command, words []string, visit func(cmd *command, words []string)) {
	visit(cmd, words)
	for _, sub := range cmd.subcommands {
		everyCommand(sub, append(words[:len(words):len(words)], sub.name), visit)
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	everyCommand(commands(), nil, func(_ *command, words []string) {
		t.Run(strings.Join(append([]string{"switchboard"}, words...), "-"), func(t *testing.T) {
			t.Parallel()
			var tm terminal
			r := tm.run(append(words, "--help")...)
			golden(t, "help/"+strings.Join(append([]string{"switchboard"}, words...), "-"), r.out)
			if r.code != exitOK || r.err != "" {
				t.Errorf("exit %d, err %q", r.code, r.err)
			}
			if again := tm.run(append([]string{"help"}, words...)...); again.out != r.out {
				t.Errorf("'help %v' prints another text", words)
			}
		})
	})
}

// What help must have: a command that runs teaches with examples that name it.
func TestEveryCommandTeaches(t *testing.T) {
	t.Parallel()
	everyCommand(commands(), nil, func(cmd *command, words []string) {
		path := strings.Join(append([]string{"switchboard"}, words...), " ")
		if (cmd.setup == nil) == (len(cmd.subcommands) == 0) {
			t.Errorf("%s must either run or be a group", path)
		}
		if cmd.short == "" || strings.HasSuffix(cmd.short, ".") || strings.Contains(cmd.short, "\n") {
			t.Errorf("%s: short %q is not one line without a full stop", path, cmd.short)
		}
		if cmd.setup != nil && !strings.Contains(cmd.examples, path) {
			t.Errorf("%s has no example", path)
		}
		for line := range strings.Lines(cmd.short + "\n" + cmd.help + "\n" + cmd.examples) {
			if len(line) > 101 && !strings.Contains(line, "://") { // an address cannot be broken
				t.Errorf("%s: help line is too wide: %s", path, line)
			}
		}
		if cmd.setup == nil {
			return
		}
		fs := flag.NewFlagSet(path, flag.ContinueOnError)
		cmd.setup(fs, &cli{})
		fs.VisitAll(func(f *flag.Flag) {
			if arg, _ := flag.UnquoteUsage(f); f.Usage == "" || !isSwitch(f) && arg != strings.ToUpper(arg) {
				t.Errorf("%s: flag %s needs a usage with its value in `CAPITALS`", path, f.Name)
			}
		})
	})
}

func TestHelpOfAGroupAndItsKinds(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]string{
		"pets":           "--help",
		"pets-cat":       "cat -h",
		"pets-cat-add":   "cat add Tom --help",
		"pets-cat-fetch": "help cat fetch",
	} {
		tm := terminal{tree: pets()}
		golden(t, "help/"+name, tm.run(strings.Fields(args)...).whole())
	}
}
