package citus

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/rs/xid"

	"github.com/switchboard-platform/switchboard/internal/pgtest"
)

// URLEnv names the environment variable with the address of a cluster's coordinator: of a database that has the
// extension, and knows the workers. Each must let us in as the coordinator does.
const URLEnv = "SWITCHBOARD_TEST_CITUS_URL"

// Databases makes databases for tests.
type Databases interface {
	// Database makes a new database that is gone with the test, and gives its address.
	Database(t testing.TB) string
}

// Named says whether the tests run over a cluster.
func Named() bool { return os.Getenv(URLEnv) != "" }

// New gives what makes databases: in the cluster that the environment names, distributed and without a row in them;
// else empty ones in a server of the test's own.
func New(t testing.TB) Databases {
	t.Helper()
	if !Named() {
		return pgtest.New(t)
	}
	return Cluster(t)
}

// Cluster gives the cluster that the environment names. Without one the test is skipped.
func Cluster(t testing.TB) *Nodes {
	t.Helper()
	if !Named() {
		t.Skip(URLEnv + " names no Citus cluster")
	}
	n, err := nodes(t.Context(), os.Getenv(URLEnv))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Nodes are the machines of a cluster.
type Nodes struct {
	urls []*url.URL // the coordinator's is the first
}

// Database implements Databases: it copies a database that was made once.
func (n *Nodes) Database(t testing.TB) string {
	t.Helper()
	layout, err := n.layout(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at(n.urls[0], n.database(t, layout))
}

// Bare makes a database that has the extension and knows the machines, and no tables.
func (n *Nodes) Bare(t testing.TB) string {
	t.Helper()
	name := n.database(t, "template0")
	if err := n.join(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	return at(n.urls[0], name)
}

func (n *Nodes) database(t testing.TB, template string) (name string) {
	t.Helper()
	name = "test_" + xid.New().String()
	t.Cleanup(func() { _ = n.drop(context.Background(), name) })
	if err := n.everywhere(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	return name
}

// at is the address of another database of the same machine.
func at(u *url.URL, database string) string {
	other := *u
	other.Path = "/" + database
	return other.String()
}
