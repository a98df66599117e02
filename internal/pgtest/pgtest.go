package pgtest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"testing"

	"github.com/rs/xid"
)

// URLEnv names the environment variable with the address of a server that is there: none is started then.
const URLEnv = "SWITCHBOARD_TEST_POSTGRES_URL"

// New gives a server for a test, which ends with it. Where PostgreSQL is not installed the test is skipped; where CI
// is set it fails.
func New(t testing.TB) *Server {
	t.Helper()
	if text := os.Getenv(URLEnv); text != "" {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", URLEnv, err)
		}
		return &Server{url: u}
	}
	s, err := Start()
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("PostgreSQL said:\n%s", s.lastWords())
		}
		s.Stop()
	})
	return s
}

// Database makes a new database that is gone with the test, and gives its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test_" + xid.New().String()
	if err := s.Exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.process == nil { // or it goes with the server
			_ = s.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		}
	})
	return s.DatabaseURL(name)
}

// Exec runs a statement in a database.
func Exec(t testing.TB, address, sql string) {
	t.Helper()
	if err := execute(t.Context(), address, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
