package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestStartInKeepsTheData: what one server wrote, the next one in the same directory has.
func TestStartInKeepsTheData(t *testing.T) {
	t.Parallel()
	data, err := os.MkdirTemp("", "pgdata") // whoever the server runs as gets there, unlike below t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o711); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"CREATE TABLE kept (n BIGINT)", "INSERT INTO kept VALUES (1)"} {
		s, err := StartIn(filepath.Join(data, "data"))
		if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := execute(t.Context(), s.DatabaseURL("postgres"), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if s.PID() == 0 {
			t.Error("the server has no process")
		}
		s.Stop()
	}
}
