package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// sharedNames are the flags that help lists last, below what makes the command different.
func sharedNames() []string { return []string{"config", "data", "server", "token-file", "json"} }

// writeHelp prints what cmd does and how it is used. fs is nil for a group.
func (c *cli) writeHelp(w io.Writer, cmd *command, path string, fs *flag.FlagSet) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s.\n\n%s\n  %s\n", cmd.short, c.paint(w, bold, "Usage:"), usageLine(cmd, path))
	if cmd.help != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(cmd.help))
	}
	c.helpSection(w, &b, "Examples:", strings.TrimSpace(cmd.examples))
	c.helpSection(w, &b, "Commands:", listCommands(cmd))
	if fs != nil {
		c.helpSection(w, &b, "Flags:", listFlags(fs, cmd.ownFlags(fs)))
		c.helpSection(w, &b, "Settings:", listFlags(fs, cmd.settingFlags()))
		c.helpSection(w, &b, "Common flags:", listFlags(fs, sharedNames()))
	} else {
		fmt.Fprintf(&b, "\nRun '%s COMMAND --help' for what a command does and examples of it.\n", path)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func usageLine(cmd *command, path string) string {
	if cmd.setup == nil {
		return path + " COMMAND"
	}
	return strings.Join(slices.DeleteFunc([]string{path, cmd.args, "[flags]"}, func(s string) bool { return s == "" }), " ")
}

// helpSection prints an indented block under a title, and nothing for an empty one.
func (c *cli) helpSection(w io.Writer, b *bytes.Buffer, title, body string) {
	if body == "" {
		return
	}
	fmt.Fprintf(b, "\n%s\n", c.paint(w, bold, title))
	for line := range strings.Lines(body) {
		if strings.TrimSpace(line) != "" {
			line = "  " + line
		}
		b.WriteString(line)
	}
	b.WriteString("\n")
}

func listCommands(cmd *command) string {
	return columns(func(tw io.Writer) {
		for _, sub := range cmd.subcommands {
			fmt.Fprintf(tw, "%s\t%s\n", sub.name, sub.short)
		}
	})
}

// ownFlags names the flags that the command registered itself.
func (cmd *command) ownFlags(fs *flag.FlagSet) []string {
	var names []string
	fs.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(cmd.settings, f.Name) && !slices.Contains(sharedNames(), f.Name) {
			names = append(names, f.Name)
		}
	})
	return names
}

// settingFlags names the settings, in the order of their table.
func (cmd *command) settingFlags() []string {
	return slices.DeleteFunc(slices.Clone(cmd.settings), func(name string) bool { return slices.Contains(sharedNames(), name) })
}

// listFlags describes those of the named flags that fs has.
func listFlags(fs *flag.FlagSet, names []string) string {
	return columns(func(tw io.Writer) {
		for _, name := range names {
			if f := fs.Lookup(name); f != nil {
				arg, usage := flag.UnquoteUsage(f)
				usage = strings.TrimPrefix(usage, arg+": ") // it stands beside the flag already
				if !isSwitch(f) && f.DefValue != "" && !strings.Contains(usage, "default ") {
					usage += " (default " + f.DefValue + ")"
				}
				fmt.Fprintf(tw, "%s\t%s\n", strings.TrimSpace(dashed(name)+" "+arg), usage)
			}
		}
	})
}

// columns aligns what rows writes at its tabs.
func columns(rows func(tw io.Writer)) string {
	var b bytes.Buffer
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	rows(tw)
	_ = tw.Flush() // a buffer takes everything
	return strings.TrimSuffix(b.String(), "\n")
}
