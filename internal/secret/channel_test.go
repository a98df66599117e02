package secret

import (
	"encoding/hex"
	"regexp"
	"testing"
)

func TestChannelSecret(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[0-9A-Za-z_-]{43}$`), map[string]bool{}
	for range 100 {
		got := NewChannelSecret().Reveal()
		if !form.MatchString(got) || seen[got] {
			t.Errorf("%q has another form or came twice", got)
		}
		seen[got] = true
	}
	sum := HashChannelSecret(NewText("a channel's secret"))
	if got := hex.EncodeToString(sum[:]); got != "56f60f9424b58c4b2f3b1bc81de679ae247425d8cbc966537c09e3ef5ea0c500" {
		t.Errorf("hashed as %s", got)
	}
}
