package config

import "flag"

// Kind says which of the sources gave a value.
type Kind string

// The kinds of source, the strongest first.
const (
	FromFlag        Kind = "flag"
	FromEnvironment Kind = "environment"
	FromFile        Kind = "file"
	FromDefault     Kind = "default"
)

// Origin says where a value came from: the flag, the variable or the path of the file.
type Origin struct {
	Kind Kind
	Name string
}

// String gives the origin for people: "environment SWITCHBOARD_LISTEN".
func (o Origin) String() string {
	if o.Name == "" {
		return string(o.Kind)
	}
	return string(o.Kind) + " " + o.Name
}

// Flags holds what the command line gives, as text by setting name. Nothing is judged before
// Load, so that one answer names the faults of all sources.
type Flags map[string]string

// Register adds a flag for each named setting to fs; what is given lands in f. It panics on a
// name that is no setting or a secret, which is a mistake of the program.
func (f Flags) Register(fs *flag.FlagSet, names ...string) {
	defaults := Default()
	table := byName()
	for _, name := range names {
		s, ok := table[name]
		if !ok || s.Secret {
			panic("config: no flag for setting " + name)
		}
		fs.Var(&rawFlag{f, name, s.Text(&defaults)}, name, "`"+s.Arg+"`: "+s.Help)
	}
}

// rawFlag keeps a flag's text unread.
type rawFlag struct {
	given Flags
	name  string
	usual string
}

func (r *rawFlag) Set(text string) error {
	r.given[r.name] = text
	return nil
}

func (r *rawFlag) String() string {
	if text, ok := r.given[r.name]; ok {
		return text
	}
	return r.usual
}

func byName() map[string]Setting {
	table := map[string]Setting{}
	for _, s := range Settings() {
		table[s.Name] = s
	}
	return table
}
