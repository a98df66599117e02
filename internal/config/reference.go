package config

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteExample writes a configuration file that sets nothing: every setting as a comment, with
// its meaning, its rule and its default.
func WriteExample(w io.Writer) error {
	defaults := Default()
	var b strings.Builder
	b.WriteString("# Settings of switchboard. A line without its # is in force; flags and the environment win over it.\n")
	for _, s := range Settings() {
		if s.Secret {
			continue // has no place in a file
		}
		text := s.Text(&defaults)
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			text = strconv.Quote(text)
		}
		fmt.Fprintf(&b, "\n# %s.\n# It must be %s.\n# %s = %s\n", capital(s.Help), s.Rule(), s.Name, text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// WriteReference writes the table of settings in Markdown.
func WriteReference(w io.Writer) error {
	defaults := Default()
	var b strings.Builder
	b.WriteString("| flag and key in the file | environment | default | meaning | must be |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		name := "`" + s.Name + "`"
		if s.Secret {
			name = "(environment only)"
		}
		usual := ""
		if text := s.Text(&defaults); text != "" {
			usual = "`" + text + "`"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", name, s.Env(), usual, s.Help, s.Rule())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
