package app

import (
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

// Health is how one thing is.
type Health string

// The healths.
const (
	Good Health = "good"
	Warn Health = "warn" // works, but should be looked after
	Bad  Health = "bad"  // does not work, or is not safe
)

// Finding is what a look at one thing found, and what to do about it.
type Finding struct {
	Check  string `json:"check"`
	Health Health `json:"health"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// What is too little room, and too long a write-ahead log.
const (
	leastFree = 1 << 30
	mostWAL   = 512 << 20
)

// Diagnose looks at the data directory's files and at the settings, without opening the database
// for writing: a server may have it.
func Diagnose(cfg config.Config, now time.Time) []Finding {
	if f := directoryFinding(cfg); f.Health == Bad && !Initialized(cfg) {
		return []Finding{f, clockFinding(now)}
	}
	found := []Finding{directoryFinding(cfg), databaseFinding(cfg), masterKeyFinding(cfg), tokenFinding(cfg)}
	if !cfg.Shared() {
		found = append(found, diskFinding(cfg), walFinding(cfg))
	}
	return append(found, clockFinding(now), limitsFinding(cfg), proxyFinding(cfg))
}

func directoryFinding(cfg config.Config) Finding {
	f := Finding{Check: "data directory"}
	fi, err := os.Stat(cfg.Data)
	switch {
	case err != nil || !fi.IsDir() || !Initialized(cfg):
		f.Health, f.Found = Bad, cfg.Data+" holds no database"
		f.Remedy = "Run 'switchboard init', or name another directory with --data."
	case fi.Mode().Perm()&0o022 != 0:
		f.Health, f.Found = Bad, fmt.Sprintf("%s can be written by others (mode %04o)", cfg.Data, fi.Mode().Perm())
		f.Remedy = "Run chmod 700 " + cfg.Data
	case fi.Mode().Perm()&0o055 != 0:
		f.Health, f.Found = Warn, fmt.Sprintf("%s can be looked into by others (mode %04o)", cfg.Data, fi.Mode().Perm())
		f.Remedy = "Run chmod 700 " + cfg.Data
	default:
		f.Health, f.Found = Good, cfg.Data+" is yours alone"
	}
	return f
}

func databaseFinding(cfg config.Config) Finding {
	path := DatabasePath(cfg.Data)
	f := Finding{Check: "database", Health: Bad}
	mode, err := readSetting(cfg, modeSetting)
	if cfg.Shared() {
		return sharedFinding(cfg, f, mode, err)
	}
	fi, serr := os.Stat(path)
	switch {
	case err != nil || serr != nil:
		f.Found, f.Remedy = fault.As(cmp.Or(err, serr)).Message, "Restore a backup with 'switchboard restore'."
	case mode == "":
		f.Found, f.Remedy = path+" was not initialized to the end", "Run 'switchboard init' again."
	case exposed(fi):
		f.Found, f.Remedy = path+" can be read by others", "Run chmod 600 "+path
	default:
		f.Health, f.Found = Good, fmt.Sprintf("%s database of %s", mode, SizeText(fi.Size()))
	}
	return f
}

func sharedFinding(cfg config.Config, f Finding, mode string, err error) Finding {
	switch {
	case err != nil:
		f.Found, f.Remedy = fault.As(err).Message, "Look whether PostgreSQL runs there and lets this user in."
	case mode == "":
		f.Found, f.Remedy = DatabaseName(cfg)+" was not initialized to the end", "Run 'switchboard init' again."
	default:
		f.Health, f.Found = Good, fmt.Sprintf("%s database at %s", mode, DatabaseName(cfg))
	}
	return f
}

// exposed reports whether others than the owner may touch a file.
func exposed(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o077 != 0 }

func masterKeyFinding(cfg config.Config) Finding {
	f := Finding{Check: "master key", Health: Bad}
	state, err := fits(cfg, func(name string) (string, error) { return readSetting(cfg, name) })
	switch {
	case err != nil:
		f.Found = fault.As(err).Message
		f.Remedy = "Without the right key the server does not start and no partner gets in."
	case state == "missing":
		f.Found = "there is no file " + cfg.MasterKeyPath()
		f.Remedy = "Put the copy of the key there, or name its place with --master-key-file."
	default:
		f.Health, f.Found = Good, "fits the database and is yours alone"
	}
	return f
}

func tokenFinding(cfg config.Config) Finding {
	f := Finding{Check: "operator's token", Health: Good, Found: TokenPath(cfg.Data) + " is yours alone"}
	if _, err := os.Stat(TokenPath(cfg.Data)); err != nil {
		f.Health, f.Found, f.Remedy = Warn, "there is none", "The next start makes one."
	} else if _, err := readToken(TokenPath(cfg.Data)); err != nil {
		f.Health, f.Found = Bad, fault.As(err).Message
	}
	return f
}

func diskFinding(cfg config.Config) Finding {
	f := Finding{Check: "disk", Health: Good}
	free, known := freeBytes(cfg.Data)
	if !known {
		f.Found = "free space is not known on this system"
		return f
	}
	f.Found = SizeText(free) + " free"
	if fi, err := os.Stat(DatabasePath(cfg.Data)); free < leastFree || err == nil && free < fi.Size() {
		f.Health = Warn
		f.Remedy = "Make room: a backup needs as much as the database has, and a full disk stops every change."
	}
	return f
}

func walFinding(cfg config.Config) Finding {
	f := Finding{Check: "write-ahead log", Health: Good, Found: "empty"}
	if fi, err := os.Stat(DatabasePath(cfg.Data) + "-wal"); err == nil {
		if f.Found = SizeText(fi.Size()); fi.Size() > mostWAL {
			f.Health = Warn
			f.Remedy = "A long read, like a backup, keeps it from being emptied; if none runs, restart the server."
		}
	}
	return f
}

// SizeText is a number of bytes as people read it: "1.4 GiB".
func SizeText(n int64) string {
	size, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

// earliest is a time that is past: a clock before it was never set.
const earliest = 2025

func clockFinding(now time.Time) Finding {
	f := Finding{Check: "clock", Health: Good, Found: now.UTC().Format(time.RFC3339)}
	if now.UTC().Year() < earliest {
		f.Health = Bad
		f.Remedy = "Set the clock and keep it by NTP: signatures are good for minutes around it."
	}
	return f
}

func limitsFinding(cfg config.Config) Finding {
	f := Finding{Check: "limits", Health: Good}
	mode, _ := readSetting(cfg, modeSetting) // databaseFinding tells the error
	off := ""
	for _, l := range []struct {
		name string
		rate float64
	}{{"partner-rate", cfg.PartnerRate}, {"address-rate", cfg.AddressRate}, {"refused-rate", cfg.RefusedRate}} {
		if l.rate == 0 {
			off += " " + l.name
		}
	}
	switch {
	case Mode(mode) == Sandbox:
		f.Found = "a sandbox has none"
	case off != "":
		f.Health, f.Found = Warn, "off in production:"+off
		f.Remedy = "Set them, so that one caller cannot use up the server; 'switchboard config' shows where they come from."
	default:
		f.Found = fmt.Sprintf("%g requests a second for each partner, %g for each address", cfg.PartnerRate, cfg.AddressRate)
	}
	return f
}

func proxyFinding(cfg config.Config) Finding {
	f := Finding{Check: "listener", Health: Good, Found: cfg.Listen}
	if !loopback(cfg.Listen) && len(cfg.TrustedProxies) == 0 {
		f.Health, f.Found = Warn, cfg.Listen+" is open to the network, and no proxy is named"
		f.Remedy = "It speaks plain HTTP: put a proxy that speaks TLS before it, and name its network in --trusted-proxies."
	}
	return f
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
