package config

import (
	"path/filepath"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Sources is where Load looks: in Flags, then in the environment, then in a TOML file, then in
// the defaults. A variable that is set but empty counts as set.
type Sources struct {
	Flags     Flags
	LookupEnv func(name string) (string, bool) // os.LookupEnv, or a test's own; nil for none
	File      string                           // empty: SWITCHBOARD_CONFIG, else FileName in the data directory if there
}

// FileEnv is the variable that names the configuration file when no flag does.
const FileEnv = "SWITCHBOARD_CONFIG"

// Resolved is what is in force, and from where.
type Resolved struct {
	Config  Config
	File    string // the file that was read; empty for none
	origins map[string]Origin
}

// Value is one setting in force. Text is redacted for a secret.
type Value struct {
	Setting Setting
	Text    string
	Origin  Origin
}

// Values lists every setting in force, in the table's order.
func (r *Resolved) Values() []Value {
	var list []Value
	for _, s := range Settings() {
		text := s.Text(&r.Config)
		if s.Name == "master-key-file" {
			text = r.Config.MasterKeyPath()
		}
		list = append(list, Value{s, text, r.origins[s.Name]})
	}
	return list
}

// Load reads all sources and validates the result. Its error is an Invalid fault that names every
// bad setting, its value, where it came from and what it must be.
func Load(src Sources) (*Resolved, error) {
	r := &Resolved{Config: Default(), origins: map[string]Origin{}}
	texts, err := r.readTexts(src)
	if err != nil {
		return nil, err
	}

	var faults fault.Fields
	unread := map[string]bool{}
	for _, s := range Settings() {
		text, origin, given := src.pick(s, texts, r.File)
		r.origins[s.Name] = origin
		if given && !s.bind(&r.Config).parse(text) {
			unread[s.Name] = true
			faults = append(faults, badText(s, text, origin))
		}
	}

	// A setting that could not be read kept its default: judging that would mislead.
	for _, f := range r.Config.faults(r.origins) {
		if !unread[f.Name] {
			faults = append(faults, f)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// readTexts finds and reads the configuration file, and remembers which it was.
func (r *Resolved) readTexts(src Sources) (map[string]string, error) {
	path := src.File
	if path == "" {
		path, _ = src.env(FileEnv)
	}
	named := path != ""
	if !named {
		data, _, given := src.pick(byName()["data"], nil, "")
		if !given {
			data = r.Config.Data
		}
		path = filepath.Join(data, FileName)
	}
	texts, found, err := readFile(path, named)
	if err != nil {
		return nil, err
	}
	if _, moved := texts["data"]; moved && !named {
		return nil, fault.New(fault.Invalid, "The configuration file %s lies in the data directory and cannot set data: give --data, or name the file with --config.", path)
	}
	if found {
		r.File = path
	}
	return texts, nil
}

// pick gives the text of a setting from the strongest source that has it.
func (src Sources) pick(s Setting, texts map[string]string, file string) (string, Origin, bool) {
	if text, ok := src.Flags[s.Name]; ok {
		return text, Origin{FromFlag, "--" + s.Name}, true
	}
	if text, ok := src.env(s.Env()); ok {
		return text, Origin{FromEnvironment, s.Env()}, true
	}
	if text, ok := texts[s.Name]; ok {
		return text, Origin{FromFile, file}, true
	}
	return "", Origin{Kind: FromDefault}, false
}

func (src Sources) env(name string) (string, bool) {
	if src.LookupEnv == nil {
		return "", false
	}
	return src.LookupEnv(name)
}
