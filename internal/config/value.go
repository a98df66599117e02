package config

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard/internal/secret"
)

// value is one field of a Config, seen as text.
type value interface {
	text() string
	parse(text string) bool // false when the text cannot be read; the field is then unchanged
	valid() bool            // whether the field, however it was set, keeps the rule
	rule() string           // what the value must be: the remedy in every error
}

// field is a value over a Config's field of type T.
type field[T any] struct {
	at    *T
	read  func(string) (T, error)
	show  func(T) string
	check func(T) bool
	must  string
}

func (f field[T]) text() string { return f.show(*f.at) }
func (f field[T]) valid() bool  { return f.check(*f.at) }
func (f field[T]) rule() string { return f.must }

func (f field[T]) parse(text string) bool {
	v, err := f.read(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	*f.at = v
	return true
}

func same(s string) (string, error) { return s, nil }

func shown(s string) string { return s }

func path(at *string, must string, optional bool) value {
	check := func(s string) bool { return (optional || s != "") && !strings.ContainsRune(s, 0) }
	return field[string]{at, same, shown, check, must}
}

func address(at *string) value {
	return field[string]{at, same, shown, isAddress, "host:port with a port from 0 to 65535, such as 127.0.0.1:8080"}
}

func addressOrOff(at *string) value {
	read := func(s string) (string, error) {
		if s == "off" {
			return "", nil
		}
		return s, nil
	}
	show := func(s string) string {
		if s == "" {
			return "off"
		}
		return s
	}
	check := func(s string) bool { return s == "" || isAddress(s) }
	return field[string]{at, read, show, check, "host:port with a port from 0 to 65535, such as 127.0.0.1:8081, or off"}
}

func isAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " \t/") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func hidden(at *secret.Text, must string) value {
	read := func(s string) (secret.Text, error) {
		if s == "" {
			return secret.Text{}, strconv.ErrSyntax
		}
		return secret.NewText(s), nil
	}
	show := func(t secret.Text) string {
		if t.IsZero() {
			return ""
		}
		return secret.Redacted
	}
	check := func(secret.Text) bool { return true }
	return field[secret.Text]{at, read, show, check, must}
}

// databaseURL shows the address without its password.
func databaseURL(at *secret.Text) value {
	const must = "the address of a PostgreSQL database, such as postgres://switchboard@db.example:5432/switchboard, or empty"
	read := func(s string) (secret.Text, error) {
		if s != "" && !isDatabaseURL(s) {
			return secret.Text{}, strconv.ErrSyntax
		}
		return secret.NewText(s), nil
	}
	show := func(t secret.Text) string {
		u, err := url.Parse(t.Reveal())
		if err != nil {
			return secret.Redacted
		}
		return u.Redacted()
	}
	check := func(t secret.Text) bool { return t.IsZero() || isDatabaseURL(t.Reveal()) }
	return field[secret.Text]{at, read, show, check, must}
}

func isDatabaseURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && !u.Query().Has("password")
}

func duration(at *time.Duration, least, most time.Duration) value {
	check := func(d time.Duration) bool { return d >= least && d <= most }
	must := fmt.Sprintf("a duration from %s to %s, written like 90s, 2m or 1h30m", brief(least), brief(most))
	return field[time.Duration]{at, time.ParseDuration, brief, check, must}
}

// brief writes a duration without the zero parts that its String appends: 2m, not 2m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func integer(at *int, least, most int) value {
	check := func(n int) bool { return n >= least && n <= most }
	return field[int]{at, strconv.Atoi, strconv.Itoa, check, fmt.Sprintf("a whole number from %d to %d", least, most)}
}

func decimal(at *float64) value {
	const most = 1_000_000
	read := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	show := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	check := func(x float64) bool { return !math.IsNaN(x) && x >= 0 && x <= most }
	return field[float64]{at, read, show, check, fmt.Sprintf("a number from 0 to %d", most)}
}

func truth(at *bool) value {
	return field[bool]{at, strconv.ParseBool, strconv.FormatBool, func(bool) bool { return true }, "true or false"}
}

func text(at *string, most int, must string) value {
	check := func(s string) bool {
		return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
	}
	return field[string]{at, same, shown, check, must}
}

func choice(at *string, from ...string) value {
	check := func(s string) bool { return slices.Contains(from, s) }
	return field[string]{at, same, shown, check, strings.Join(from, " or ")}
}

// urlPath reads the path of an API: it must not be taken for a pattern, nor hide every other path.
func urlPath(at *string) value {
	check := func(s string) bool {
		return len(s) > 1 && s[0] == '/' && !strings.HasSuffix(s, "/") && !strings.Contains(s, "//") && !strings.ContainsAny(s, " \t{}?#%")
	}
	return field[string]{at, same, shown, check, "a path that begins with a slash and does not end with one, such as /mobile-banking/v1"}
}

func webAddress(at *string) value {
	check := func(s string) bool {
		u, err := url.Parse(s)
		return s == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	}
	return field[string]{at, same, shown, check, "an http or https URL, such as https://witness.example/heads"}
}

func zone(at **time.Location) value {
	read := func(s string) (*time.Location, error) {
		if s == "" || s == "Local" { // a name that means another zone on another machine
			return nil, strconv.ErrSyntax
		}
		return time.LoadLocation(s)
	}
	show := func(l *time.Location) string {
		if l == nil {
			return ""
		}
		return l.String()
	}
	check := func(l *time.Location) bool { return l != nil }
	return field[*time.Location]{at, read, show, check, "a zone of the IANA database, such as Asia/Kolkata or UTC"}
}

// networks reads CIDRs. The network of all addresses is refused: it would let every client choose
// the address that limits and records take it for.
func networks(at *[]netip.Prefix) value {
	show := func(list []netip.Prefix) string {
		parts := make([]string, len(list))
		for i, p := range list {
			parts[i] = p.String()
		}
		return strings.Join(parts, ",")
	}
	check := func(list []netip.Prefix) bool {
		return !slices.ContainsFunc(list, func(p netip.Prefix) bool { return !p.IsValid() || p.Bits() == 0 })
	}
	must := "addresses or CIDRs separated by commas, such as 10.0.0.0/8,192.0.2.7, and not all addresses (/0)"
	return field[[]netip.Prefix]{at, readNetworks, show, check, must}
}

func readNetworks(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if a, err := netip.ParseAddr(part); err == nil && a.Zone() == "" {
			list = append(list, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

func level(at *slog.Level) value {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	read := func(s string) (l slog.Level, err error) { return l, l.UnmarshalText([]byte(s)) }
	show := func(l slog.Level) string { return strings.ToLower(l.String()) }
	check := func(l slog.Level) bool { return slices.Contains(levels, l) }
	return field[slog.Level]{at, read, show, check, "debug, info, warn or error"}
}

func format(at *LogFormat) value {
	read := func(s string) (LogFormat, error) { return LogFormat(s), nil }
	show := func(f LogFormat) string { return string(f) }
	check := func(f LogFormat) bool { return slices.Contains([]LogFormat{LogAuto, LogText, LogJSON}, f) }
	return field[LogFormat]{at, read, show, check, "auto, text or json"}
}
