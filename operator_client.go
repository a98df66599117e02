package switchboard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// RawJSON is JSON that is passed on as it came.
type RawJSON = json.RawMessage

// Operator is a client of the operator's API. It is safe for use by many goroutines.
type Operator struct {
	base  string
	token string
	http  *http.Client
}

// NewOperator makes a client for a server's operator listener, like "http://127.0.0.1:8081", with
// its bearer token.
func NewOperator(base, token string) *Operator {
	return &Operator{base: base, token: token, http: &http.Client{}}
}

// NewOperatorSocket makes a client for a server's Unix socket. It dials for every call: a connection is cheap
// there, and one that is kept is closed under it when whoever serves the socket ends.
func NewOperatorSocket(dial func(context.Context) (net.Conn, error)) *Operator {
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	return &Operator{base: "http://switchboard", http: &http.Client{Transport: t}}
}

// NewOperatorVia makes a client whose requests take a way of their own, such as one to a handler in the same process.
func NewOperatorVia(way http.RoundTripper, token string) *Operator {
	return &Operator{base: "http://switchboard", token: token, http: &http.Client{Transport: way}}
}

// Status says how the server is doing.
func (o *Operator) Status(ctx context.Context) (s ServerStatus, err error) {
	return s, o.call(ctx, "GET", "/status", nil, &s)
}

// Check reads the whole store; it takes a while on a large one.
func (o *Operator) Check(ctx context.Context) (c Check, err error) {
	return c, o.call(ctx, "POST", "/check", struct{}{}, &c)
}

// Partners lists all partners with their keys.
func (o *Operator) Partners(ctx context.Context) (list []Partner, err error) {
	var page Page[Partner]
	err = o.call(ctx, "GET", "/partners", nil, &page)
	return page.Items, err
}

// AddPartner makes a partner and its first key.
func (o *Operator) AddPartner(ctx context.Context, p NewPartner) (k IssuedKey, err error) {
	return k, o.call(ctx, "POST", "/partners", p, &k)
}

// RotateKey gives a partner a new key; its older ones stay good for the overlap.
func (o *Operator) RotateKey(ctx context.Context, partner string, n NewKey) (k IssuedKey, err error) {
	return k, o.call(ctx, "POST", "/partners/"+url.PathEscape(partner)+"/keys", n, &k)
}

// RevokeKey ends a key at once.
func (o *Operator) RevokeKey(ctx context.Context, developerKey string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/keys/"+url.PathEscape(developerKey)+"/revoke", struct{}{}, &c)
}

// SetReplay sets a key's replay level.
func (o *Operator) SetReplay(ctx context.Context, developerKey, level string) (c Changed, err error) {
	body := map[string]string{"replay": level}
	return c, o.call(ctx, "POST", "/keys/"+url.PathEscape(developerKey)+"/replay", body, &c)
}

// SetReplayFrom is SetReplay if the key's partner has not changed since a version; Conflict when it has.
func (o *Operator) SetReplayFrom(ctx context.Context, developerKey string, version uint64, level string) (c Changed, err error) {
	body := map[string]any{"replay": level, "if_version": version}
	return c, o.call(ctx, "POST", "/keys/"+url.PathEscape(developerKey)+"/replay", body, &c)
}

// Services lists the catalogue, removed services included.
func (o *Operator) Services(ctx context.Context) (list []Service, err error) {
	var page Page[Service]
	err = o.call(ctx, "GET", "/services", nil, &page)
	return page.Items, err
}

// SetService adds a service or changes it. What would then take two people no more is asked for by the first
// call, and done by the same one of somebody else.
func (o *Operator) SetService(ctx context.Context, s Service) (c Changed, err error) {
	return c, o.call(ctx, "PUT", "/services/"+url.PathEscape(s.Code), s, &c)
}

// RemoveService takes a service out of the catalogue.
func (o *Operator) RemoveService(ctx context.Context, code string) (c Changed, err error) {
	return c, o.call(ctx, "DELETE", "/services/"+url.PathEscape(code), nil, &c)
}

// AgentQuery says which agents to list; zero fields do not restrict.
type AgentQuery struct {
	Partner string
	After   string // Page.Next of the page before
	Limit   int    // 100 by default, 1,000 at most
}

// Agents lists agents by user code, without their activations.
func (o *Operator) Agents(ctx context.Context, q AgentQuery) (page Page[Agent], err error) {
	v := url.Values{"partner": {q.Partner}, "after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/agents?"+v.Encode(), nil, &page)
}

// Agent gives an agent with its activations and its last events, newest first.
func (o *Operator) Agent(ctx context.Context, userCode string, events int) (a Agent, err error) {
	return a, o.call(ctx, "GET", "/agents/"+url.PathEscape(userCode)+"?events="+strconv.Itoa(events), nil, &a)
}

// AddAgent makes an agent.
func (o *Operator) AddAgent(ctx context.Context, n NewAgent) (a Agent, err error) {
	return a, o.call(ctx, "POST", "/agents", n, &a)
}

// SetStanding opens, suspends or closes an agent.
func (o *Operator) SetStanding(ctx context.Context, userCode string, n NewStanding) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/agents/"+url.PathEscape(userCode)+"/standing", n, &c)
}

// SetPlace registers where an agent trades.
func (o *Operator) SetPlace(ctx context.Context, userCode string, p Place) (c Changed, err error) {
	return c, o.call(ctx, "PUT", "/agents/"+url.PathEscape(userCode)+"/place", p, &c)
}

// SetDevices changes from which devices alone an agent may transact.
func (o *Operator) SetDevices(ctx context.Context, userCode string, n DevicesChange) (d Devices, err error) {
	return d, o.call(ctx, "PUT", "/agents/"+url.PathEscape(userCode)+"/devices", n, &d)
}

// ChangeService applies "activate", "deactivate", "approve", "reject" or "renew" to an agent's service.
func (o *Operator) ChangeService(ctx context.Context, userCode, service, command string, n ServiceCommand) (c ServiceChange, err error) {
	path := "/agents/" + url.PathEscape(userCode) + "/services/" + url.PathEscape(service) + "/" + url.PathEscape(command)
	return c, o.call(ctx, "POST", path, n, &c)
}

// SetDates changes the dates of an agent's service.
func (o *Operator) SetDates(ctx context.Context, userCode, service string, d ServiceDates) (c ServiceChange, err error) {
	return c, o.call(ctx, "POST", "/agents/"+url.PathEscape(userCode)+"/services/"+url.PathEscape(service)+"/dates", d, &c)
}

// ActivationQuery says which activations to list; zero fields do not restrict.
type ActivationQuery struct {
	Waiting bool   // only those a reviewer has still to look at
	Status  string // "activated", "pending" or "deactivated"
	Service string
	After   string // Page.Next of the page before
	Limit   int    // 100 by default, 1,000 at most
}

// Activations lists activations by user code and service code.
func (o *Operator) Activations(ctx context.Context, q ActivationQuery) (page Page[Activation], err error) {
	v := url.Values{"waiting": {strconv.FormatBool(q.Waiting)}, "status": {q.Status}, "service": {q.Service},
		"after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}
	return page, o.call(ctx, "GET", "/activations?"+v.Encode(), nil, &page)
}

// ImportOptions say how to read a file of agents.
type ImportOptions struct {
	Partner string
	Format  string // "csv" or "ndjson"
	DryRun  bool
}

// Import sends a file of agents and tells each line of the answer as it comes. It gives the final
// counts. An import that was cut off can be run again: rows that are done are skipped.
func (o *Operator) Import(ctx context.Context, file io.Reader, opt ImportOptions, told func(ImportLine)) (ImportCounts, error) {
	v := url.Values{"partner": {opt.Partner}, "format": {opt.Format}, "dry_run": {strconv.FormatBool(opt.DryRun)}}
	return o.importFile(ctx, "/import?"+v.Encode(), file, told)
}

// importFile sends a file and reads the lines of the answer.
func (o *Operator) importFile(ctx context.Context, path string, file io.Reader, told func(ImportLine)) (counts ImportCounts, err error) {
	body, stop := endable(ctx, file)
	defer stop()
	resp, err := o.send(ctx, "POST", path, body, "application/octet-stream")
	if err != nil {
		return counts, err
	}
	defer resp.Body.Close()
	const cut = "the server stopped before the import was through; run it again to go on"
	err = readLines(resp.Body, cut, func(line ImportLine) (last bool, err error) {
		switch {
		case line.Done != nil:
			counts = *line.Done
			return true, nil
		case line.Error != nil:
			return true, line.Error
		case line.Progress != nil:
			counts = *line.Progress
		}
		told(line)
		return false, nil
	})
	return counts, err
}

// longestLine is the longest line of an answer that is read, in bytes.
const longestLine = 1 << 20

// readLines tells each line of an answer until told says that it was the last. An answer that ends before
// was cut off, and the error says so.
func readLines[T any](answer io.Reader, cut string, told func(T) (last bool, err error)) error {
	lines := bufio.NewScanner(answer)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var line T
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("the server's answer cannot be read: %w", err)
		}
		if last, err := told(line); last || err != nil {
			return err
		}
	}
	return errors.Join(errors.New(cut), lines.Err())
}

// fileAhead is how much of a file is read at a time, in bytes.
const fileAhead = 256 << 10

// endable passes a reader on until ctx ends. The transport waits for a read of the body that has
// begun, and one from a terminal or a pipe may never end.
func endable(ctx context.Context, r io.Reader) (body io.Reader, stop func()) {
	pr, pw := io.Pipe()
	unhook := context.AfterFunc(ctx, func() { _ = pw.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.CopyBuffer(pw, struct{ io.Reader }{r}, make([]byte, fileAhead))
		_ = pw.CloseWithError(err) // nil: the end of the file
	}()
	return pr, func() { unhook(); _ = pr.Close() }
}

// Backup gives a consistent copy of the database, to be read to its end and closed; size is its
// length in bytes.
func (o *Operator) Backup(ctx context.Context) (copy io.ReadCloser, size int64, err error) {
	resp, err := o.send(ctx, "GET", "/backup", nil, "")
	if err != nil {
		return nil, 0, err
	}
	return resp.Body, resp.ContentLength, nil
}

// call sends a request with a JSON body, nil for none, and decodes the answer.
func (o *Operator) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	resp, err := o.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(out)
}

// send sends a request and gives the answer, or the fault that it carries.
func (o *Operator) send(ctx context.Context, method, path string, body io.Reader, contentType string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, o.base+OperatorPath+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := o.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	var failed struct {
		Error *OperatorFault `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&failed); err != nil || failed.Error == nil {
		return nil, fmt.Errorf("the server answered %s and nothing more; is this the operator's address?", resp.Status)
	}
	return nil, failed.Error
}
