package secret

import (
	"encoding/hex"
	"regexp"
	"testing"
)

func TestGenerate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func() string
		form string
	}{
		{"access key", func() string { return NewAccessKey().Reveal() }, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{"developer key", NewDeveloperKey, `^[0-9a-f]{32}$`},
		{"token", func() string { return NewToken().Reveal() }, `^[A-Za-z0-9_-]{43}$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			form, seen := regexp.MustCompile(c.form), map[string]bool{}
			for range 100 {
				got := c.make()
				if !form.MatchString(got) {
					t.Errorf("%q is not of the form %s", got, c.form)
				}
				if seen[got] {
					t.Errorf("%q came twice", got)
				}
				seen[got] = true
			}
		})
	}
}

func TestHashToken(t *testing.T) {
	t.Parallel()
	sum := HashToken(NewText("a channel's secret"))
	if got := hex.EncodeToString(sum[:]); got != "56f60f9424b58c4b2f3b1bc81de679ae247425d8cbc966537c09e3ef5ea0c500" {
		t.Errorf("hashed as %s", got)
	}
}
