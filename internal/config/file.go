package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// maxFile bounds what is read as a configuration; more is some other file.
const maxFile = 1 << 20

// readFile gives the settings that a TOML file holds, as text by name. A file that is not there is
// an error when required, else empty.
func readFile(path string, required bool) (map[string]string, bool, error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fault.Wrap(err, fault.Invalid, "The configuration file %s cannot be read: name one that is there with --config, or leave it out.", path)
	}
	if len(body) > maxFile {
		return nil, false, fault.New(fault.Invalid, "The configuration file %s is larger than %d bytes: name a configuration file with --config.", path, maxFile)
	}
	texts, err := parseFile(path, string(body))
	return texts, true, err
}

func parseFile(path, body string) (map[string]string, error) {
	var raw map[string]any
	meta, err := toml.Decode(body, &raw)
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		return nil, fault.New(fault.Invalid, "The configuration file %s is not TOML: line %d: %s.", path, syntax.Position.Line, syntax.Message)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The configuration file %s is not TOML.", path)
	}

	table := byName()
	texts := map[string]string{}
	var faults fault.Fields
	for _, key := range meta.Keys() { // in the order of the file
		if len(key) > 1 {
			continue // inside a table, which is refused as a whole
		}
		name := key[0]
		s, known := table[name]
		text, readable := textOf(raw[name])
		switch {
		case !known:
			faults.Add(name, "is not a setting (file %s); 'switchboard config' lists those there are", path)
		case s.Secret:
			faults.Add(name, "must not stand in a file (file %s); give it in the environment as %s", path, s.Env())
		case !readable:
			faults.Add(name, "is neither a text, a number, true or false, nor a list of texts (file %s); it must be %s", path, s.Rule())
		default:
			texts[name] = text
		}
	}
	return texts, faults.Err()
}

// textOf writes a TOML value as it would stand in a flag.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return "", false
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), true
	}
	return fmt.Sprint(v), false
}
