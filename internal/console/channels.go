package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
)

// channelsRoutes are the pages and actions of this area.
func (c *Console) channelsRoutes() {
	c.page("GET /channels", "channels", (*visit).channels)
	c.page("GET /channels/{channel}", "channel", (*visit).channel)
	c.act("POST /channels", (*visit).addChannel)
	c.act("PUT /channels/{channel}", (*visit).setChannel)
	c.act("POST /channels/{channel}/secrets", (*visit).rotateSecret)
	c.act("POST /channels/{channel}/secrets/{secret}/revoke", (*visit).revokeSecret)
	c.act("POST /channels/{channel}/revoke", (*visit).revokeChannel)
}

// channelsPage lists all channels.
type channelsPage struct {
	*visit
	Channels []switchboard.Channel
}

func (v *visit) channels() (any, error) {
	list, err := v.api.Channels(v.r.Context())
	return channelsPage{v, list}, err
}

// channelPage shows one.
type channelPage struct {
	*visit
	switchboard.Channel
	Past past
}

func (v *visit) channel() (any, error) {
	id := v.r.PathValue("channel")
	list, err := v.api.Channels(v.r.Context())
	c, err := pick(list, err, func(c switchboard.Channel) bool { return c.ID == id }, v.missing("not_found", "channels.unknown", id))
	if err != nil {
		return nil, err
	}
	h, err := v.pastOf("channel:" + id)
	return channelPage{v, c, h}, err
}

// OldSecret says that a secret, a key or a token has been in use for longer than it should be.
func (v *visit) OldSecret(made time.Time) bool { return v.now.Sub(made) > secretAge }

// secretAge is when people are reminded to put another secret in the place of one.
const secretAge = 365 * 24 * time.Hour

// LiveSecrets counts what still opens the door.
func (v *visit) LiveSecrets(list []switchboard.ChannelSecret) (n int) {
	for _, s := range list {
		if s.State == "live" || s.State == "expiring" {
			n++
		}
	}
	return n
}

// LastSecretUse is when the youngest use of any of them was.
func (v *visit) LastSecretUse(list []switchboard.ChannelSecret) (at time.Time) {
	for _, s := range list {
		if s.LastUsedAt.After(at) {
			at = s.LastUsedAt
		}
	}
	return at
}

// networks reads a list of networks, as people write them: on lines, or with commas or blanks between them.
func networks(text string) []string { return items(text) }

// Lines writes a list as a field of a form takes it.
func (v *visit) Lines(list []string) string { return strings.Join(list, "\n") }

func (v *visit) addChannel() (done, error) {
	n := switchboard.NewChannel{ID: v.form("id"), Name: v.form("name"), Addresses: networks(v.form("addresses"))}
	var err error
	if n.Rate, n.Burst, err = v.rate(); err != nil {
		return done{}, err
	}
	s, err := v.api.AddChannel(v.r.Context(), n)
	return v.tellSecret(s, v.T("channels.added", s.Channel)), err
}

// rate reads, of a form with all its fields, how much a channel may ask; nothing is the server's setting.
func (v *visit) rate() (rate float64, burst int, err error) {
	if err := v.needs("name", "addresses", "rate", "burst"); err != nil {
		return 0, 0, err
	}
	if text := v.form("rate"); text != "" {
		if rate, err = strconv.ParseFloat(text, 64); err != nil {
			return 0, 0, badField("rate", v.T("channels.rate.problem"))
		}
	}
	if text := v.form("burst"); text != "" {
		if burst, err = strconv.Atoi(text); err != nil {
			return 0, 0, badField("burst", v.T("channels.rate.problem"))
		}
	}
	return rate, burst, nil
}

// tellSecret tells a channel's secret once.
func (v *visit) tellSecret(s switchboard.IssuedSecret, title string) done {
	return v.tellOnce(once{Title: title, Lead: v.T("channels.secret.lead"), Back: pageOf("channels", s.Channel), BackText: v.T("channels.back"),
		Rows: []onceRow{{v.T("channels.id"), s.Channel, false}, {v.T("channels.secret.id"), s.SecretID, false}, {v.T("channels.secret"), s.Secret, true}}})
}

func (v *visit) setChannel() (done, error) {
	rate, burst, err := v.rate()
	if err != nil {
		return done{}, err
	}
	nets, err := v.formList("addresses", networks)
	if err != nil {
		return done{}, err
	}
	seen, err := v.seen()
	if err != nil {
		return done{}, err
	}
	name := v.form("name")
	c, err := v.api.SetChannel(v.r.Context(), v.r.PathValue("channel"),
		switchboard.ChannelChange{Name: &name, Addresses: &nets, Rate: &rate, Burst: &burst, IfVersion: seen})
	return sayChanged(c, "channels.changed"), err
}

func (v *visit) rotateSecret() (done, error) {
	s, err := v.api.RotateSecret(v.r.Context(), v.r.PathValue("channel"), switchboard.NewSecret{Overlap: v.form("overlap")})
	return v.tellSecret(s, v.T("channels.rotated", s.Channel)), err
}

func (v *visit) revokeSecret() (done, error) {
	c, err := v.api.RevokeSecret(v.r.Context(), v.r.PathValue("channel"), v.r.PathValue("secret"))
	return sayChanged(c, "channels.secret.revoked"), err
}

func (v *visit) revokeChannel() (done, error) {
	if err := v.typed(v.r.PathValue("channel")); err != nil {
		return done{}, err
	}
	c, err := v.api.RevokeChannel(v.r.Context(), v.r.PathValue("channel"))
	return sayChanged(c, "channels.revoked"), err
}
