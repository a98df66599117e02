package access

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a password's length, in characters. There is no rule of what it is made of: see NIST SP 800-63B.
const (
	minPassword = 12
	maxPassword = 256
	minOwnPart  = 8 // what it must have besides words that anybody would try
	minWord     = 3 // of such a word
)

// RefusePassword says why a password is not taken for an operator, "" when it is. weak takes any that is not empty.
func RefusePassword(operator, password string, weak bool) (problem string) {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || n > maxPassword:
		return fmt.Sprintf("must be text of at most %d characters", maxPassword)
	case weak && n > 0:
		return ""
	case n < minPassword:
		return fmt.Sprintf("must have %d characters or more; a few words that you remember are best", minPassword)
	case guessable(operator, password):
		return "is among the first that anybody would try; choose another one"
	}
	return ""
}

// guessable says whether a password is common, or little more than the operator's name, or that of this program, or a
// few characters again and again.
func guessable(operator, password string) bool {
	lower := strings.ToLower(password)
	if slices.Contains(commonPasswords(), lower) || repeats(lower) || runs(lower) {
		return true
	}
	for _, word := range []string{operator, "switchboard", "password", "passwort", "administrator"} {
		if len(word) < minWord {
			continue
		}
		rest := strings.ReplaceAll(lower, word, "")
		if rest != lower && (utf8.RuneCountInString(rest) < minOwnPart || repeats(rest) || runs(rest)) {
			return true
		}
	}
	return false
}

// repeats says whether a text is a short part of it again and again.
func repeats(s string) bool {
	for n := 1; n <= 4 && n < len(s); n++ {
		if strings.HasPrefix(strings.Repeat(s[:n], len(s)/n+1), s) {
			return true
		}
	}
	return false
}

// runs says whether each character of a text is the one after the one before, or the one before it.
func runs(s string) bool {
	up, down := true, true
	for i := 1; i < len(s); i++ {
		wrapped := s[i-1] == '9' && s[i] == '0'
		up = up && (s[i] == s[i-1]+1 || wrapped)
		down = down && s[i] == s[i-1]-1
	}
	return up || down
}

// commonPasswords are those of 12 characters and more that lists of leaked ones have in front, where no rule above
// finds them.
func commonPasswords() []string {
	return []string{
		"1q2w3e4r5t6y", "1qaz2wsx3edc", "1qazxsw23edc", "zaq12wsxcde3", "q1w2e3r4t5y6", "qwertyuiop12", "qwertyuiop123", "qwerty123456", "qwertyuiop[]",
		"123456qwerty", "asdfghjkl123", "asdfghjkl;'\\", "qazwsxedcrfv", "1234qwerasdf", "qwer1234asdf", "123qweasdzxc", "qweasdzxc123", "zxcvbnm12345",
		"abc123456789", "abcd12345678", "abcdef123456", "a1b2c3d4e5f6", "123456abcdef", "123456789abc", "147258369147", "123123123456", "112233445566",
		"987654321000", "iloveyou1234", "iloveyousomuch", "letmein12345", "letmeinplease", "welcome12345", "welcome123456", "changeme1234", "changeme12345",
		"changemenow!", "trustno1trustno1", "correcthorsebatterystaple", "correct horse battery staple", "p@ssw0rd1234", "p@ssword1234", "p4ssw0rd1234",
		"passw0rd1234", "passw0rd12345", "admin1234567", "admin12345678", "adminadmin12", "admin@123456", "root12345678", "superman1234", "football1234",
		"baseball1234", "princess1234", "sunshine1234", "dragon123456", "monkey123456", "master123456", "shadow123456", "michael12345", "india1234567",
		"bharat123456", "krishna12345", "kenya1234567", "nairobi12345", "harambee1234", "thisisapassword", "ihatepasswords", "nopasswordhere", "secret123456",
		"topsecret123", "default12345", "temporary123", "test12345678", "testtest1234", "computer1234", "internet1234", "whatever1234", "starwars1234",
	}
}
