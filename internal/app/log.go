package app

import (
	"io"
	"log/slog"

	"github.com/switchboard-platform/switchboard/internal/config"
)

// NewLogger makes the process's log. terminal says whether w is one.
func NewLogger(cfg config.Config, w io.Writer, terminal bool) *slog.Logger {
	opt := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogText || cfg.LogFormat == config.LogAuto && terminal {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	return slog.New(slog.NewJSONHandler(w, opt))
}
