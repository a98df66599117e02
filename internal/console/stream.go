package console

import (
	"net/http"
	"strings"
	"time"
)

// patient lifts the time-outs of an answer that takes as long as there is much.
func (v *visit) patient() {
	rc := http.NewResponseController(v.w)
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
}

// stream takes what is sent to a route of the API when it is large, or when the answer comes bit by bit: fn reads and
// answers by itself. An error leads back to the form, as of any other.
func (c *Console) stream(pattern string, fn func(*visit) error) {
	_, path, _ := strings.Cut(pattern, " ")
	c.actions = append(c.actions, pattern)
	c.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		whole := r.Body
		r.Body = http.MaxBytesReader(w, whole, maxForm) // of whoever is not let in no more is read
		v, err := c.enter(w, r)
		if err == nil && !v.May(pattern) {
			err = forbidden(v)
		}
		if err != nil {
			c.fail(v, err)
			return
		}
		r.Body = whole
		v.patient()
		if err := fn(v); err != nil {
			c.again(v, err)
		}
	})
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
