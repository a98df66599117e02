package body_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/switchboard-platform/switchboard/internal/body"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// TestMedia: parameters do not matter, and what is compressed has no type for us.
func TestMedia(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ media, encoding, want string }{
		{"application/json", "", body.JSON},
		{"application/json", "identity", body.JSON},
		{"Application/JSON; charset=utf-8", "", body.JSON},
		{"application/json; charset", "", body.JSON},
		{"text/plain", "", "text/plain"},
		{"application/json", "gzip", ""},
		{"", "", ""},
		{"/", "", ""},
	} {
		if got := body.Media(http.Header{"Content-Type": {c.media}, "Content-Encoding": {c.encoding}}); got != c.want {
			t.Errorf("%q in %q is %q", c.media, c.encoding, got)
		}
	}
}

// TestRead: a body of the greatest length is read, announced or not, over what was kept; a longer one is
// read to its end and refused.
func TestRead(t *testing.T) {
	t.Parallel()
	limit := body.Limit{Longest: 2048, Drained: 1 << 20}
	for name, c := range map[string]struct {
		length int
		code   fault.Code
	}{
		"empty": {0, ""}, "short": {100, ""}, "longest": {2048, ""}, "longer": {2049, fault.TooLarge}, "far longer": {500_000, fault.TooLarge},
	} {
		for _, announced := range []bool{true, false} {
			text := strings.NewReader(strings.Repeat("x", c.length))
			r := httptest.NewRequest(http.MethodPost, "/", iotest.HalfReader(text))
			if r.ContentLength = -1; announced {
				r.ContentLength = int64(c.length)
			}
			got, err := limit.Read(r, []byte("what was here before"))
			if fault.CodeOf(err) != c.code || err == nil && string(got) != strings.Repeat("x", c.length) {
				t.Errorf("%s, announced: %t: %d bytes, %v", name, announced, len(got), err)
			}
			if text.Len() > 0 {
				t.Errorf("%s, announced: %t: %d bytes are left", name, announced, text.Len())
			}
		}
	}
}

// TestReadKeeps: a buffer that is large enough is used again.
func TestReadKeeps(t *testing.T) {
	t.Parallel()
	kept := make([]byte, 0, 64)
	got, err := body.Limit{Longest: 2048}.Read(httptest.NewRequest(http.MethodPost, "/", strings.NewReader("hello")), kept)
	if err != nil || string(got) != "hello" || &got[0] != &kept[:1][0] {
		t.Errorf("%q, %v", got, err)
	}
}

// TestReadBroken: of a body that breaks off, what came is given back, to be wiped.
func TestReadBroken(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("gone"))))
	got, err := body.Limit{Longest: 2048}.Read(r, nil)
	if !fault.Is(err, fault.Invalid) || string(got) != "half" {
		t.Errorf("%q, %v", got, err)
	}
}
