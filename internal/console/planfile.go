package console

import (
	"io"
	"net/http"
	"net/url"
)

// fillPlan passes a file on to the API as it comes. A script that sent it, and shows how far it is, is told where to go
// on; a browser is sent there.
func (v *visit) fillPlan(file io.Reader) error {
	id := v.r.PathValue("plan")
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

// filePart reads a form with a file up to the file, which comes last. Before it there is nothing but the page that the
// form stood on, which is kept as if it had come in an ordinary form.
func (v *visit) filePart() (io.Reader, error) {
	v.r.PostForm = url.Values{}
	v.r.Form = v.r.PostForm
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, badField("file", v.T("plans.file.problem"))
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil, badField("file", v.T("plans.file.problem"))
		}
		if err != nil {
			return nil, v.whole(err)
		}
		switch name := part.FormName(); {
		case name == "file" && part.FileName() != "":
			return part, nil
		case name == "file":
			return nil, badField("file", v.T("plans.file.problem"))
		case name != pageField || v.r.PostForm.Has(name):
			return nil, v.whole(http.ErrNotSupported)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, v.whole(err)
		}
		v.r.PostForm.Set(pageField, string(text))
	}
}
