package main

import (
	"context"
	"flag"
	"slices"

	"github.com/switchboard-platform/switchboard"
)

func memberBindCommand() *command {
	const path = "switchboard member bind"
	return &command{
		name: "bind", args: "MSISDN", short: "Bind a SIM or an app to a member",
		help: `A member has one SIM and one app; a new one takes the place of the one before. The app mostly
binds itself, by ACTIVATE_MOBILE_APP with the PIN. A SIM is bound here, when the member shows it
at the desk: after a SIM swap the new one has another IMSI, and USSD is refused until then.`,
		examples: `switchboard member bind 254712345678 --imsi 639020000000009 --reason "new SIM, seen at the desk"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			imsi := fs.String("imsi", "", "`IMSI`: of the SIM, 6 to 15 digits")
			app := fs.String("app-id", "", "`ID`: of the installation of the app")
			reason := reasonFlag(fs)
			return withReason(path, reason, func(ctx context.Context, args []string) error {
				n, what := switchboard.NewBinding{Type: "IMSI", ID: *imsi, Reason: *reason}, "SIM"
				switch {
				case (*imsi == "") == (*app == ""):
					return usageError(path, "give one of --imsi and --app-id")
				case *app != "":
					n.Type, n.ID, what = "APP_ID", *app, "app"
				}
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) { return op.BindDevice(ctx, args[0], n) },
					"The "+what+" is bound to member "+args[0]+" now.", "The "+what+" was bound to member "+args[0]+" already.")
			})
		},
	}
}

// devices are what --device may say, as the API spells it.
var devices = map[string][]string{"app": {"APP_ID"}, "sim": {"IMSI"}, "all": {"APP_ID", "IMSI"}}

func memberUnbindCommand() *command {
	const path = "switchboard member unbind"
	return &command{
		name: "unbind", args: "MSISDN", short: "Take the app or the SIM from a member, at once",
		help: `For a phone that was lost or stolen. It asks no PIN: when it returns, the next LOGIN of the app
is answered MOBILE_APP_INACTIVE. Without --device only the app is taken; a SIM that was stolen
as well goes with --device all, or sim.

Whoever knows the PIN can activate an app again: when the PIN may be known too, issue a new one
with 'switchboard member issue-pin'.`,
		examples: `switchboard member unbind 254712345678 --reason "phone stolen, ticket 4711"
switchboard member unbind 254712345678 --device all --reason "phone and SIM stolen, ticket 4711"`,
		operator: true, settings: operatorSettings(),
		setup: func(fs *flag.FlagSet, c *cli) runFunc {
			device := fs.String("device", "app", "`WHICH`: app, sim or all")
			reason := reasonFlag(fs)
			return withReason(path, reason, func(ctx context.Context, args []string) error {
				types, ok := devices[*device]
				if !ok {
					return usageError(path, "--device must be app, sim or all")
				}
				what := map[string]string{"app": "app", "sim": "SIM", "all": "app and no SIM"}[*device]
				return c.change(ctx, func(op *switchboard.Operator) (switchboard.Changed, error) {
					return op.UnbindDevices(ctx, args[0], switchboard.Unbinding{Devices: slices.Clone(types), Reason: *reason})
				},
					"Member "+args[0]+" has no "+what+" bound any more.", "Member "+args[0]+" had no "+what+" bound.")
			})
		},
	}
}
