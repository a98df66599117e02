package config

import (
	"slices"
	"strings"
	"time"
)

// Setting is one row of the table of settings. Its Name is the flag's name and the file's key.
type Setting struct {
	Name   string
	Arg    string // what stands for the value in help, such as DIR
	Help   string
	Secret bool // given in the environment alone, and never shown
	Hidden bool // may hold a password: what is wrong with it is not repeated
	bind   func(c *Config) value
}

// Env is the environment variable that gives the setting.
func (s Setting) Env() string {
	return "SWITCHBOARD_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Text gives the setting's value in c as it would be written in a flag; redacted for a secret.
func (s Setting) Text(c *Config) string { return s.bind(c).text() }

// Rule says what a value must be: "a duration from 1s to 15m, such as 2m".
func (s Setting) Rule() string { return s.bind(new(Config)).rule() }

const day = 24 * time.Hour

// Settings lists every setting, in the order in which help and reference show them.
func Settings() []Setting {
	return slices.Concat(serverSettings(), mobileSettings(), limitSettings(), traceSettings(), deskSettings(), signInSettings(), webhookSettings(), storeSettings(), timeoutSettings())
}

// serverSettings say where the server is, and what it takes from partners.
func serverSettings() []Setting {
	return []Setting{
		{Name: "data", Arg: "DIR", Help: "directory that holds everything the server keeps",
			bind: func(c *Config) value { return path(&c.Data, "a directory, such as ./switchboard-data", false) }},
		{Name: "database-url", Arg: "URL", Help: "PostgreSQL database to use in the place of the embedded one", Hidden: true,
			bind: func(c *Config) value { return databaseURL(&c.DatabaseURL) }},
		{Name: "listen", Arg: "ADDR", Help: "address that serves partners and channels",
			bind: func(c *Config) value { return address(&c.Listen) }},
		{Name: "operator-listen", Arg: "ADDR", Help: "address of the operator's API, besides the socket in the data directory; off for none",
			bind: func(c *Config) value { return addressOrOff(&c.OperatorListen) }},

		{Name: "master-key-file", Arg: "FILE", Help: "file of the key that encrypts access keys and peppers PINs and passwords; master.key in the data directory when empty",
			bind: func(c *Config) value {
				return path(&c.MasterKeyFile, "a file, such as /etc/switchboard/master.key", true)
			}},
		{Name: "master-key", Arg: "KEY", Help: "that key itself, so that no file is read", Secret: true,
			bind: func(c *Config) value { return hidden(&c.MasterKey, "the key's text, or not set at all") }},

		{Name: "signature-window", Arg: "DURATION", Help: "how far a request's timestamp may lie from the server's clock, either way",
			bind: func(c *Config) value { return duration(&c.SignatureWindow, time.Second, 15*time.Minute) }},
		{Name: "call-retention", Arg: "DURATION", Help: "how long a client_ref_id or an api_request_id and its answer are remembered",
			bind: func(c *Config) value { return duration(&c.CallRetention, time.Hour, 366*day) }},
		{Name: "time-zone", Arg: "ZONE", Help: "zone of the times in answers to partners",
			bind: func(c *Config) value { return zone(&c.TimeZone) }},
	}
}

// mobileSettings are those of mobile banking.
func mobileSettings() []Setting {
	return []Setting{
		{Name: "mobile-path", Arg: "PATH", Help: "path of the mobile banking API, for channels",
			bind: func(c *Config) value { return urlPath(&c.MobilePath) }},
		{Name: "mobile-time-zone", Arg: "ZONE", Help: "zone of the times in answers to channels",
			bind: func(c *Config) value { return zone(&c.MobileTimeZone) }},
		{Name: "pin-min-digits", Arg: "N", Help: "least digits of a PIN that a member chooses",
			bind: func(c *Config) value { return integer(&c.PINMinDigits, 4, 12) }},
		{Name: "pin-max-digits", Arg: "N", Help: "most digits of a PIN that a member chooses",
			bind: func(c *Config) value { return integer(&c.PINMaxDigits, 4, 50) }},
		{Name: "pin-allow-repeat", Arg: "BOOL", Help: "let members choose a PIN that repeats one digit, like 1111",
			bind: func(c *Config) value { return truth(&c.PINAllowRepeat) }},
		{Name: "pin-allow-run", Arg: "BOOL", Help: "let members choose a PIN that runs up or down, like 1234",
			bind: func(c *Config) value { return truth(&c.PINAllowRun) }},
		{Name: "pin-memory", Arg: "KIB", Help: "memory that one hash of a PIN takes (Argon2id)",
			bind: func(c *Config) value { return integer(&c.PINMemory, 7168, 131_072) }},
		{Name: "pin-passes", Arg: "N", Help: "how often a hash of a PIN goes over its memory",
			bind: func(c *Config) value { return integer(&c.PINPasses, 1, 16) }},
		{Name: "pin-hashers", Arg: "N", Help: "PINs hashed at a time; 0 for one a processor",
			bind: func(c *Config) value { return integer(&c.PINHashers, 0, 1024) }},
		{Name: "pin-queue", Arg: "N", Help: "calls that may wait for their PIN to be hashed; more are told at once to come again",
			bind: func(c *Config) value { return integer(&c.PINQueue, 1, 65_536) }},
		{Name: "channel-rate", Arg: "N", Help: "requests a second that one channel may make, unless it has a rate of its own; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.ChannelRate) }},
		{Name: "channel-burst", Arg: "N", Help: "requests that one channel may make at once before the rate holds",
			bind: func(c *Config) value { return integer(&c.ChannelBurst, 0, 1_000_000) }},
		{Name: "device-guess-rate", Arg: "N", Help: "wrong PINs an hour that one device may send for members it is not bound to; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.DeviceGuessRate) }},
		{Name: "device-guess-burst", Arg: "N", Help: "wrong PINs that such a device may send before the rate holds",
			bind: func(c *Config) value { return integer(&c.DeviceGuessBurst, 0, 1_000_000) }},
		{Name: "channel-guess-rate", Arg: "N", Help: "wrong PINs a minute that one channel may send from devices not bound to the member; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.ChannelGuessRate) }},
		{Name: "channel-guess-burst", Arg: "N", Help: "wrong PINs that such a channel may send before the rate holds",
			bind: func(c *Config) value { return integer(&c.ChannelGuessBurst, 0, 1_000_000) }},
	}
}

// limitSettings bound what one caller may ask.
func limitSettings() []Setting {
	return []Setting{
		{Name: "partner-rate", Arg: "N", Help: "requests a second that one partner may make; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.PartnerRate) }},
		{Name: "partner-burst", Arg: "N", Help: "requests that one partner may make at once before the rate holds",
			bind: func(c *Config) value { return integer(&c.PartnerBurst, 0, 1_000_000) }},
		{Name: "switch-rate", Arg: "N", Help: "requests a second that one switch may make; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.SwitchRate) }},
		{Name: "switch-burst", Arg: "N", Help: "requests that one switch may make at once before the rate holds",
			bind: func(c *Config) value { return integer(&c.SwitchBurst, 0, 1_000_000) }},
		{Name: "address-rate", Arg: "N", Help: "requests a second that one address may make; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.AddressRate) }},
		{Name: "address-burst", Arg: "N", Help: "requests that one address may make at once before the rate holds",
			bind: func(c *Config) value { return integer(&c.AddressBurst, 0, 1_000_000) }},
		{Name: "refused-rate", Arg: "N", Help: "refused signatures and secrets a minute that one address may send; 0 for no limit",
			bind: func(c *Config) value { return decimal(&c.RefusedRate) }},
		{Name: "refused-burst", Arg: "N", Help: "refused signatures and secrets that one address may send before the rate holds",
			bind: func(c *Config) value { return integer(&c.RefusedBurst, 0, 1_000_000) }},
	}
}

// traceSettings say what can be looked back at, and whose word is taken for where a request came from.
func traceSettings() []Setting {
	return []Setting{
		{Name: "request-log", Arg: "N", Help: "last requests that each partner can look back at; they are kept in memory, 0 for none",
			bind: func(c *Config) value { return integer(&c.RequestLog, 0, 100_000) }},
		{Name: "log-every", Arg: "DURATION", Help: "how often a head of the log of events is signed, while there are new events",
			bind: func(c *Config) value { return duration(&c.LogEvery, time.Second, day) }},
		{Name: "log-heads-file", Arg: "FILE", Help: "file that each signed head is appended to, best on another machine; none when empty",
			bind: func(c *Config) value { return path(&c.LogHeadsFile, "a file, such as /mnt/witness/heads.txt", true) }},
		{Name: "log-heads-url", Arg: "URL", Help: "where each signed head is posted to; nowhere when empty",
			bind: func(c *Config) value { return webAddress(&c.LogHeadsURL) }},
		{Name: "trusted-proxies", Arg: "CIDRS", Help: "networks whose X-Forwarded-For is believed, separated by commas",
			bind: func(c *Config) value { return networks(&c.TrustedProxies) }},
	}
}

// deskSettings are those of people at the desk.
func deskSettings() []Setting {
	return []Setting{
		{Name: "session-lifetime", Arg: "DURATION", Help: "how long an operator stays signed in at the desk",
			bind: func(c *Config) value { return duration(&c.SessionLifetime, 5*time.Minute, 30*day) }},
		{Name: "session-idle", Arg: "DURATION", Help: "how long an operator stays signed in without doing anything",
			bind: func(c *Config) value { return duration(&c.SessionIdle, 5*time.Minute, 30*day) }},
		{Name: "review-target", Arg: "DURATION", Help: "how long a review should wait at most; the desk shows those that wait longer",
			bind: func(c *Config) value { return duration(&c.ReviewTarget, time.Minute, 366*day) }},
	}
}

// webhookSettings are those of webhooks.
func webhookSettings() []Setting {
	return []Setting{
		{Name: "webhook-timeout", Arg: "DURATION", Help: "how long a receiver of webhooks may take to answer",
			bind: func(c *Config) value { return duration(&c.WebhookTimeout, 100*time.Millisecond, time.Minute) }},
		{Name: "webhook-retention", Arg: "DURATION", Help: "how long deliveries of webhooks can be looked at; what waits longer is dropped",
			bind: func(c *Config) value { return duration(&c.WebhookRetention, 7*day, 366*day) }},
		{Name: "webhook-allow-http", Arg: "BOOL", Help: "let webhooks go to addresses without TLS; a sandbox always does",
			bind: func(c *Config) value { return truth(&c.WebhookAllowHTTP) }},
		{Name: "webhook-allow-networks", Arg: "CIDRS", Help: "networks that webhooks may go to although they are not public, separated by commas",
			bind: func(c *Config) value { return networks(&c.WebhookAllowNetworks) }},
	}
}

// storeSettings are those of the log of the process, and of the store.
func storeSettings() []Setting {
	return []Setting{
		{Name: "log-level", Arg: "LEVEL", Help: "least severe level that is logged",
			bind: func(c *Config) value { return level(&c.LogLevel) }},
		{Name: "log-format", Arg: "FORMAT", Help: "how log lines are written; auto is text on a terminal, else json",
			bind: func(c *Config) value { return format(&c.LogFormat) }},

		{Name: "commit-group", Arg: "N", Help: "largest number of changes in one commit; 1 for a commit each",
			bind: func(c *Config) value { return integer(&c.CommitGroup, 1, 65536) }},
		{Name: "record-cache", Arg: "N", Help: "hot agents kept ready for use; 0 for none",
			bind: func(c *Config) value { return integer(&c.RecordCache, 0, 10_000_000) }},
		{Name: "record-memory", Arg: "MIB", Help: "memory for agents in a packed form, read ahead after the start; 0 for none",
			bind: func(c *Config) value { return integer(&c.RecordMemory, 0, 1_000_000) }},
		{Name: "member-cache", Arg: "N", Help: "hot members kept ready for use; 0 for none",
			bind: func(c *Config) value { return integer(&c.MemberCache, 0, 10_000_000) }},
		{Name: "member-memory", Arg: "MIB", Help: "memory for members in a packed form, read ahead after the start; 0 for none",
			bind: func(c *Config) value { return integer(&c.MemberMemory, 0, 1_000_000) }},
		{Name: "checkpoint-pages", Arg: "N", Help: "pages of 4 KiB that gather in the WAL before they are moved into the database",
			bind: func(c *Config) value { return integer(&c.CheckpointPages, 100, 4_194_304) }},
	}
}

// timeoutSettings bound how long things take.
func timeoutSettings() []Setting {
	return []Setting{
		{Name: "read-header-timeout", Arg: "DURATION", Help: "time to read a request's header",
			bind: func(c *Config) value { return duration(&c.ReadHeaderTimeout, 100*time.Millisecond, time.Hour) }},
		{Name: "read-timeout", Arg: "DURATION", Help: "time to read a whole request",
			bind: func(c *Config) value { return duration(&c.ReadTimeout, 100*time.Millisecond, time.Hour) }},
		{Name: "write-timeout", Arg: "DURATION", Help: "time from the end of a request's header to the end of its answer",
			bind: func(c *Config) value { return duration(&c.WriteTimeout, 100*time.Millisecond, time.Hour) }},
		{Name: "idle-timeout", Arg: "DURATION", Help: "how long a connection waits for its next request",
			bind: func(c *Config) value { return duration(&c.IdleTimeout, 100*time.Millisecond, day) }},
		{Name: "shutdown-delay", Arg: "DURATION", Help: "how long a server that is told to stop still serves, so that load balancers notice",
			bind: func(c *Config) value { return duration(&c.ShutdownDelay, 0, time.Hour) }},
		{Name: "shutdown-timeout", Arg: "DURATION", Help: "how long requests in flight may take to end when the server stops",
			bind: func(c *Config) value { return duration(&c.ShutdownTimeout, 100*time.Millisecond, time.Hour) }},
	}
}

// Names lists the settings that can be flags: all but the secrets.
func Names() []string {
	var names []string
	for _, s := range Settings() {
		if !s.Secret {
			names = append(names, s.Name)
		}
	}
	return names
}
