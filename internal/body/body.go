package body

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// JSON is the media type of JSON.
const JSON = "application/json"

// Media gives the media type of a body that is sent as it is: "" when none is said, or when the body is
// compressed.
func Media(h http.Header) string {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return ""
	}
	text := h.Get("Content-Type")
	if text == JSON { // nearly always
		return text
	}
	media, _, err := mime.ParseMediaType(text)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return ""
	}
	return media
}

// Limit is how much of a body is read, in bytes.
type Limit struct {
	Longest int
	// Drained is how much of a longer one is read and dropped: most clients look at the answer only when
	// they have sent everything.
	Drained int64
}

// Read reads a body over what kept holds, which may be nil and may grow. What was read comes back with an
// error, too: it may have to be wiped.
func (l Limit) Read(r *http.Request, kept []byte) ([]byte, error) {
	kept = kept[:0]
	if r.ContentLength > int64(l.Longest) {
		return kept, l.tooLarge(r.Body)
	}
	kept, err := l.readAll(r.Body, slices.Grow(kept, int(max(r.ContentLength, 0))+1))
	if err != nil {
		return kept, fault.Wrap(err, fault.Invalid, "The body did not arrive whole.")
	}
	if len(kept) > l.Longest {
		return kept, l.tooLarge(r.Body)
	}
	return kept, nil
}

// readAll reads everything, or one byte more than we take.
func (l Limit) readAll(r io.Reader, b []byte) ([]byte, error) {
	for len(b) <= l.Longest {
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b))
		}
		n, err := r.Read(b[len(b):min(cap(b), l.Longest+1)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

func (l Limit) tooLarge(r io.Reader) error {
	_, _ = io.CopyN(io.Discard, r, l.Drained)
	return fault.New(fault.TooLarge, "The body is larger than %d KiB.", l.Longest>>10)
}
