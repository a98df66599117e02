package deploy_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// read gives the text of a file of deploy/.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files lists what is deployed: every file but Go's.
func files(t *testing.T) (names []string) {
	t.Helper()
	for _, pattern := range []string{"*", "kubernetes/*"} {
		found, _ := filepath.Glob(pattern) // the patterns are good
		for _, name := range found {
			if fi, err := os.Stat(name); err == nil && !fi.IsDir() && filepath.Ext(name) != ".go" {
				names = append(names, filepath.ToSlash(name))
			}
		}
	}
	if len(names) < 13 {
		t.Fatalf("only %v were found", names)
	}
	return names
}

// foreign are the flags in deploy/ that are no settings: of other programs, and of single commands.
var foreign = []string{"always", "build-arg", "chown", "collect", "for", "from", "home-dir", "if-needed", "initiator-id", "name", "no-deps", "now", "pipe", "property",
	"rm", "roles", "shell", "system", "tags", "uid", "wait"}

var (
	variables = regexp.MustCompile(`SWITCHBOARD_[A-Z_]*[A-Z]`)
	flags     = regexp.MustCompile("(?:^|[\\s`'(\"])--([a-z][a-z-]*)")
)

func TestSettingsExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{config.FileEnv: true}
	for _, s := range config.Settings() {
		known[s.Env()] = true
	}
	names := append(config.Names(), foreign...)
	for _, file := range files(t) {
		text := read(t, file)
		for _, v := range variables.FindAllString(text, -1) {
			if !known[v] {
				t.Errorf("%s names %s, which is no setting", file, v)
			}
		}
		for _, f := range flags.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(names, f[1]) {
				t.Errorf("%s names --%s, which is no setting", file, f[1])
			}
		}
	}
}

// accepted loads settings as the server would.
func accepted(t *testing.T, file string, flags config.Flags, env map[string]string) *config.Config {
	t.Helper()
	r, err := config.Load(config.Sources{Flags: flags, LookupEnv: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &r.Config
}

// documents reads the YAML documents of a file.
func documents(t *testing.T, file string) (all []tree) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(read(t, file)))
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, tree{t, file, v})
	}
}

// tree is a part of a YAML document.
type tree struct {
	t    *testing.T
	file string
	v    any
}

// at goes down by the keys of maps and the places in lists; what is not there fails the test.
func (n tree) at(path ...any) tree {
	n.t.Helper()
	for i, key := range path {
		switch v := n.v.(type) {
		case map[string]any:
			k, _ := key.(string)
			next, ok := v[k]
			if !ok {
				n.t.Fatalf("%s has no %v", n.file, path[:i+1])
			}
			n.v = next
		case []any:
			k, ok := key.(int)
			if !ok || k >= len(v) {
				n.t.Fatalf("%s has no %v", n.file, path[:i+1])
			}
			n.v = v[k]
		default:
			n.t.Fatalf("%s has no %v", n.file, path[:i+1])
		}
	}
	return n
}

// is checks the value at a path.
func (n tree) is(want any, path ...any) {
	n.t.Helper()
	if got := n.at(path...).v; got != want {
		n.t.Errorf("%s: %v is %v, want %v", n.file, path, got, want)
	}
}

// texts gives a map of texts; what is no text fails the test.
func (n tree) texts() map[string]string {
	n.t.Helper()
	all := map[string]string{}
	m, _ := n.v.(map[string]any)
	for k, v := range m {
		s, ok := v.(string)
		if !ok {
			n.t.Errorf("%s: %s is %v, which is no text", n.file, k, v)
		}
		all[k] = s
	}
	return all
}

// fetch gets a page.
func fetch(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s is answered %d, %v", url, r.StatusCode, err)
	}
	return string(b)
}

func TestCompose(t *testing.T) {
	t.Parallel()
	d := documents(t, "compose.yaml")[0]
	d.is("postgres:17", "services", "postgres", "image")
	d.at("volumes", "data")
	d.at("volumes", "postgres")
	first, second := node(d, "1"), node(d, "2")
	d.is("service_healthy", "services", "init-1", "depends_on", "postgres", "condition")
	d.is("service_completed_successfully", "services", "init-2", "depends_on", "init-1", "condition")
	if first.Data == second.Data {
		t.Errorf("both nodes have the directory %s", first.Data)
	}
	if first.MasterKeyFile == "" || first.MasterKeyFile != second.MasterKeyFile {
		t.Errorf("the nodes' master keys are in %q and %q", first.MasterKeyFile, second.MasterKeyFile)
	}
}

// node checks a node of the compose file and gives its settings, which whoever makes its directory must have, too.
func node(d tree, number string) *config.Config {
	d.t.Helper()
	server, maker := d.at("services", "node-"+number), d.at("services", "init-"+number)
	env := server.at("environment").texts()
	if !maps.Equal(env, maker.at("environment").texts()) {
		d.t.Errorf("%s: init-%s has other settings than its node", d.file, number)
	}
	for name, value := range env {
		env[name] = substitution.ReplaceAllString(value, "secret")
	}
	c := accepted(d.t, d.file, nil, env)
	if !c.Shared() || len(c.TrustedProxies) == 0 {
		d.t.Errorf("the settings are %+v", c)
	}
	d.is(c.TrustedProxies[0].Addr().String(), "networks", "default", "ipam", "config", 0, "gateway")
	server.is("serve", "command", 0)
	server.is("service_completed_successfully", "depends_on", "init-"+number, "condition")
	maker.is("init", "command", 0)
	maker.is("--if-needed", "command", 1)
	maker.is("no", "restart")
	for _, s := range []tree{server, maker} {
		s.is(true, "read_only")
		s.is("data:/var/lib/switchboard", "volumes", 0)
	}
	longer(d.t, d.file, server.at("stop_grace_period").v.(string), c)
	for i := range 2 {
		if port := server.at("ports", i).v.(string); !strings.HasPrefix(port, "127.0.0.1:") {
			d.t.Errorf("%s: port %s is open to the world, without TLS", d.file, port)
		}
	}
	return c
}

// TestPatroni: a primary that is cut off gives up before another one takes over, and no change is answered by one machine alone.
func TestPatroni(t *testing.T) {
	t.Parallel()
	d := documents(t, "patroni.yml")[0].at("bootstrap", "dcs")
	second := func(name string) int { return d.at(name).v.(int) }
	if second("loop_wait")+2*second("retry_timeout") > second("ttl") {
		t.Error("patroni.yml: a primary that is cut off may be one for longer than ttl")
	}
	d.is(true, "synchronous_mode")
	d.is(true, "synchronous_mode_strict")
	d.is(0, "postgresql", "parameters", "statement_timeout")
}

// substitution is a variable that compose puts in.
var substitution = regexp.MustCompile(`\$\{[^}]*\}`)

// longer checks that a server has the time to stop.
func longer(t *testing.T, file, grace string, c *config.Config) {
	t.Helper()
	if d, err := time.ParseDuration(grace); err != nil || d <= c.ShutdownDelay+c.ShutdownTimeout {
		t.Errorf("%s lets it stop for %s, which is not above the shutdown-delay %s and the shutdown-timeout %s", file, grace, c.ShutdownDelay, c.ShutdownTimeout)
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	has(t, "Dockerfile", "FROM golang:1.26 AS build", "FROM scratch", "VOLUME /var/lib/switchboard", "USER 65532:65532", `ENTRYPOINT ["/switchboard"]`, `CMD ["serve"]`)
	text := read(t, "Dockerfile")
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(SWITCHBOARD_[A-Z_]+)=([^ \n]+)`).FindAllStringSubmatch(text, -1) {
		env[m[1]] = m[2]
	}
	if c := accepted(t, "Dockerfile", nil, env); !strings.HasPrefix(c.Data, "/var/lib/switchboard/") || c.Listen != ":8080" {
		t.Errorf("the image has its data in %s and listens on %s", c.Data, c.Listen)
	}
	for _, want := range []string{"CGO_ENABLED=0 go build -trimpath", "-X main.version=", "ca-certificates.crt"} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile has no %s", want)
		}
	}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	has(t, "switchboard.service", "[Service]", "User=switchboard", "EnvironmentFile=-/etc/switchboard/environment", "StateDirectory=switchboard",
		"Restart=on-failure", "ProtectSystem=strict", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes", "WantedBy=multi-user.target")
	settings := map[string]string{}
	for _, line := range commands(read(t, "switchboard.service")) {
		if name, value, ok := strings.Cut(line, "="); ok {
			settings[name] = value
		}
	}
	words := strings.Fields(settings["ExecStart"])
	if len(words) != 4 || words[1] != "serve" || words[2] != "--data" {
		t.Fatalf("it starts %v", words)
	}
	c := accepted(t, "switchboard.service", config.Flags{"data": words[3]}, nil)
	if c.Data != "/var/lib/"+settings["StateDirectory"] {
		t.Errorf("its data is in %s", c.Data)
	}
	longer(t, "switchboard.service", settings["TimeoutStopSec"]+"s", c)
	t.Run("parsed", func(t *testing.T) {
		t.Parallel()
		analyze := program(t, "systemd-analyze")
		self, err := os.Executable() // stands for a program that is installed
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(read(t, "switchboard.service"), words[0], self)
		succeeds(t, analyze, "verify", write(t, filepath.Join(t.TempDir(), "switchboard.service"), text))
	})
}
