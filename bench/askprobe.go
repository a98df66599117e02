//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// once asks about one agent, outside any measurement.
func (a *ask) once(ctx context.Context, addr string, code uint32) (answer, error) {
	s := newSignaturePool(sandboxKeys().AccessKey, 1, time.Now()).pick(0)
	t := a.template(addr, sandboxKeys())
	text := t.fill(nil, code, s, 0)
	head, _, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+a.Path, strings.NewReader(a.about(code)))
	if err != nil {
		return answer{}, err
	}
	for line := range strings.Lines(string(head)) {
		if name, value, is := strings.Cut(strings.TrimSpace(line), ": "); is && !strings.EqualFold(name, "host") {
			req.Header[name] = []string{value} // the names go out as the load writes them
		}
	}
	delete(req.Header, "content-length")
	resp, err := plainClient().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.300s", resp.StatusCode, body)
	}
	return answer{Header: resp.Header, Body: body}, err
}

// What answers to questions hold.
const (
	allowed = `"allowed":true`
	denied  = `"allowed":false`
)

// knows asks about an agent who may and one who may not, and gives the first answer: whoever says yes
// to everything is fast.
func (a *ask) knows(ctx context.Context, addr string, may, mayNot uint32) (answer, error) {
	no, err := a.once(ctx, addr, mayNot)
	if err != nil {
		return answer{}, err
	}
	if !bytes.Contains(no.Body, []byte(denied)) {
		return answer{}, fmt.Errorf("agent %d may not, and is answered %.300s", mayNot, no.Body)
	}
	yes, err := a.once(ctx, addr, may)
	if err == nil && !bytes.Contains(yes.Body, []byte(allowed)) {
		err = fmt.Errorf("agent %d may, and is answered %.300s", may, yes.Body)
	}
	return yes, err
}
