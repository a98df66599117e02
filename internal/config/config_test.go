package config

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	c := Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
}

// Every exported field must have a row in the table, or no one could set it.
func TestEveryFieldHasASetting(t *testing.T) {
	t.Parallel()
	var c Config
	seen := map[uintptr]string{}
	names := map[string]bool{}
	for _, s := range Settings() {
		at := reflect.ValueOf(s.bind(&c)).FieldByName("at").Pointer()
		if other, twice := seen[at]; twice {
			t.Errorf("settings %s and %s share a field", s.Name, other)
		}
		if names[s.Name] {
			t.Errorf("two settings are named %s", s.Name)
		}
		seen[at], names[s.Name] = s.Name, true
	}
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		if _, ok := seen[v.Field(i).Addr().Pointer()]; !ok {
			t.Errorf("field %s has no setting", v.Type().Field(i).Name)
		}
	}
}

// What a setting prints must read back as itself: the example file and help depend on it.
func TestDefaultsReadBack(t *testing.T) {
	t.Parallel()
	for _, s := range Settings() {
		if s.Secret {
			continue
		}
		c := Default()
		want := s.Text(&c)
		if !s.bind(&c).parse(want) || s.Text(&c) != want {
			t.Errorf("%s: %q reads back as %q", s.Name, want, s.Text(&c))
		}
	}
}

func env(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func writeFile(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, src Sources) *Resolved {
	t.Helper()
	r, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStrongestSourceWins(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "a.toml"), "listen = \":1\"\ncommit-group = 3\nlog-level = \"warn\"\n")
	r := load(t, Sources{
		Flags:     Flags{"listen": ":3"},
		LookupEnv: env("SWITCHBOARD_LISTEN", ":2", "SWITCHBOARD_COMMIT_GROUP", "2"),
		File:      file,
	})

	if r.Config.Listen != ":3" || r.Config.CommitGroup != 2 || r.Config.LogLevel != slog.LevelWarn || r.Config.RecordCache != 6144 {
		t.Errorf("in force: %+v", r.Values())
	}
	want := map[string]string{
		"listen":       "flag --listen",
		"commit-group": "environment SWITCHBOARD_COMMIT_GROUP",
		"log-level":    "file " + file,
		"record-cache": "default",
	}
	for _, v := range r.Values() {
		if w, ok := want[v.Setting.Name]; ok && v.Origin.String() != w {
			t.Errorf("%s comes from %q, want %q", v.Setting.Name, v.Origin, w)
		}
	}
}

func TestEveryKindOfValueInAFile(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "a.toml"), `
operator-listen = "off"
signature-window = "90s"
time-zone = "UTC"
partner-rate = 0.5
address-rate = 0
trusted-proxies = ["10.1.2.3/8", "192.0.2.7"]
log-format = "json"
`)
	c := load(t, Sources{File: file}).Config
	if c.OperatorListen != "" || c.SignatureWindow != 90*time.Second || c.TimeZone.String() != "UTC" ||
		c.PartnerRate != 0.5 || c.AddressRate != 0 || c.LogFormat != LogJSON {
		t.Errorf("got %+v", c)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")}
	if !reflect.DeepEqual(c.TrustedProxies, want) {
		t.Errorf("trusted proxies %v, want %v", c.TrustedProxies, want)
	}
}

func TestFileInTheDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, FileName), "record-cache = 7\n")

	r := load(t, Sources{Flags: Flags{"data": dir}})
	if r.File != path || r.Config.RecordCache != 7 {
		t.Errorf("read %q, record-cache %d", r.File, r.Config.RecordCache)
	}
	if got := r.Config.MasterKeyPath(); got != filepath.Join(dir, "master.key") {
		t.Errorf("master key at %s", got)
	}

	other := writeFile(t, filepath.Join(dir, "other.toml"), "record-cache = 8\n")
	r = load(t, Sources{Flags: Flags{"data": dir}, LookupEnv: env(FileEnv, other)})
	if r.File != other || r.Config.RecordCache != 8 {
		t.Errorf("read %q, record-cache %d", r.File, r.Config.RecordCache)
	}

	writeFile(t, path, "data = \"/elsewhere\"\n")
	refused(t, Sources{Flags: Flags{"data": dir}}, "cannot set data", "--config")
}

func TestNoFileAtAll(t *testing.T) {
	t.Parallel()
	if r := load(t, Sources{Flags: Flags{"data": t.TempDir()}}); r.File != "" {
		t.Errorf("read %q", r.File)
	}
	refused(t, Sources{File: filepath.Join(t.TempDir(), "none.toml")}, "none.toml", "--config")
}

// refused checks that Load gives an Invalid fault whose message has every one of the texts.
func refused(t *testing.T, src Sources, texts ...string) {
	t.Helper()
	_, err := Load(src)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("%v: error %v, want an invalid fault", src, err)
		return
	}
	for _, text := range texts {
		if !strings.Contains(fault.As(err).Message, text) {
			t.Errorf("message %q does not say %q", fault.As(err).Message, text)
		}
	}
}

func TestBadValuesAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"data":             {""},
		"database-url":     {"mysql://a@b/c", "/var/lib", "postgres", "postgres://a@b/c?password=x", "postgres://a:b@[::1"},
		"listen":           {"", "8080", "localhost", "127.0.0.1:http", "127.0.0.1:70000", "http://a:80", "a b:80"},
		"operator-listen":  {"none", "127.0.0.1:8080"},
		"signature-window": {"", "2", "999ms", "15m1s", "-1m", "two minutes"},
		"call-retention":   {"59m", "9000h"},
		"time-zone":        {"", "Local", "Asia/Calcuta", "../etc/passwd"},
		"partner-rate":     {"-1", "NaN", "Inf", "1e7", "many"},
		"partner-burst":    {"0", "-1", "1.5"},
		"refused-burst":    {"0"},
		"trusted-proxies":  {"0.0.0.0/0", "::/0", "10.0.0.0/33", "proxy.example"},
		"log-level":        {"loud", "INFO+1"},
		"log-format":       {"xml", ""},
		"commit-group":     {"0", "65537", "x"},
		"record-cache":     {"-1"},
		"checkpoint-pages": {"0"},
		"read-timeout":     {"1s", "0"},
		"write-timeout":    {"9s"},
		"shutdown-timeout": {"0s"},
	} {
		for _, v := range values {
			t.Run(name+"="+v, func(t *testing.T) {
				t.Parallel()
				refused(t, Sources{Flags: Flags{"data": t.TempDir(), name: v}}, name, "must be ")
			})
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "a.toml"), "commit-group = 0\n")
	_, err := Load(Sources{
		Flags:     Flags{"listen": "nowhere"},
		LookupEnv: env("SWITCHBOARD_SIGNATURE_WINDOW", "1h"),
		File:      file,
	})
	want := []fault.Field{
		{Name: "listen", Problem: `is "nowhere" (flag --listen); it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080`},
		{Name: "signature-window", Problem: `is "1h" (environment SWITCHBOARD_SIGNATURE_WINDOW); it must be a duration from 1s to 15m, written like 90s, 2m or 1h30m`},
		{Name: "commit-group", Problem: `is "0" (file ` + file + `); it must be a whole number from 1 to 65536`},
	}
	if got := fault.As(err).Fields; !reflect.DeepEqual(got, want) {
		t.Errorf("faults\n%q\nwant\n%q", got, want)
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for body, text := range map[string]string{
		"listn = \":1\"":                     "listn is not a setting",
		"[server]\nlisten = \":1\"":          "server is not a setting",
		"listen = ":                          "line 1",
		"listen = true":                      "listen is \"true\"",
		"listen = [1, 2]":                    "listen is neither a text",
		"trusted-proxies = [1]":              "trusted-proxies is neither",
		"[listen]\nx = 1":                    "listen is neither",
		"master-key = \"TEST\"":              "SWITCHBOARD_MASTER_KEY",
		"record-cache = 1\nrecord-cache = 2": "line 2",
	} {
		refused(t, Sources{File: writeFile(t, filepath.Join(t.TempDir(), "a.toml"), body)}, text, "a.toml")
	}
}

func TestMasterKeyNeverShows(t *testing.T) {
	t.Parallel()
	const key = "TEST-MASTER-KEY-DO-NOT-USE"
	lookup := env("SWITCHBOARD_MASTER_KEY", key)
	dir := t.TempDir()

	r := load(t, Sources{Flags: Flags{"data": dir}, LookupEnv: lookup})
	if r.Config.MasterKey.Reveal() != key {
		t.Error("the key did not arrive")
	}
	if shown := fmt.Sprintf("%v %+v %#v", r.Values(), r.Config.MasterKey, r.Config.MasterKey); strings.Contains(shown, key) {
		t.Errorf("the key shows in %s", shown)
	}

	_, err := Load(Sources{Flags: Flags{"data": dir, "master-key-file": "k"}, LookupEnv: lookup})
	if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), key) {
		t.Errorf("two keys: %v", err)
	}
	refused(t, Sources{Flags: Flags{"data": dir}, LookupEnv: env("SWITCHBOARD_MASTER_KEY", "")}, "master-key")

	body := writeFile(t, filepath.Join(dir, "a.toml"), "master-key = \""+key+"\"")
	if _, err := Load(Sources{File: body}); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("key in a file: %v", err)
	}
}

func TestValidateJudgesWhatCodeSets(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Config){
		"time-zone":       func(c *Config) { c.TimeZone = nil },
		"partner-rate":    func(c *Config) { c.PartnerRate = math.NaN() },
		"address-burst":   func(c *Config) { c.AddressBurst = 0 },
		"trusted-proxies": func(c *Config) { c.TrustedProxies = []netip.Prefix{{}} },
		"log-level":       func(c *Config) { c.LogLevel = 3 },
		"operator-listen": func(c *Config) { c.OperatorListen = c.Listen },
		"master-key-file": func(c *Config) { c.MasterKeyFile, c.MasterKey = "k", secret.NewText("x") },
	} {
		c := Default()
		spoil(&c)
		fields := fault.As(c.Validate())
		if fields == nil || len(fields.Fields) != 1 || fields.Fields[0].Name != name {
			t.Errorf("%s: got %v", name, fields)
		}
	}

	c := Default()
	c.Listen, c.OperatorListen, c.PartnerRate, c.PartnerBurst = "127.0.0.1:0", "127.0.0.1:0", 0, 0
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestFlagsKeepTextForLoad(t *testing.T) {
	t.Parallel()
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	given := Flags{}
	given.Register(fs, Names()...)
	if err := fs.Parse([]string{"--commit-group", "junk", "--operator-listen="}); err != nil {
		t.Fatal(err)
	}
	if want := (Flags{"commit-group": "junk", "operator-listen": ""}); !reflect.DeepEqual(given, want) {
		t.Errorf("given %v, want %v", given, want)
	}
	if fs.Lookup("master-key") != nil {
		t.Error("the master key has a flag")
	}
	if got := fs.Lookup("signature-window").DefValue; got != "2m" {
		t.Errorf("default in help %q", got)
	}
}

// The example sets nothing; with every line switched on it sets the defaults.
func TestExampleFileIsTheDefaults(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteExample(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.toml")
	load(t, Sources{File: writeFile(t, path, b.String())})

	var on []string
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, " = ") {
			on = append(on, strings.TrimPrefix(line, "# "))
		}
	}
	if len(on) != len(Names()) {
		t.Fatalf("%d lines for %d settings", len(on), len(Names()))
	}
	got, want := load(t, Sources{File: writeFile(t, path, strings.Join(on, ""))}), Default()
	for _, s := range Settings() {
		if s.Text(&got.Config) != s.Text(&want) {
			t.Errorf("%s is %q, default %q", s.Name, s.Text(&got.Config), s.Text(&want))
		}
	}
}

func TestReferenceNamesEverySetting(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range Settings() {
		if !strings.Contains(b.String(), "`"+s.Env()+"`") {
			t.Errorf("%s is missing", s.Name)
		}
	}
}

// TestDatabaseURLHidesItsPassword: neither a good address nor a bad one is shown with it.
func TestDatabaseURLHidesItsPassword(t *testing.T) {
	t.Parallel()
	r := load(t, Sources{Flags: Flags{"data": t.TempDir(), "database-url": "postgres://sb:hunter2@db.example/sb"}})
	if !r.Config.Shared() || r.Config.DatabaseURL.Reveal() != "postgres://sb:hunter2@db.example/sb" {
		t.Errorf("the address is %q", r.Config.DatabaseURL.Reveal())
	}
	if got := byName()["database-url"].Text(&r.Config); got != "postgres://sb:xxxxx@db.example/sb" {
		t.Errorf("it is shown as %q", got)
	}
	_, err := Load(Sources{Flags: Flags{"data": t.TempDir(), "database-url": "mysql://sb:hunter2@db.example/sb"}})
	if err == nil || strings.Contains(fmt.Sprint(fault.As(err).Message, fault.As(err).Fields), "hunter2") {
		t.Errorf("a bad one: %v", err)
	}
}
