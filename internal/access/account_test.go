package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
)

func TestSessionLives(t *testing.T) {
	t.Parallel()
	s := access.Session{CreatedAt: noon(), SeenAt: noon().Add(2 * time.Hour), ExpiresAt: noon().Add(3 * time.Hour)}
	for after, want := range map[time.Duration]bool{2 * time.Hour: true, 150*time.Minute - 1: true, 150 * time.Minute: false, 4 * time.Hour: false} {
		if s.Live(noon().Add(after), 30*time.Minute) != want {
			t.Errorf("%s after the beginning: live %t", after, !want)
		}
	}
	if s.Live(s.ExpiresAt, 24*time.Hour) || !s.Live(s.ExpiresAt.Add(-1), 24*time.Hour) {
		t.Error("a session does not end at its end")
	}
	if s.Stale(s.SeenAt.Add(59*time.Second)) || !s.Stale(s.SeenAt.Add(time.Minute)) {
		t.Error("its use is not noted once a minute")
	}
}

func TestSessionID(t *testing.T) {
	t.Parallel()
	id := access.SessionID([32]byte{0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	if id != "session-ab010203040506070809" {
		t.Errorf("the id is %s", id)
	}
}

func TestBrowserName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Mozilla/5.0 (X11)": "Mozilla/5.0 (X11)", "a\nb\x00c": "abc", "Ünı": "n",
		strings.Repeat("x", 300): strings.Repeat("x", 200), strings.Repeat("é", 300) + "x": "x",
	} {
		if got := access.BrowserName(in); got != want {
			t.Errorf("%.20q is kept as %q", in, got)
		}
	}
}

// TestRefusePassword: long ones are taken, whatever they are made of, but for what anybody would try.
func TestRefusePassword(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"correct battery horse", "twelve chars", "aaaaaaaaaaab", "ज़रूरी पासवर्ड है", strings.Repeat("long ", 51) + "x", "asha likes green tea", "switchboards are fun",
		"0147258369 ab", "password manager made this",
	} {
		if p := access.RefusePassword("asha", good, false); p != "" {
			t.Errorf("%q is refused: it %s", good, p)
		}
	}
	for bad, says := range map[string]string{
		"": "12 characters", "eleven char": "12 characters", "sandbox": "12 characters", strings.Repeat("x", 257): "at most 256", "\xff\xfe invalid text": "at most 256",
		"aaaaaaaaaaaa": "first", "abcabcabcabc": "first", "123123123123": "first", "123456789012": "first", "abcdefghijkl": "first", "zyxwvutsrqpo": "first",
		"Password1234": "first", "QwertyUiop123": "first", "Switchboard1": "first", "asha12345678": "first", "ashaashaasha": "first", "asha-asha-asha": "first",
		"administrator1": "first", "Correct Horse Battery Staple": "first",
	} {
		p := access.RefusePassword("asha", bad, false)
		if !strings.Contains(p, says) {
			t.Errorf("%q: it %q, want %q", bad, p, says)
		}
	}
	for password, taken := range map[string]bool{"": false, "x": true, "sandbox": true, strings.Repeat("x", 257): false} {
		if (access.RefusePassword("asha", password, true) == "") != taken {
			t.Errorf("in the sandbox %.20q is taken: %t", password, !taken)
		}
	}
}
