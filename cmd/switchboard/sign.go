package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

const signPath = "switchboard sign"

func signCommand() *command {
	return &command{
		name:  "sign",
		args:  "[METHOD URL]",
		short: "Print the headers that sign a request, or a whole curl line",
		help: `
A partner signs each request with three headers: its developer_key, the time in milliseconds, and
the secret-key, an HMAC of that time with the partner's access key. A server accepts the time only
within its signature window, two minutes unless set otherwise: sign right before you send.

The access key is read from SWITCHBOARD_ACCESS_KEY, from a file, or from standard input, never
from a flag, where everyone on the machine could read it. The developer key is read from
SWITCHBOARD_DEVELOPER_KEY when no flag gives it. --sandbox takes both from the public credentials
of a sandbox.`,
		examples: `
# the three headers, for a sandbox
switchboard sign --sandbox

# switch service 43 on for the sandbox's agent: paste what this prints, or pipe it to sh
switchboard sign --sandbox --curl PUT \
  http://127.0.0.1:8080/ekoapi/v2/admin/network/agent/20810200/service/43/activate \
  -d '{"initiator_id":"9962981729"}'

# with a partner's own keys
switchboard sign --developer-key KEY --access-key-file key.txt
pass show partner/key | switchboard sign --developer-key KEY --access-key-file -

# a golden vector: the same time gives the same signature
switchboard sign --sandbox --timestamp 1700000000000 --json`,
		setup: setupSign,
	}
}

// signFlags is what the command line of sign gives.
type signFlags struct {
	sandbox       bool
	developerKey  string
	accessKeyFile string
	timestamp     int64
	curl          bool
	body          string
	args          []string
}

func setupSign(fs *flag.FlagSet, c *cli) runFunc {
	var f signFlags
	fs.BoolVar(&f.sandbox, "sandbox", false, "sign with the public credentials of a sandbox")
	fs.StringVar(&f.developerKey, "developer-key", "", "the partner's developer `KEY`; default SWITCHBOARD_DEVELOPER_KEY")
	fs.StringVar(&f.accessKeyFile, "access-key-file", "", "`FILE` of the access key, - for standard input; default SWITCHBOARD_ACCESS_KEY")
	fs.Int64Var(&f.timestamp, "timestamp", 0, "sign for this time, in `MILLISECONDS` since 1970; default now")
	fs.BoolVar(&f.curl, "curl", false, "print a curl line for METHOD and URL")
	fs.StringVar(&f.body, "d", "", "`BODY` of the request in the curl line")
	return func(_ context.Context, args []string) error {
		f.args = args
		return c.sign(f)
	}
}

func (c *cli) sign(f signFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	developerKey, accessKey, err := c.signingKeys(f)
	if err != nil {
		return err
	}
	if f.timestamp == 0 {
		f.timestamp = c.Now().UnixMilli()
	}
	timestamp := strconv.FormatInt(f.timestamp, 10)
	v := signView{Headers: signHeaders{developerKey, sign.EPS(accessKey.Reveal(), timestamp), timestamp}}
	if f.curl {
		v.Curl = curlLine(v.Headers, strings.ToUpper(f.args[0]), f.args[1], f.body)
	}
	return c.show(v, v.write)
}

// check refuses flags that do not go together.
func (f signFlags) check() error {
	switch {
	case f.curl && len(f.args) != 2:
		return usageError(signPath, "--curl needs METHOD and URL, such as PUT http://127.0.0.1:8080/...")
	case !f.curl && (len(f.args) > 0 || f.body != ""):
		return usageError(signPath, "METHOD, URL and -d are for --curl: the signature does not depend on them")
	case f.sandbox && (f.developerKey != "" || f.accessKeyFile != ""):
		return usageError(signPath, "--sandbox brings its own keys; leave out --developer-key and --access-key-file")
	case f.timestamp < 0:
		return usageError(signPath, "--timestamp cannot be negative")
	}
	if !f.curl {
		return nil
	}
	if u, err := url.Parse(f.args[1]); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return usageError(signPath, "URL must begin with http:// or https:// and name a host")
	}
	if strings.Trim(strings.ToUpper(f.args[0]), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return usageError(signPath, "METHOD must be one such as GET, PUT or POST")
	}
	return nil
}

// signingKeys gives the developer key and the access key.
func (c *cli) signingKeys(f signFlags) (string, secret.Text, error) {
	if f.sandbox {
		return sandbox.DeveloperKey, secret.NewText(sandbox.AccessKey), nil
	}
	developerKey := f.developerKey
	if developerKey == "" {
		developerKey = c.env("SWITCHBOARD_DEVELOPER_KEY")
	}
	if developerKey == "" {
		return "", secret.Text{}, usageError(signPath, "the developer key is missing: give --developer-key, SWITCHBOARD_DEVELOPER_KEY or --sandbox")
	}
	if printable(developerKey) != developerKey {
		return "", secret.Text{}, usageError(signPath, "the developer key holds characters that a header cannot carry")
	}
	if f.accessKeyFile != "" {
		key, err := c.readSecret("--access-key-file", f.accessKeyFile)
		return developerKey, key, err
	}
	key := c.env("SWITCHBOARD_ACCESS_KEY")
	if key == "" {
		return "", secret.Text{}, usageError(signPath, "the access key is missing: give SWITCHBOARD_ACCESS_KEY or --access-key-file FILE, where - is standard input")
	}
	return developerKey, secret.NewText(key), nil
}

// signView is what sign prints, in JSON.
type signView struct {
	Headers signHeaders `json:"headers"`
	Curl    string      `json:"curl,omitempty"`
}

type signHeaders struct {
	DeveloperKey string `json:"developer_key"`
	SecretKey    string `json:"secret-key"`
	Timestamp    string `json:"secret-key-timestamp"`
}

// lines are the headers as they stand in a request.
func (h signHeaders) lines() []string {
	return []string{
		"developer_key: " + h.DeveloperKey,
		"secret-key: " + h.SecretKey,
		"secret-key-timestamp: " + h.Timestamp,
	}
}

func (v signView) write(w io.Writer) error {
	text := v.Curl
	if text == "" {
		text = strings.Join(v.Headers.lines(), "\n")
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// curlLine is a command that a POSIX shell runs as it stands. --globoff keeps curl from reading
// brackets and braces in the URL as patterns, --data-raw from reading a file for a leading @.
func curlLine(h signHeaders, method, address, body string) string {
	parts := []string{"curl --globoff --request " + method + " " + quoted(address)}
	for _, line := range h.lines() {
		parts = append(parts, "--header "+quoted(line))
	}
	if body != "" {
		media := "application/x-www-form-urlencoded"
		if json.Valid([]byte(body)) {
			media = "application/json"
		}
		parts = append(parts, "--header "+quoted("content-type: "+media), "--data-raw "+quoted(body))
	}
	return strings.Join(parts, " \\\n  ")
}

// quoted makes one word of a POSIX shell of s, whatever it holds.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
