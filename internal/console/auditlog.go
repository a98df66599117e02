package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// auditLogPage shows the log as a whole: its key, its head, and what a verification finds.
type auditLogPage struct {
	*visit
	Key    switchboard.LogKey
	Head   switchboard.LogHead
	Empty  bool                     // nothing was recorded yet
	Broken string                   // why the log cannot be signed
	Report *switchboard.AuditReport // of a verification; nil for none
}

func (v *visit) auditLog() (any, error) {
	p := auditLogPage{visit: v}
	var err error
	if p.Key, err = v.api.LogKey(v.r.Context()); err != nil {
		return nil, err
	}
	p.Head, err = v.api.LogHead(v.r.Context())
	switch codeOf(err) {
	case "":
		return p, err
	case "not_found":
		p.Empty = true
	default:
		p.Broken = v.explain(err)
	}
	return p, nil
}

// lines is the media type of an answer that comes line by line.
const linesType = "application/x-ndjson"

// verifyLine is one line for the script that shows how far a verification is: the numbers, or the report as a part of a
// page, or what went wrong.
type verifyLine struct {
	Events  uint64 `json:"events"`
	Total   uint64 `json:"total"`
	Report  string `json:"report,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// verifyLog verifies the whole store. Who asks by script is told how far it is.
func (v *visit) verifyLog() error {
	n := switchboard.AuditRequest{Keys: keyLines(v.form("keys")), Heads: v.r.PostFormValue("heads"), Replay: v.form("replay") != ""}
	if !strings.HasPrefix(v.r.Header.Get("Accept"), linesType) {
		return v.verifyAtOnce(n)
	}
	rc, begun := http.NewResponseController(v.w), false
	tell := func(line verifyLine) {
		if !begun {
			v.w.Header().Set("Content-Type", linesType)
			begun = true
		}
		if json.NewEncoder(v.w).Encode(line) == nil {
			_ = rc.Flush()
		}
	}
	report, err := v.api.Audit(v.r.Context(), n, func(p switchboard.AuditProgress) { tell(verifyLine{Events: p.Events, Total: p.Total}) })
	if err != nil {
		tell(verifyLine{Problem: v.explain(v.busy(err))})
		return nil
	}
	var b bytes.Buffer
	if err := v.c.pages["auditlog"].ExecuteTemplate(&b, "report", auditLogPage{visit: v, Report: &report}); err != nil {
		return err
	}
	tell(verifyLine{Events: report.Events, Total: report.Events, Report: b.String()})
	return nil
}

// verifyAtOnce does so for a browser without scripts.
func (v *visit) verifyAtOnce(n switchboard.AuditRequest) error {
	report, err := v.api.Audit(v.r.Context(), n, func(switchboard.AuditProgress) {})
	if err != nil {
		return v.busy(err)
	}
	p, err := v.auditLog()
	if err != nil {
		return err
	}
	page := p.(auditLogPage)
	page.Report = &report
	v.c.show(v, "auditlog", page)
	return nil
}

// busy says in this person's language that another verification is under way.
func (v *visit) busy(err error) error {
	if codeOf(err) == "too_many" {
		return &switchboard.OperatorFault{Code: "too_many", Message: v.T("audit.verify.busy")}
	}
	return err
}

// keyLines reads public keys, one a line.
func keyLines(text string) (keys []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			keys = append(keys, line)
		}
	}
	return keys
}
