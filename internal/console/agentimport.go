package console

import (
	"path"
	"strings"

	"github.com/switchboard-platform/switchboard"
)

// importedPage says what became of a file of agents.
type importedPage struct {
	*visit
	Counts  switchboard.ImportCounts
	Refused []switchboard.RefusedRow // the first ones
}

// refusedShown is how many refused rows a page has.
const refusedShown = 200

// importAgents reads a file of agents, as long as a form may be; longer ones are for the command line.
func (v *visit) importAgents() (done, error) {
	file, head, err := v.r.FormFile("file")
	if err != nil {
		return done{}, badField("file", v.T("agents.import.problem"))
	}
	defer file.Close()
	v.patient() // it takes as long as there are rows
	p := importedPage{visit: v}
	opt := switchboard.ImportOptions{Partner: v.form("partner"), Format: "csv", DryRun: v.form("dry_run") != ""}
	if ending := strings.ToLower(path.Ext(head.Filename)); ending == ".ndjson" || ending == ".jsonl" {
		opt.Format = "ndjson"
	}
	p.Counts, err = v.api.Import(v.r.Context(), file, opt, func(line switchboard.ImportLine) {
		if line.Refused != nil && len(p.Refused) < refusedShown {
			p.Refused = append(p.Refused, *line.Refused)
		}
	})
	return done{shown: "imported", data: p}, err
}
