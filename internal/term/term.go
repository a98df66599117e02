package term

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWords is how many words of a name count, so that no name takes more than its share of the terms.
const maxWords = 8

// Words cuts a text into words as they are compared: in lower case, without accents, in one of the several spellings that
// Unicode has for the same thing. Signs that belong to a letter, like the vowels of Devanagari, stay with it.
func Words(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) })
}

// fold brings a text to the form that is compared.
func fold(text string) string {
	return norm.NFC.String(strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u0300' && r <= '\u036f', // accents, of a text that is taken apart
			r == '\u200c', r == '\u200d', r == '\'', r == '’': // joiners, and what stands inside of names
			return -1
		}
		return r
	}, norm.NFKD.String(text))))
}

// Names gives the terms of somebody with names, of a person and of a shop for instance: one for each word, which begins
// with it and has all the others behind it, those of the same name first. So whoever knows several words finds the
// terms of one, and sees in them whether the others fit.
func Names(names ...string) (terms []string) {
	words := make([][]string, len(names))
	for i, name := range names {
		words[i] = Words(name)
		words[i] = words[i][:min(len(words[i]), maxWords)]
	}
	for i, own := range words {
		for n := range own {
			term := slices.Concat(own[n:], own[:n])
			for _, others := range slices.Concat(words[:i], words[i+1:]) {
				term = append(term, others...)
			}
			terms = append(terms, strings.Join(term, " "))
		}
	}
	return terms
}

// codeMark begins the term of a code. No word has it.
const codeMark = "#"

// Code gives the term of a code, a PAN for instance, or of its beginning; "" for what is none.
func Code(code string) string {
	code = strings.Join(strings.Fields(fold(code)), "")
	if code == "" {
		return ""
	}
	return codeMark + code
}

// Fit says whether somebody with names fits the words that were looked for: each begins another word of theirs.
func Fit(wanted []string, names ...string) bool {
	var have []string
	for _, name := range names {
		have = append(have, Words(name)...)
	}
	for _, w := range byLength(wanted) {
		i := slices.IndexFunc(have, func(h string) bool { return strings.HasPrefix(h, w) })
		if i < 0 {
			return false
		}
		have = slices.Delete(have, i, i+1)
	}
	return true
}

// byLength gives words with the longest first: a short one fits what is left.
func byLength(words []string) []string {
	return slices.SortedStableFunc(slices.Values(words), func(a, b string) int { return len(b) - len(a) })
}
