//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// answer is an HTTP answer as the server gave it, to be served again by the floor.
type answer struct {
	Header http.Header
	Body   []byte
}

// floorCommand is the floor: net/http with a handler that does nothing but read what it is sent and
// write a given answer, which it has from standard input. It ends when its input does, that is, with its parent.
func floorCommand(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("floor: want an address")
	}
	in := json.NewDecoder(os.Stdin)
	var a answer
	if err := in.Decode(&a); err != nil {
		return fmt.Errorf("floor: read the answer: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.ListenAndServe(args[0], floorHandler(a))
}

// floorHandler answers every request with the same headers and bytes. The length is set because
// net/http would send a long body in chunks; the date is left to net/http, as in any server.
func floorHandler(a answer) http.Handler {
	header := a.Header.Clone()
	header.Del("Date")
	header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_, _ = io.Copy(io.Discard, r.Body) // to its end, as whoever answers it must
		}
		to := w.Header()
		for name, values := range header {
			to[name] = values
		}
		_, _ = w.Write(a.Body)
	})
}
