package admin

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/memberfile"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) ladders(r request) (any, error) {
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	return switchboard.Page[switchboard.Ladder]{Items: []switchboard.Ladder{wireLadder(dir.Ladders.Password), wireLadder(dir.Ladders.OTP)}}, nil
}

// securityOf reads which ladder the address names.
func securityOf(r request) (member.Security, error) {
	s := member.Security(r.PathValue("security"))
	if !s.Valid() {
		return s, badField("security", "must be PASSWORD or OTP")
	}
	return s, nil
}

// ladderXML answers with a ladder as such ladders are published.
func (h *Handler) ladderXML(w http.ResponseWriter, r request) error {
	s, err := securityOf(r)
	if err != nil {
		return err
	}
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := memberfile.WriteLadder(&b, dir.Ladders.Of(s)); err != nil {
		return fault.Wrap(err, fault.Internal, "The answer cannot be written.")
	}
	w.Header().Set("Content-Type", "application/xml")
	if _, err := b.WriteTo(w); err != nil {
		slog.Debug("the caller left before the answer", "error", err)
	}
	return nil
}

func (h *Handler) setLadder(r request) (any, error) {
	l, err := ladderOf(r)
	if err != nil {
		return nil, err
	}
	list, err := h.saveLadders(r, l)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// importLadders reads ladders from the XML in which they are published.
func (h *Handler) importLadders(r request) (any, error) {
	ladders, err := memberfile.ReadLadders(r.Body, member.Security(r.URL.Query().Get("security")))
	if err != nil {
		return nil, err
	}
	seen, err := seenLadders(r, ladders)
	if err != nil {
		return nil, err
	}
	list, err := h.saveLadders(r, seen...)
	return switchboard.Page[switchboard.LadderChange]{Items: list}, err
}

// seenLadders reads from the address which versions of the ladders were seen.
func seenLadders(r request, ladders []member.Ladder) (list []registry.SeenLadder, err error) {
	for _, l := range ladders {
		s := registry.SeenLadder{Ladder: l}
		name := "if_version_" + string(l.Security)
		if text := r.URL.Query().Get(name); text != "" {
			version, err := strconv.ParseUint(text, 10, 63)
			if err != nil {
				return nil, badField(name, "must be the version of the ladder as it was told")
			}
			s.Seen = registry.SeenAt(version)
		}
		list = append(list, s)
	}
	return list, nil
}

// saveLadders replaces ladders and tells what they were and are. Nothing is replaced when one of
// them is not as it should be, nor in a dry run.
func (h *Handler) saveLadders(r request, ladders ...registry.SeenLadder) (list []switchboard.LadderChange, err error) {
	dryRun, err := boolOf(r, "dry_run")
	if err != nil {
		return nil, err
	}
	dir, err := h.reg.Directory(r.Context())
	if err != nil {
		return nil, err
	}
	var bad fault.Fields
	for _, l := range ladders {
		l.Check(&bad)
		was, is := wireLadder(dir.Ladders.Of(l.Security)), wireLadder(l.Ladder)
		list = append(list, switchboard.LadderChange{Changed: !sameLadder(was, is), DryRun: dryRun, Before: was, After: is})
	}
	if err := bad.Err(); err != nil || dryRun {
		return list, err
	}
	changed, err := h.reg.SetLadders(r.Context(), r.caller(), ladders...)
	for i := range changed {
		list[i].Changed = changed[i]
	}
	return list, err
}

// ladderOf reads a ladder, and how far it was seen before.
func ladderOf(r request) (l registry.SeenLadder, err error) {
	s, err := securityOf(r)
	if err != nil {
		return l, err
	}
	in, err := decode[switchboard.Ladder](r)
	if err != nil {
		return l, err
	}
	if in.Security != "" && in.Security != string(s) {
		return l, badField("security", "is not the one in the address")
	}
	var bad fault.Fields
	l.Ladder, l.Seen = domainLadder(s, in, &bad), seenAt(in.IfVersion)
	return l, bad.Err()
}

func sameLadder(a, b switchboard.Ladder) bool {
	return slices.Equal(a.Steps, b.Steps) && a.Every == b.Every && a.Further == b.Further
}

func wireLadder(l member.Ladder) switchboard.Ladder {
	w := switchboard.Ladder{Security: string(l.Security), Version: l.Head.Version, Steps: []switchboard.LadderStep{}, Every: l.Every}
	for _, s := range l.Steps {
		w.Steps = append(w.Steps, wireStep(s))
	}
	if l.Every > 0 {
		w.Further = wireStep(l.Further)
	}
	return w
}

func wireStep(s member.Step) switchboard.LadderStep {
	return switchboard.LadderStep{Attempts: s.Attempts, Flag: s.Flag, Action: s.Action.String(), Duration: wireDuration(s.For)}
}

// wireDuration is a duration as people write it: 60m0s is 1h, and none is nothing.
func wireDuration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// domainLadder adds what cannot be read to bad; what a ladder may be, the domain says.
func domainLadder(s member.Security, w switchboard.Ladder, bad *fault.Fields) member.Ladder {
	l := member.Ladder{Security: s, Every: w.Every}
	for _, step := range w.Steps {
		l.Steps = append(l.Steps, domainStep(step, bad))
	}
	switch {
	case w.Further != (switchboard.LadderStep{}) && w.Every == 0:
		bad.Add("every", "is required with further: after how many more attempts")
	case w.Further.Attempts != 0:
		bad.Add("further", "comes after every so many attempts: its own attempts must be left out")
	}
	l.Further = domainStep(w.Further, bad)
	return l
}

func domainStep(w switchboard.LadderStep, bad *fault.Fields) (s member.Step) {
	s.Attempts, s.Flag = w.Attempts, w.Flag
	var ok bool
	if s.Action, ok = member.ParseAction(w.Action); !ok {
		bad.Add("action", "must be NONE, WARN, SUSPEND or LOCK (%.100s)", w.Flag)
	}
	if w.Duration == "" {
		return s
	}
	var err error
	if s.For, err = time.ParseDuration(w.Duration); err != nil {
		bad.Add("duration", "must be a number with h, m or s behind it, like 90m or 720h (%.100s)", w.Flag)
	}
	return s
}
