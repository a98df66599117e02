package console

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/switchboard-platform/switchboard"
)

// fillPlan passes a file on to the API as it comes. A script that sent it, and shows how far it is, is told where to go
// on; a browser is sent there.
func (v *visit) fillPlan() error {
	id := v.r.PathValue("plan")
	file, err := v.filePart()
	if err != nil {
		return err
	}
	if _, err := v.api.FillPlan(v.r.Context(), id, file); err != nil {
		return err
	}
	v.c.leaveFlash(v.w, v.r, flash{Key: "plans.said.filled"})
	v.w.Header().Set("Location", pageOf("plans", id))
	if v.r.Header.Get("Accept") == "application/json" {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// filePart reads a form with a file up to the file, which comes last, and keeps its other fields.
func (v *visit) filePart() (io.Reader, error) {
	v.r.PostForm = url.Values{}
	v.r.Form = v.r.PostForm
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, badField("file", v.T("plans.file.problem"))
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, badField("file", v.T("plans.file.problem"))
		}
		if part.FormName() == "file" {
			if part.FileName() == "" {
				return nil, badField("file", v.T("plans.file.problem"))
			}
			return part, nil
		}
		if err := v.keepPart(part); err != nil {
			return nil, err
		}
	}
}

// keepPart keeps a field as if it had come in an ordinary form.
func (v *visit) keepPart(part *multipart.Part) error {
	b, err := io.ReadAll(io.LimitReader(part, maxForm))
	if err != nil {
		return &switchboard.OperatorFault{Code: "invalid", Message: v.T("plans.file.problem")}
	}
	v.r.PostForm.Add(part.FormName(), string(b))
	return nil
}
