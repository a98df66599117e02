package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

func partnerCommand() *command {
	return &command{
		name: "partner", short: "Let partners in: add, list, rotate and revoke their keys",
		help: `A partner is an API user: a back end that switches services on and off for its agents. It
signs its requests with an access key, and names it by the developer key that belongs to it.
A partner can have several live keys, so that keys change without a pause.`,
		subcommands: []*command{
			partnerAddCommand(), partnerListCommand(), partnerRotateCommand(), partnerRevokeCommand(), partnerReplayCommand(), partnerAddressesCommand(), partnerTokenCommand(), partnerRequestsCommand(),
		},
	}
}

const replayUsage = "`LEVEL`: what happens to another request under a used signature: observe, same-source or strict"

func partnerAddCommand() *command {
	return &command{
		name: "add", args: "NAME", short: "Add a partner and print its first key",
		help: `Prints the developer key and the access key. The access key is printed this once: it is
kept encrypted, and nothing prints it again. Hand both over on a safe way; for a lost one
make another with 'switchboard partner rotate'.`,
		examples: `switchboard partner add "Acme Payments" --initiator-id 9876543210

# keep the answer in a file that is yours alone
(umask 077; switchboard partner add "Acme Payments" --initiator-id 9876543210 --json > acme.json)`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			initiator := fs.String("initiator-id", "", "`MOBILE`: the partner's registered mobile number, ten digits; required")
			replay := fs.String("replay", "", replayUsage+" (default observe)")
			return func(ctx context.Context, args []string) error {
				if *initiator == "" {
					return usageError("switchboard partner add", "--initiator-id is missing")
				}
				return c.issue(ctx, func(op *switchboard.Operator) (switchboard.IssuedKey, error) {
					return op.AddPartner(ctx, switchboard.NewPartner{Name: args[0], InitiatorID: *initiator, Replay: *replay})
				})
			}
		},
	}
}

func partnerRotateCommand() *command {
	return &command{
		name: "rotate", args: "PARTNER", short: "Give a partner a new key; the older ones end after a while",
		help: `The older keys stay good for the overlap, so that the partner changes over without a pause,
and end by themselves. A key that leaked ends at once with 'switchboard partner revoke'.

The access key is printed this once: nothing prints it again.`,
		examples: `switchboard partner rotate p1

# the older keys end in an hour
switchboard partner rotate p1 --overlap 1h`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			overlap := fs.String("overlap", "168h", "`DURATION`: how long the older keys stay good; 0s ends them at once")
			replay := fs.String("replay", "", replayUsage+" (default that of the older keys)")
			return func(ctx context.Context, args []string) error {
				return c.issue(ctx, func(op *switchboard.Operator) (switchboard.IssuedKey, error) {
					return op.RotateKey(ctx, args[0], switchboard.NewKey{Overlap: *overlap, Replay: *replay})
				})
			}
		},
	}
}

// issue makes a key and prints it, the only time that anybody sees it.
func (c *cli) issue(ctx context.Context, do func(*switchboard.Operator) (switchboard.IssuedKey, error)) error {
	k, err := ask(ctx, c, do)
	if k.AccessKey == "" {
		return err
	}
	// Printed even when something failed after it was made: it cannot be had again.
	shown := c.show(k, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `Partner %s has a new key.
  initiator_id   %s
  developer_key  %s
  access_key     %s
  replay         %s

%s It is not shown again.
`, k.Partner, k.InitiatorID, k.DeveloperKey, k.AccessKey, k.Replay, c.paint(w, bold, "Store the access key now."))
		return err
	})
	if err == nil {
		err = shown
	}
	return err
}

func partnerListCommand() *command {
	return &command{
		name: "list", short: "List the partners and their keys",
		help: `A key is live, expiring (a newer one has come), expired or revoked. Access keys are never
printed. USED is the minute in which it was last used.`,
		examples: `switchboard partner list

# the keys that were never used
switchboard partner list --json | jq '.items[].keys[] | select(.last_used_at == null)'

# the keys that are about to end
switchboard partner list --json | jq '.items[].keys[] | select(.state == "expiring")'`,
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				page := switchboard.Page[switchboard.Partner]{}
				err := c.operate(ctx, func(op *switchboard.Operator) (err error) {
					page.Items, err = op.Partners(ctx)
					return err
				})
				if err != nil {
					return err
				}
				return c.show(page, c.partnerTable(page.Items).write)
			}
		},
	}
}

func (c *cli) partnerTable(partners []switchboard.Partner) *table {
	t := c.table("PARTNER", "NAME", "INITIATOR_ID", "FROM", "DEVELOPER_KEY", "STATE", "REPLAY", "SINCE", "USED", "UNTIL")
	for _, p := range partners {
		from := cmp.Or(strings.Join(p.Addresses, ","), anywhere)
		for _, k := range p.Keys {
			until := k.ExpiresAt
			if !k.RevokedAt.IsZero() {
				until = k.RevokedAt
			}
			t.row(p.ID, p.Name, p.InitiatorID, from, k.DeveloperKey, k.State, k.Replay, timeText(k.CreatedAt), timeText(k.LastUsedAt), timeText(until))
		}
	}
	return t
}

func partnerRevokeCommand() *command {
	return &command{
		name: "revoke", args: "DEVELOPER_KEY", short: "End a key at once",
		help: `From the moment this command returns no request under the key is accepted. It asks nothing
back and cannot be undone; 'switchboard partner rotate' gives the partner another key.`,
		examples: "switchboard partner revoke 3f0c1a9be7d24c5f8a6b0e1d2c3f4a5b",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.RevokeKey(ctx, args[0]) },
					"Key "+args[0]+" is revoked.", "Key "+args[0]+" was revoked already.")
			}
		},
	}
}

func partnerReplayCommand() *command {
	return &command{
		name: "replay", args: "DEVELOPER_KEY LEVEL", short: "Set what a key's signature may be used for again",
		help: `A signature covers the time of a request and not the request: whoever sees one can send
another request under it. What happens then is the key's level:
  observe      it passes and is counted (the default: clients that sign by the millisecond
               send two requests under one signature now and then)
  same-source  it passes from the same address within two seconds
  strict       it is refused
The same request again is a retry and passes at every level.`,
		examples: "switchboard partner replay 3f0c1a9be7d24c5f8a6b0e1d2c3f4a5b strict",
		operator: true, settings: operatorSettings(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, args []string) error {
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.SetReplay(ctx, args[0], args[1])
				},
					"Key "+args[0]+" is at "+args[1]+" now.", "Key "+args[0]+" was at "+args[1]+" already.")
			}
		},
	}
}

// anywhere is what lists say of who may call from any address.
const anywhere = "anywhere"

func partnerAddressesCommand() *command {
	return &command{
		name: "addresses", args: "PARTNER", short: "Say from which networks a partner may call",
		help: `A list of networks limits what a key or a token that leaked is good for. It takes the place
of the one before, and holds from the next request on, by signature and by token alike. Who
calls from elsewhere is told no more than anybody who is refused; the partner's log of requests
says "address not permitted". Behind a proxy, --trusted-proxies must name it.`,
		examples: `switchboard partner addresses p1 --address 192.0.2.0/24,2001:db8::7

# from anywhere again
switchboard partner addresses p1 --address ""`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			addresses := fs.String("address", "", "`CIDRS`: addresses or networks with commas between them; anywhere when empty; required")
			return func(ctx context.Context, args []string) error {
				if !isGiven(fs, "address") {
					return usageError("switchboard partner addresses", "--address is missing; an empty one lets the partner call from anywhere")
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.SetPartnerAddresses(ctx, args[0], networksOf(*addresses))
				},
					"Partner "+args[0]+" may call from "+cmp.Or(*addresses, anywhere)+" now.", "Partner "+args[0]+" could call from there already.")
			}
		},
	}
}

// change makes a change that has nothing to tell but whether it was one.
func (c *cli) change(ctx context.Context, do func(*switchboard.Operator) (switchboard.Changed, error), done, already string) error {
	v, err := ask(ctx, c, do)
	if err != nil {
		return err
	}
	return c.show(v, func(w io.Writer) error {
		text := done
		switch {
		case v.Asked:
			text = "It takes two people, and you are the first: nothing has changed yet. Somebody else must ask for the same."
		case !v.Changed:
			text = already
		}
		_, err := fmt.Fprintln(w, printable(text))
		return err
	})
}
