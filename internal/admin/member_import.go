package admin

import (
	"net/http"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/memberfile"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

func (h *Handler) importMembers(w http.ResponseWriter, r request) error {
	return h.importFile(w, r, func(format string, out *importLines) (switchboard.ImportCounts, error) {
		next, err := memberfile.Open(format, out.file)
		if err != nil {
			return switchboard.ImportCounts{}, err
		}
		sum, err := h.reg.ImportMembers(r.Context(), r.caller(), registry.MemberImport{
			DryRun: out.dryRun, Next: next,
			Refused: func(x registry.MemberRefusal) {
				out.refused(switchboard.RefusedRow{Line: x.Line, MSISDN: x.MSISDN, Reason: x.Reason})
			},
			Progress: func(s registry.MemberImportSummary) { out.progress(memberCounts(s)) },
		})
		return memberCounts(sum), err
	})
}

func memberCounts(s registry.MemberImportSummary) switchboard.ImportCounts {
	return switchboard.ImportCounts{Rows: s.Rows, Created: s.Created, Skipped: s.Skipped, Refused: s.Refused}
}
