package main

import (
	"context"
	"flag"
	"io"

	"github.com/switchboard-platform/switchboard/internal/config"
)

func configCommand() *command {
	return &command{
		name:     "config",
		short:    "Print the settings in force and where each comes from",
		settings: config.Names(),
		help: `
A setting is taken from the first of these that gives it:
  1. a flag, --listen
  2. a variable of the environment, SWITCHBOARD_LISTEN
  3. a key of the configuration file, listen = "127.0.0.1:8080"
  4. the default

The file is the one that --config or SWITCHBOARD_CONFIG names, else switchboard.toml in the data
directory, if there. It is TOML; a key that is no setting is an error. The master key can be given
in the environment alone, as SWITCHBOARD_MASTER_KEY, and is never printed.

This command takes the flags of 'switchboard serve', so that it shows what serve would run with.`,
		examples: `
# what is in force here
switchboard config

# would these be accepted?
SWITCHBOARD_PARTNER_RATE=50 switchboard config --commit-group 64

# begin a configuration file
switchboard config --example > switchboard-data/switchboard.toml

# one value, for a script
switchboard config --json | jq -r '.settings[] | select(.name == "listen").value'`,
		setup: setupConfig,
	}
}

func setupConfig(fs *flag.FlagSet, c *cli) runFunc {
	example := fs.Bool("example", false, "print a configuration file that explains every setting, instead")
	reference := fs.Bool("reference", false, "print the table of all settings in Markdown, instead")
	return func(context.Context, []string) error {
		switch {
		case (*example || *reference) && c.json:
			return usageError("switchboard config", "--example and --reference are not JSON; leave out --json")
		case *example:
			return config.WriteExample(c.Out)
		case *reference:
			return config.WriteReference(c.Out)
		}
		r, err := c.config()
		if err != nil {
			return err
		}
		v := viewConfig(r)
		return c.show(v, func(w io.Writer) error {
			t := c.table("SETTING", "VALUE", "FROM")
			for _, s := range v.Settings {
				t.row(s.Name, s.Value, s.origin.String())
			}
			return t.write(w)
		})
	}
}

// configView is what is in force, in JSON.
type configView struct {
	File     string        `json:"file"`
	Settings []settingView `json:"settings"`
}

type settingView struct {
	Name     string      `json:"name"`
	Value    string      `json:"value"`
	From     config.Kind `json:"from"`
	FromName string      `json:"from_name,omitempty"`
	Env      string      `json:"env"`
	origin   config.Origin
}

func viewConfig(r *config.Resolved) configView {
	v := configView{File: r.File}
	for _, x := range r.Values() {
		v.Settings = append(v.Settings, settingView{
			x.Setting.Name, x.Text, x.Origin.Kind, x.Origin.Name, x.Setting.Env(), x.Origin,
		})
	}
	return v
}
