package sign

import (
	"net/http"
	"strings"
	"testing"
)

func TestParseHeaders(t *testing.T) {
	t.Parallel()
	full := func(change func(http.Header)) http.Header {
		h := http.Header{}
		h.Set("developer_key", "d")
		h.Set("SECRET-KEY", "s")
		h.Set("secret-key-TIMESTAMP", "t")
		change(h)
		return h
	}
	for _, c := range []struct {
		name   string
		change func(http.Header)
		want   Cause
		names  string
	}{
		{"all", func(http.Header) {}, 0, ""},
		{"no key", func(h http.Header) { h.Del("developer_key") }, MissingHeader, "developer_key"},
		{"no signature", func(h http.Header) { h.Del("secret-key") }, MissingHeader, "secret-key"},
		{"no timestamp", func(h http.Header) { h.Del("secret-key-timestamp") }, MissingHeader, "secret-key-timestamp"},
		{"none", func(h http.Header) { clear(h) }, MissingHeader, "developer_key, secret-key, secret-key-timestamp"},
		{"empty value", func(h http.Header) { h.Set("secret-key", "") }, MissingHeader, "secret-key"},
		{"twice", func(h http.Header) { h.Add("developer_key", "e") }, RepeatedHeader, "developer_key"},
		{"twice the same", func(h http.Header) { h.Add("secret-key", "s") }, RepeatedHeader, "secret-key"},
		{"twice, another missing", func(h http.Header) { h.Add("secret-key", "s"); h.Del("developer_key") }, MissingHeader, "developer_key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, r := ParseHeaders(full(c.change))
			wantRefusal(t, r, c.want, false)
			if c.want == 0 {
				if (got != Headers{DeveloperKey: "d", Signature: "s", Timestamp: "t"}) {
					t.Errorf("read %+v", got)
				}
				return
			}
			if r.Headers != c.names || !strings.Contains(r.String(), c.names) || got != (Headers{}) {
				t.Errorf("names %q, text %q, read %+v", r.Headers, r, got)
			}
		})
	}
}

// TestNames proves that every cause and verdict has a name of its own, and every refusal a text.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"none": true}
	for c := MissingHeader; c <= WrongSignature; c++ {
		wantRefusal(t, &Refusal{Cause: c}, c, false)
		if seen[c.String()] {
			t.Errorf("cause %d has no name of its own: %s", c, c)
		}
		seen[c.String()] = true
	}
	for v := First; v <= RefusedStale; v++ {
		if seen[v.String()] {
			t.Errorf("verdict %d has no name of its own: %s", v, v)
		}
		seen[v.String()] = true
		if v.OK() != (v.Text() == "") || !v.OK() && !strings.Contains(v.Text(), ";") {
			t.Errorf("verdict %s: OK %v, text %q", v, v.OK(), v.Text())
		}
	}
	if Cause(0).String() != "none" || Cause(99).String() != "none" || Verdict(0).String() != "none" || Verdict(99).OK() || Verdict(0).OK() {
		t.Error("a value that is none has a name, or passes")
	}
}
