package failovertest

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// deployed is the file that operators are given: what is tested is what it says.
const deployed = "../../deploy/patroni.yml"

// settings are those of a node's Patroni: the deployed ones at the node's place.
func (c *cluster) settings(n *node) []byte {
	c.t.Helper()
	text, err := os.ReadFile(deployed)
	if err != nil {
		c.t.Fatal(err)
	}
	here := strings.ReplaceAll(string(text), "db1", n.name)
	here = regexp.MustCompile(`10\.0\.0\.11:(5432|8008)`).ReplaceAllString(here, n.addr+":$1")
	here = strings.ReplaceAll(here, "10.0.0.", subnet)
	var all map[string]any
	if err := yaml.Unmarshal([]byte(here), &all); err != nil {
		c.t.Fatal(err)
	}
	if forgetful(c.t) {
		all["etcd"] = all["etcd3"]
		delete(all, "etcd3")
	}
	pg := all["postgresql"].(map[string]any)
	pg["data_dir"], pg["bin_dir"] = filepath.Join(n.dir, "data"), pgtest.Programs()
	pg["pgpass"] = filepath.Join(n.dir, "pgpass")
	pg["pg_hba"] = append(pg["pg_hba"].([]any), "host all all 127.0.0.1/32 scram-sha-256")
	pg["parameters"] = map[string]any{"unix_socket_directories": n.dir, "fsync": "off", "shared_buffers": "32MB"}
	all["watchdog"] = map[string]any{"mode": "off"} // a device would stop this machine
	text, err = yaml.Marshal(all)
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// forgetful says whether this Patroni can take the lead back that another node has by now, over etcd's third interface. Debian 12
// has such a one; over the second interface it does not.
func forgetful(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("patroni", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains([]string{"patroni 3.0.0", "patroni 3.0.1", "patroni 3.0.2"}, strings.TrimSpace(string(out))) ||
		strings.HasPrefix(string(out), "patroni 2.")
}

// superuser is the address of the servers' own database, for whom Patroni knows.
func (c *cluster) superuser() string {
	u, err := url.Parse(c.url("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "change-me")
	return u.String()
}

// database makes the database that the server is to use.
func (c *cluster) database() {
	pgtest.Exec(c.t, c.superuser(), "CREATE ROLE switchboard LOGIN PASSWORD 'switchboard'")
	pgtest.Exec(c.t, c.superuser(), "CREATE DATABASE switchboard OWNER switchboard TEMPLATE template0")
	for _, n := range c.nodes { // a host that does not know the user yet would be the last one asked
		c.must("sh", "-c", "until PGPASSWORD=switchboard psql -h "+n.addr+" -U switchboard -c 'SELECT 1' switchboard; do sleep 0.1; done")
	}
}
