package main

import (
	"cmp"
	"context"
	"flag"
	"math"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func channelCommand() *command {
	return &command{
		name: "channel", short: "Let USSD gateways and app back ends in, and keep their secrets",
		help: `A channel is whoever calls the mobile banking API for members: a USSD gateway, the back end
of a mobile app. It authenticates with HTTP Basic: its id is the user, its secret the password.
A channel may have two live secrets, so that they change without a pause. Networks that it
must call from, and a rate of its own, limit what a secret that leaked is good for.`,
		subcommands: []*command{
			channelAddCommand(), channelListCommand(), channelSetCommand(), channelRotateCommand(), channelRevokeCommand(),
		},
	}
}

// channelFlags are what add and set are given of a channel.
type channelFlags struct {
	fs              *flag.FlagSet
	path            string // of the command
	name, addresses string
	rate            float64
	burst           int
}

func (f *channelFlags) register(fs *flag.FlagSet) {
	f.fs = fs
	fs.StringVar(&f.name, "name", "", "`NAME`: what it is, for you")
	fs.StringVar(&f.addresses, "address", "", "`CIDRS`: where it may call from, addresses or networks with commas between them; anywhere when empty")
	fs.Float64Var(&f.rate, "rate", 0, "`N`: requests a second it may make; 0 for the server's channel-rate")
	fs.IntVar(&f.burst, "burst", 0, "`N`: requests it may make at once before its rate holds; with --rate")
}

func (f *channelFlags) check() error {
	if math.IsNaN(f.rate) || math.IsInf(f.rate, 0) {
		return usageError(f.path, "--rate must be a number")
	}
	return nil
}

func (f *channelFlags) networks() []string { return networksOf(f.addresses) }

// networksOf takes a list apart; what is no network, the server says.
func networksOf(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func channelAddCommand() *command {
	return &command{
		name: "add", args: "ID", short: "Add a channel and print its first secret",
		help: `ID is what the channel calls itself: small letters, digits, dashes, dots and underscores, a
letter or digit first. It stands in the history of every member it calls for, and can never be
used for another one.

The secret is printed this once: the server keeps only a hash of it. Hand it over on a safe
way; for a lost one make another with 'switchboard channel rotate'.`,
		examples: `switchboard channel add ussd --name "USSD gateway" --address 196.201.214.0/24

# an app's back end on two hosts, 50 requests a second and not more than 100 at once
switchboard channel add app --address 192.0.2.7,192.0.2.8 --rate 50 --burst 100

# keep the secret in a file that is yours alone
(umask 077; switchboard channel add app --json | jq -r .secret > app.secret)`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			f := channelFlags{path: "switchboard channel add"}
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				if err := f.check(); err != nil {
					return err
				}
				return c.issueSecret(ctx, func(op *switchboard.Operator) (switchboard.IssuedSecret, error) {
					return op.AddChannel(ctx, switchboard.NewChannel{ID: args[0], Name: f.name, Addresses: f.networks(), Rate: f.rate, Burst: f.burst})
				})
			}
		},
	}
}

func channelListCommand() *command {
	return &command{
		name: "list", short: "List the channels and their secrets",
		help: `A secret is live, expiring (a newer one has come), expired or revoked. The secrets
themselves are never printed.`,
		examples: `switchboard channel list

# the channels that may call from anywhere
switchboard channel list --json | jq -r '.items[] | select(.addresses == []) | .id'`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.Channel]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Channels(ctx)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.channelTable(page.Items).write)
			}
		},
	}
}

func (c *cli) channelTable(channels []switchboard.Channel) *table {
	t := c.table("CHANNEL", "NAME", "FROM", "RATE", "BURST", "SECRET", "STATE", "SINCE", "USED", "UNTIL")
	for _, ch := range channels {
		from := cmp.Or(strings.Join(ch.Addresses, ","), anywhere)
		for _, s := range ch.Secrets {
			until := s.ExpiresAt
			if !s.RevokedAt.IsZero() {
				until = s.RevokedAt
			}
			t.row(ch.ID, ch.Name, from, limitText(ch.Rate), limitText(float64(ch.Burst)), s.ID, s.State, timeText(s.CreatedAt), timeText(s.LastUsedAt), timeText(until))
		}
	}
	return t
}

// limitText is empty for a limit that is the server's.
func limitText(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func channelSetCommand() *command {
	return &command{
		name: "set", args: "ID", short: "Change a channel's name, networks or limits",
		help: `What is not given stays as it is. A change holds from the next request on; an empty
--address lets the channel call from anywhere, a --rate of 0 gives it the server's.`,
		examples: `switchboard channel set ussd --address 196.201.214.0/24,196.201.213.0/24
switchboard channel set app --rate 200 --burst 400

# from anywhere again
switchboard channel set app --address ""`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			f := channelFlags{path: "switchboard channel set"}
			f.register(fs)
			return func(ctx context.Context, args []string) error {
				n := f.change()
				if n == (switchboard.ChannelChange{}) {
					return usageError(f.path, "say what to change: --name, --address, --rate or --burst")
				}
				if err := f.check(); err != nil {
					return err
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.SetChannel(ctx, args[0], n) },
					"Channel "+args[0]+" is set.", "Channel "+args[0]+" was so already.")
			}
		},
	}
}

// change holds what stands on the command line.
func (f *channelFlags) change() (n switchboard.ChannelChange) {
	if isGiven(f.fs, "name") {
		n.Name = &f.name
	}
	if isGiven(f.fs, "address") {
		list := append([]string{}, f.networks()...) // an empty list, not none
		n.Addresses = &list
	}
	if isGiven(f.fs, "rate") {
		n.Rate = &f.rate
	}
	if isGiven(f.fs, "burst") {
		n.Burst = &f.burst
	}
	return n
}
