package console_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// translation is the texts of one language, by key and plural form; a text that knows no number stands under "".
type translation map[string]map[string]string

// TestTranslations holds each language against English: the same keys in the same forms, which take the same values.
func TestTranslations(t *testing.T) {
	t.Parallel()
	english := readTranslation(t, "en")
	languages, err := os.ReadDir("text")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		t.Run(l.Name(), func(t *testing.T) {
			t.Parallel()
			other := readTranslation(t, l.Name())
			english.each(func(key, form, text string) { other.sameAs(t, key, form, text) })
			other.each(func(key, form, _ string) {
				if _, ok := english[key][form]; !ok {
					t.Errorf("%s (%s) is not in English", key, form)
				}
			})
		})
	}
}

func (tr translation) each(fn func(key, form, text string)) {
	for key, forms := range tr {
		for form, text := range forms {
			fn(key, form, text)
		}
	}
}

// sameAs checks one text against the English one.
func (tr translation) sameAs(t *testing.T, key, form, english string) {
	text, ok := tr[key][form]
	switch {
	case !ok:
		t.Errorf("%s (%s) is missing", key, form)
	case (text == "") != (english == ""):
		t.Errorf("%s (%s) is %q, and %q in English", key, form, text, english)
	case !slices.Equal(values(text), values(english)):
		t.Errorf("%s (%s) takes %v, and %v in English", key, form, values(text), values(english))
	}
}

// values are what a text takes: %[1]s and the like, {name} for scripts, and whatever else looks like a verb.
func values(text string) []string {
	list := regexp.MustCompile(`%\[\d\][a-z]|%.?|\{\w+\}`).FindAllString(text, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// readTranslation reads a language's files. A key in two of them would mean what the later file says, unseen.
func readTranslation(t *testing.T, language string) translation {
	t.Helper()
	all, from := translation{}, map[string]string{}
	eachFile(t, "text/"+language, func(name string, file []byte) {
		var texts map[string]json.RawMessage
		if err := json.Unmarshal(file, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, raw := range texts {
			if from[key] != "" {
				t.Errorf("%s is both in %s and in %s", key, from[key], name)
			}
			all[key], from[key] = readForms(t, key, raw), name
		}
	})
	return all
}

func readForms(t *testing.T, key string, raw []byte) (forms map[string]string) {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return map[string]string{"": text}
	}
	if err := json.Unmarshal(raw, &forms); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	for form := range forms {
		if !slices.Contains([]string{"=0", "one", "other"}, form) {
			t.Errorf("%s has a form %q, which nothing reads", key, form)
		}
	}
	return forms
}

// TestKeys looks for keys in pages and in Go: there must be a text for each, and no text that nothing asks for.
func TestKeys(t *testing.T) {
	t.Parallel()
	english, u := readTranslation(t, "en"), readUses(t)
	for key := range u.literal {
		if _, ok := english[key]; !ok && english["event."+key] == nil && english.family(key) {
			t.Errorf("there is no text %s", key)
		}
	}
	for _, c := range u.computed {
		if !c.perhaps && !slices.ContainsFunc(english.keys(), c.fits) && english.family(c.start) {
			t.Errorf("there is no text like %s…%s", c.start, c.end)
		}
	}
	for _, key := range english.keys() {
		if !u.literal[key] && !slices.ContainsFunc(u.computed, func(c computed) bool { return c.fits(key) }) {
			t.Errorf("nothing uses %s", key)
		}
	}
}

func (tr translation) keys() (list []string) {
	for key := range tr {
		list = append(list, key)
	}
	return list
}

// family says whether keys begin with this one's first word: what looks like a key may be a field of the API.
func (tr translation) family(key string) bool {
	first, _, more := strings.Cut(key, ".")
	return more && !strings.HasSuffix(key, ".js") && slices.ContainsFunc(tr.keys(), func(k string) bool { return strings.HasPrefix(k, first+".") })
}

// uses are the keys that stand in pages and in Go, and those that are put together there: of a start, something, and
// perhaps an end.
type uses struct {
	literal  map[string]bool
	computed []computed
}

type computed struct {
	start, end string
	perhaps    bool // there may be none of them
}

func (c computed) fits(key string) bool {
	return strings.HasPrefix(key, c.start) && strings.HasSuffix(key, c.end)
}

// readUses reads what stands between quotes: in Go anywhere, and in a page within an action.
func readUses(t *testing.T) *uses {
	t.Helper()
	u := &uses{literal: map[string]bool{}}
	action := regexp.MustCompile(`\{\{.*?\}\}`)
	eachFile(t, ".", func(name string, file []byte) {
		switch {
		case strings.HasSuffix(name, ".html"):
			for _, a := range action.FindAllString(string(file), -1) {
				u.read(a)
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			for line := range strings.Lines(string(file)) {
				u.read(line)
			}
		}
	})
	return u
}

// read takes keys from a line of Go, or from an action.
func (u *uses) read(code string) {
	word := regexp.MustCompile(`"(?:hint=)?([a-z_]+(?:\.[\w-]+)*)"`)
	for _, m := range word.FindAllStringSubmatch(code, -1) {
		u.literal[m[1]] = true
	}
	parts := regexp.MustCompile(`"([a-z_]+(?:\.[\w-]+)*\.)"(?:[ +]+[\w.$()]+[ +]+"(\.[\w.-]+)")?`)
	for _, m := range parts.FindAllStringSubmatch(code, -1) {
		u.computed = append(u.computed, computed{start: m[1], end: m[2]})
	}
	// the options of a field have texts under the key of its label; what is no literal may say options, too
	options := regexp.MustCompile(`Field [^"]*"[^"]*" "([\w.-]+)"[^()]*(?:\(print )?(?:"(options)=| \$?\.[A-Z])`)
	for _, m := range options.FindAllStringSubmatch(code, -1) {
		u.computed = append(u.computed, computed{start: m[1] + ".", perhaps: m[2] == ""})
	}
}

// eachFile reads the files in a folder of this package, and below it.
func eachFile(t *testing.T, folder string, fn func(name string, file []byte)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(folder + "/" + path)
		fn(path, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
