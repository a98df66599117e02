package config

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"
	_ "time/tzdata" // the default time zone must load on machines that carry no zones

	"github.com/switchboard-platform/switchboard/internal/secret"
)

// FileName is the name of the configuration file that is read from the data directory when
// none is named.
const FileName = "switchboard.toml"

// LogFormat says how log lines are written.
type LogFormat string

// The log formats.
const (
	LogAuto LogFormat = "auto" // text on a terminal, else JSON
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Config is what a switchboard runs with. Start from Default; Validate says what is wrong with it.
type Config struct {
	// Data is the directory that holds everything the server keeps.
	Data string
	// Listen is the address that serves partners and channels. Port 0 takes a free one.
	Listen string
	// OperatorListen is the TCP address of the operator's API; empty means no TCP listener.
	OperatorListen string

	// DatabaseURL is the address of a PostgreSQL database that several nodes share; empty for the embedded one in
	// Data. It may hold a password.
	DatabaseURL secret.Text

	// MasterKeyFile is the file of the key that encrypts the partners' access keys; empty means
	// master.key in Data. Read it through MasterKeyPath.
	MasterKeyFile string
	// MasterKey is that key itself, when the environment gives it; then no file is read.
	MasterKey secret.Text

	// ConsoleURL is the address at which browsers see the desk; empty means http://localhost and the port of
	// OperatorListen.
	ConsoleURL string
	// OpenIDIssuer is the OpenID Connect provider at which operators may sign in; empty for none.
	OpenIDIssuer string
	// OpenIDClientID and OpenIDClientSecret are what that provider knows this server by.
	OpenIDClientID     string
	OpenIDClientSecret secret.Text
	// OpenIDClaim is the claim by which operators are linked with people at the provider, OpenIDName what the page for
	// signing in calls it.
	OpenIDClaim, OpenIDName string

	// SignatureWindow is how far a request's timestamp may lie from the clock, either way.
	SignatureWindow time.Duration
	// CallRetention is how long a client_ref_id or an api_request_id and its answer are remembered.
	CallRetention time.Duration
	// TimeZone is the zone of the times in answers to partners.
	TimeZone *time.Location

	// MobilePath is where the mobile banking API lives on Listen.
	MobilePath string
	// MobileTimeZone is the zone of the times in answers to channels.
	MobileTimeZone *time.Location
	// PINMinDigits and PINMaxDigits bound the length of a PIN that a member chooses.
	PINMinDigits, PINMaxDigits int
	// PINAllowRepeat lets members choose one digit throughout, PINAllowRun a run up or down.
	PINAllowRepeat, PINAllowRun bool
	// PINMemory is how many KiB one hash of a PIN takes, PINPasses how often it goes over them.
	PINMemory, PINPasses int
	// PINHashers is how many PINs are hashed at a time; 0 means one a processor.
	PINHashers int
	// PINQueue is how many calls may wait for their PIN to be hashed.
	PINQueue int

	// ChannelRate is the requests a second one channel may make unless it has a rate of its own;
	// 0 means no limit.
	ChannelRate float64
	// ChannelBurst is how many requests a channel may make at once before the rate holds.
	ChannelBurst int
	// DeviceGuessRate is the wrong PINs an hour that one device may send for members it is not bound
	// to, DeviceGuessBurst how many before the rate holds. 0 means no limit.
	DeviceGuessRate  float64
	DeviceGuessBurst int
	// ChannelGuessRate and ChannelGuessBurst are the same for a whole channel, a minute.
	ChannelGuessRate  float64
	ChannelGuessBurst int

	// PartnerRate is the requests a second one partner may make; 0 means no limit.
	PartnerRate float64
	// PartnerBurst is how many requests a partner may make at once before the rate holds.
	PartnerBurst int
	// SwitchRate is the requests a second one switch may make; 0 means no limit.
	SwitchRate float64
	// SwitchBurst is how many requests a switch may make at once before the rate holds.
	SwitchBurst int
	// AddressRate is the requests a second one address may make; 0 means no limit.
	AddressRate float64
	// AddressBurst is how many requests an address may make at once before the rate holds.
	AddressBurst int
	// RefusedRate is the refused signatures and secrets a minute one address may send; 0 means no limit.
	RefusedRate float64
	// RefusedBurst is how many refused signatures and secrets an address may send before the rate holds.
	RefusedBurst int
	// RequestLog is how many requests a partner can look back at; 0 means none.
	RequestLog int
	// LogEvery is how often a head of the log of events is signed, while there are new events.
	LogEvery time.Duration
	// LogHeadsFile is the file that each signed head is appended to; empty for none.
	LogHeadsFile string
	// LogHeadsURL is where each signed head is posted to; empty for nowhere.
	LogHeadsURL string
	// SessionLifetime is how long somebody stays signed in at the desk, SessionIdle how long without doing anything.
	SessionLifetime, SessionIdle time.Duration
	// ReviewTarget is how long a review should wait at most.
	ReviewTarget time.Duration

	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	// WebhookTimeout is how long a receiver of webhooks may take to answer.
	WebhookTimeout time.Duration
	// WebhookRetention is how long deliveries and how they ended can be looked at.
	WebhookRetention time.Duration
	// WebhookAllowHTTP lets webhooks go to addresses without TLS.
	WebhookAllowHTTP bool
	// WebhookAllowNetworks are networks that webhooks may go to although they are not public.
	WebhookAllowNetworks []netip.Prefix

	// LogLevel is the least severe level that is logged.
	LogLevel slog.Level
	// LogFormat is how log lines are written.
	LogFormat LogFormat

	// CommitGroup is the largest number of changes in one commit; 1 means a commit for each.
	CommitGroup int
	// RecordCache is how many agents are kept decoded in memory; 0 means none.
	RecordCache int
	// RecordMemory is how many MiB hold agents in a packed form; 0 means none.
	RecordMemory int
	// MemberCache is how many members are kept decoded in memory; 0 means none.
	MemberCache int
	// MemberMemory is how many MiB hold members in a packed form; 0 means none.
	MemberMemory int
	// CheckpointPages is how many pages of WAL gather before they are moved into the database.
	CheckpointPages int

	// ReadHeaderTimeout bounds the reading of a request's header.
	ReadHeaderTimeout time.Duration
	// ReadTimeout bounds the reading of a whole request.
	ReadTimeout time.Duration
	// WriteTimeout bounds a request from the end of its header to the end of its answer.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection waits for its next request.
	IdleTimeout time.Duration
	// ShutdownDelay is how long a server that is told to stop serves on while it says that it is not ready.
	ShutdownDelay time.Duration

	// ShutdownTimeout is how long requests in flight may take to end when the server stops.
	ShutdownTimeout time.Duration
}

// Default gives the settings that are in force when nothing is set.
func Default() Config {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			return nil // cannot be with the zones embedded; Validate refuses it
		}
		return z
	}
	return Config{
		Data:              "./switchboard-data",
		Listen:            "127.0.0.1:8080",
		OperatorListen:    "127.0.0.1:8081",
		OpenIDClaim:       "sub",
		OpenIDName:        "OpenID",
		SignatureWindow:   2 * time.Minute,
		CallRetention:     7 * 24 * time.Hour,
		TimeZone:          zone("Asia/Kolkata"),
		MobilePath:        "/mobile-banking/v1",
		MobileTimeZone:    zone("Africa/Nairobi"),
		PINMinDigits:      4,
		PINMaxDigits:      8,
		PINMemory:         19456,
		PINPasses:         2,
		PINQueue:          128,
		ChannelRate:       1000,
		ChannelBurst:      2000,
		DeviceGuessRate:   6,
		DeviceGuessBurst:  10,
		ChannelGuessRate:  60,
		ChannelGuessBurst: 300,
		PartnerRate:       1000,
		PartnerBurst:      2000,
		SwitchBurst:       2000,
		AddressRate:       1000,
		AddressBurst:      2000,
		RefusedRate:       30,
		RefusedBurst:      20,
		RequestLog:        1000,
		LogEvery:          10 * time.Second,
		SessionLifetime:   12 * time.Hour,
		SessionIdle:       time.Hour,
		ReviewTarget:      4 * time.Hour,
		WebhookTimeout:    15 * time.Second,
		WebhookRetention:  30 * 24 * time.Hour,
		LogLevel:          slog.LevelInfo,
		LogFormat:         LogAuto,
		CommitGroup:       512,
		RecordCache:       6144,
		RecordMemory:      512,
		MemberCache:       6144,
		MemberMemory:      96,
		CheckpointPages:   16384,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ShutdownTimeout:   10 * time.Second,
	}
}

// Shared says whether the database is one that other nodes may use as well.
func (c *Config) Shared() bool { return !c.DatabaseURL.IsZero() }

// MasterKeyPath is the file the master key is read from when the environment does not give it.
func (c *Config) MasterKeyPath() string {
	if c.MasterKeyFile != "" {
		return c.MasterKeyFile
	}
	return filepath.Join(c.Data, "master.key")
}

// SocketPath is the Unix socket of the operator's API, for commands on the same machine.
func (c *Config) SocketPath() string { return filepath.Join(c.Data, "operator.sock") }
