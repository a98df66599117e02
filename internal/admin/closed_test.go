package admin_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/admin"
	"github.com/switchboard-platform/switchboard/internal/atlas"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/secret/secrettest"
	"github.com/switchboard-platform/switchboard/internal/store/sqlite"
)

// closedHandler gives the API over a store that was closed.
func closedHandler(t *testing.T) http.Handler {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "switchboard.db")})
	if err != nil {
		t.Fatal(err)
	}
	reg := registry.New(registry.Config{Store: s, Sealer: secrettest.New(t).Sealer})
	h := admin.New(admin.Config{
		Registry: reg, Atlas: atlas.New(atlas.Config{Registry: reg}), Store: s, Token: secret.NewText("let-me-in-for-this-test"), Temp: dir,
		Status: func() switchboard.ServerStatus { return switchboard.ServerStatus{} }, Log: slog.New(slog.DiscardHandler),
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

func record(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, switchboard.OperatorPath+path, nil)
	r.Header.Set("Authorization", "Bearer let-me-in-for-this-test")
	h.ServeHTTP(w, r)
	return w
}
