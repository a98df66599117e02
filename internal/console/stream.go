package console

import (
	"io"
	"net/http"
	"time"
)

// patient lifts the time-outs of an answer that takes as long as there is much.
func (v *visit) patient() {
	rc := http.NewResponseController(v.w)
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
}

// stream takes the forms that lead to a route of the API when the answer comes bit by bit: fn answers by itself. An error
// leads back to the form, as of any other.
func (c *Console) stream(pattern string, fn func(*visit) error) {
	c.take(pattern, func(v *visit) {
		v.patient()
		if err := fn(v); err != nil {
			c.again(v, err)
		}
	})
}

// upload is stream for a form with a file of any length, which fn reads as it comes.
func (c *Console) upload(pattern string, fn func(*visit, io.Reader) error) {
	c.actions = append(c.actions, pattern)
	c.mux.HandleFunc("POST "+formPath(pattern), func(w http.ResponseWriter, r *http.Request) {
		form := &untilFile{ReadCloser: http.MaxBytesReader(w, r.Body, maxBeforeFile), whole: r.Body}
		r.Body = form // of whoever is not let in no more is read
		v, err := c.enter(w, r)
		if err == nil && !v.May(pattern) {
			err = forbidden(v)
		}
		if err != nil {
			c.fail(v, err)
			return
		}
		file, err := v.filePart()
		if err == nil {
			form.begun = true
			v.patient()
			err = fn(v, file)
		}
		if err != nil {
			c.again(v, err)
		}
	})
}

// maxBeforeFile is how much of a form may come before its file, in bytes.
const maxBeforeFile = 64 << 10

// untilFile is a form with a file: until that begins only so much of it is read.
type untilFile struct {
	io.ReadCloser
	whole io.Reader
	begun bool
}

// Read reads on.
func (f *untilFile) Read(b []byte) (int, error) {
	if f.begun {
		return f.whole.Read(b)
	}
	return f.ReadCloser.Read(b)
}

// download answers with what is kept as a file: fn writes it.
func (c *Console) download(pattern string, fn func(*visit) error) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := c.enter(w, r)
		if err == nil {
			v.patient()
			err = fn(v)
		}
		if err != nil {
			c.fail(v, err)
		}
	})
}
