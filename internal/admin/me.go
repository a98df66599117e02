package admin

import (
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
)

// me tells who asks, and what they may do.
func (h *Handler) me(r request) (any, error) {
	status := h.cfg.Status()
	m := switchboard.Me{Name: strings.TrimPrefix(r.cause.Actor, "operator:"), Roles: strings.Split(r.roles.String(), ","),
		May: h.mayUse(r), Owns: []string{}, Passkeys: []switchboard.Passkey{}, Sessions: []switchboard.Session{},
		TimeZone: status.TimeZone, Mode: status.Mode, Version: status.Version}
	for _, o := range block.Owners() {
		if r.roles.MayOwn(o) {
			m.Owns = append(m.Owns, o.String())
		}
	}
	if r.cause.Actor == event.SharedToken {
		m.Name = "token"
	}
	return m, nil
}

// mayUse lists the routes that whoever asks may use, one for each command.
func (h *Handler) mayUse(r request) (list []string) {
	for _, p := range h.patterns {
		for _, each := range expand(p) {
			if r.roles.Has(rolesFor(each)) {
				list = append(list, each)
			}
		}
	}
	return list
}

// expand gives a pattern once for each command it takes.
func expand(pattern string) (list []string) {
	if !strings.Contains(pattern, "{command}") {
		return []string{pattern}
	}
	var commands []string
	for _, k := range agent.Commands() {
		commands = append(commands, k.String())
	}
	if strings.HasPrefix(pattern, "POST /plans/") {
		commands = []string{"confirm", "stop", "resume", "undo", "discard"}
	}
	for _, c := range slices.Compact(commands) {
		list = append(list, strings.Replace(pattern, "{command}", c, 1))
	}
	return list
}
