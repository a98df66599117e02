package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"

	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

func sandboxCommand() *command {
	return &command{
		name: "sandbox", short: "Serve a sandbox with public test credentials",
		help: `Starts a server to try things on: with the public test credentials of Eko Platform
Services, their agent 20810200 and the starting catalogue; with a channel for the mobile
banking API (sandbox, secret sandbox) and the member of its samples (254712345678, PIN
1234); with two people for the desk in the browser (operator, an administrator, and
reviewer, both with the password sandbox); and without rate limits. It makes its data
directory when there is none and continues with it at the next start.

Everybody knows these credentials: 'switchboard serve' never accepts them, and refuses a
sandbox's directory.`,
		examples: `# start it, then paste the curl line it prints
switchboard sandbox

# print a fresh signed curl line at any time
switchboard sign --sandbox --curl GET '` + enquiryURL("127.0.0.1:8080") + `'`,
		settings: config.Names(),
		setup: func(_ *flag.FlagSet, c *cli) runFunc {
			return func(ctx context.Context, _ []string) error {
				r, err := c.config()
				if err != nil {
					return err
				}
				cfg := r.Config
				cfg.PartnerRate, cfg.AddressRate, cfg.RefusedRate, cfg.ChannelRate = 0, 0, 0, 0
				cfg.DeviceGuessRate, cfg.ChannelGuessRate = 0, 0 // the ladder holds
				if !app.Initialized(cfg) {
					if err := app.Init(ctx, cfg, app.Sandbox); err != nil {
						return err
					}
				}
				return c.serve(ctx, cfg, app.Sandbox, func(at app.Addresses) error { return c.showSandbox(at, cfg) })
			}
		},
	}
}

// sandboxReady is what a sandbox says once it listens.
type sandboxReady struct {
	serving
	DeveloperKey string `json:"developer_key"`
	AccessKey    string `json:"access_key"` // public: everybody knows it
	InitiatorID  string `json:"initiator_id"`
	UserCode     string `json:"user_code"`
	Curl         string `json:"curl"`

	Channel       string `json:"channel"`
	ChannelSecret string `json:"channel_secret"` // public, too
	MSISDN        string `json:"msisdn"`
	PIN           string `json:"pin"`
	AppID         string `json:"app_id"`
	MobileCurl    string `json:"mobile_curl"`

	Desk             string `json:"desk"` // where people sign in; empty without a TCP listener
	Operator         string `json:"operator"`
	Reviewer         string `json:"reviewer"`
	OperatorPassword string `json:"operator_password"` // of both; public, too

	SwitchToken  string `json:"switch_token"` // public, too
	DecisionCurl string `json:"decision_curl"`
}

func (c *cli) showSandbox(at app.Addresses, cfg config.Config) error {
	timestamp := strconv.FormatInt(c.Now().UnixMilli(), 10)
	body := `{"initiator_id":"` + sandbox.InitiatorID + `"}`
	url := "http://" + at.Partners + "/ekoapi/v3/admin/network/agent/" + sandbox.UserCode + "/service/45/activate"
	v := sandboxReady{
		serving:      serving{at, app.Sandbox, cfg.Data},
		DeveloperKey: sandbox.DeveloperKey, AccessKey: sandbox.AccessKey, InitiatorID: sandbox.InitiatorID, UserCode: sandbox.UserCode,
		Curl: "curl -sS -X PUT '" + url + "' -H 'developer_key: " + sandbox.DeveloperKey + "' -H 'secret-key-timestamp: " + timestamp +
			"' -H 'secret-key: " + sign.EPS(sandbox.AccessKey, timestamp) + "' -H 'content-type: application/json' -d '" + body + "'",
		Channel: sandbox.ChannelID, ChannelSecret: sandbox.ChannelSecret, MSISDN: sandbox.MSISDN, PIN: sandbox.PIN, AppID: sandbox.AppID,
		MobileCurl: "curl -sS -u " + sandbox.ChannelID + ":" + sandbox.ChannelSecret + " 'http://" + at.Partners + cfg.MobilePath +
			"' -H 'content-type: application/json' -d '" + loginBody(timestamp) + "'",
		Desk: deskURL(at.Operator), Operator: sandbox.OperatorName, Reviewer: sandbox.ReviewerName, OperatorPassword: sandbox.OperatorPassword,
		SwitchToken: sandbox.SwitchToken,
		DecisionCurl: "curl -sS 'http://" + at.Partners + "/v1/decisions' -H 'authorization: Bearer " + sandbox.SwitchToken +
			"' -H 'content-type: application/json' -d '" + `{"agent":"` + sandbox.UserCode + `","service":"45"}` + "'",
	}
	return c.show(v, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `
  %s

  address        http://%s
  desk           %s
  sign in        %s / %s, or %s / %s for a second person
  developer_key  %s
  access_key     %s
  initiator_id   %s
  user_code      %s
  switch         token %s
  channel        %s, secret %s
  member         %s, PIN %s, app %s
  data           %s

  Activate a service (the signature is good for %s from now):

%s

  A fresh line at any time, for instance to see the agent's services:

switchboard sign --sandbox --curl GET '%s'

  Ask whether the agent may use it now, as a transaction switch does:

%s

  Log a member in, as a channel does:

%s

  Stop with Ctrl-C; the next start continues.

`, c.paint(w, bold, "Switchboard sandbox"), at.Partners, orNone(v.Desk),
			v.Operator, v.OperatorPassword, v.Reviewer, v.OperatorPassword, v.DeveloperKey, v.AccessKey, v.InitiatorID, v.UserCode,
			v.SwitchToken,
			v.Channel, v.ChannelSecret, v.MSISDN, v.PIN, v.AppID, v.Data, cfg.SignatureWindow, v.Curl, enquiryURL(at.Partners), v.DecisionCurl, v.MobileCurl)
		return err
	})
}

// deskURL is what a browser opens: by name on this machine, because browsers make passkeys for no number.
func deskURL(operatorListen string) string {
	host, port, err := net.SplitHostPort(operatorListen)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// loginBody is a call that lets the sandbox's member in.
func loginBody(requestID string) string {
	return `{"action":"LOGIN","payload":{"api_request_id":"` + requestID + `","identifier_type":"MSISDN","identifier":"` + sandbox.MSISDN +
		`","pin":"` + sandbox.PIN + `","device_identifier_type":"APP_ID","device_identifier":"` + sandbox.AppID + `"}}`
}

func enquiryURL(address string) string {
	return "http://" + address + "/ekoapi/v3/user/account/services?initiator_id=" + sandbox.InitiatorID + "&user_code=" + sandbox.UserCode
}
