package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A folder a language, and in it a file for each area: keys and what stands for them, with %[1]v for the first value. A
// text that depends on a number is an object of its plural forms, chosen by the first value.
//
//go:embed text
var textFiles embed.FS

// languages are those there are texts in: English, which the others follow, first.
func languages() []string { return []string{"en", "hi", "sw"} }

// texts are all texts in all languages.
type texts struct {
	catalog *catalog.Builder
	tags    []language.Tag // English first
	names   []string       // of the languages, in themselves
	matcher language.Matcher
	known   map[string]bool // keys
}

// languageName is the key of a language's own name.
const languageName = "language.name"

func readTexts() (*texts, error) {
	t := &texts{catalog: catalog.NewBuilder(catalog.Fallback(language.English)), known: map[string]bool{}}
	for _, name := range languages() {
		if err := t.add(name); err != nil {
			return nil, err
		}
	}
	t.matcher = language.NewMatcher(t.tags)
	return t, nil
}

// add takes a language.
func (t *texts) add(name string) error {
	tag := language.MustParse(name)
	files, err := fs.Glob(textFiles, "text/"+name+"/*.json")
	if err != nil {
		return err
	}
	t.names = append(t.names, name)
	for _, file := range files {
		b, err := fs.ReadFile(textFiles, file)
		if err == nil {
			err = t.addFile(tag, b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	t.tags = append(t.tags, tag)
	return nil
}

func (t *texts) addFile(tag language.Tag, file []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(file, &all); err != nil {
		return err
	}
	for key, raw := range all {
		if err := t.set(tag, key, raw); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if t.known[key] = true; key == languageName {
			t.names[len(t.names)-1] = strings.Trim(string(raw), `"`)
		}
	}
	return nil
}

func (t *texts) set(tag language.Tag, key string, raw json.RawMessage) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return t.catalog.SetString(tag, key, text)
	}
	var forms map[string]string
	if err := json.Unmarshal(raw, &forms); err != nil {
		return err
	}
	var cases []any
	for _, form := range []string{"=0", "one", "other"} {
		if s, ok := forms[form]; ok {
			cases = append(cases, form, s)
		}
	}
	return t.catalog.Set(tag, key, plural.Selectf(1, "", cases...))
}

// tongue speaks one language.
type tongue struct {
	*message.Printer
	tag   language.Tag
	known map[string]bool
}

// tongue chooses a language by name, and else by what the browser accepts.
func (t *texts) tongue(name, accept string) tongue {
	_, i := language.MatchStrings(t.matcher, name, accept)
	return tongue{message.NewPrinter(t.tags[i], message.Catalog(t.catalog)), t.tags[i], t.known}
}

// say gives a text. A key that nobody wrote a text for is shown as it is, which tests look for.
func (t tongue) say(key string, args ...any) string {
	if !t.known[key] {
		return "⟦" + key + "⟧"
	}
	return t.Sprintf(key, args...)
}

// sayOr gives a text if there is one, and else another: for codes that a newer server may know more of.
func (t tongue) sayOr(key, otherwise string) string {
	if !t.known[key] {
		return otherwise
	}
	return t.Sprintf(key)
}

// lang is the language as HTML names it.
func (t tongue) lang() string { return strings.ToLower(t.tag.String()) }
