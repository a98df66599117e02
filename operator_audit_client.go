package switchboard

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"time"
)

// LogKey gives the public keys of the log of events.
func (o *Operator) LogKey(ctx context.Context) (k LogKey, err error) {
	return k, o.call(ctx, "GET", "/audit/key", nil, &k)
}

// LogHead signs the log as it is and gives its head.
func (o *Operator) LogHead(ctx context.Context) (h LogHead, err error) {
	return h, o.call(ctx, "GET", "/audit/head", nil, &h)
}

// Audit verifies the whole store while the server works. tell is told how far it is.
func (o *Operator) Audit(ctx context.Context, n AuditRequest, tell func(AuditProgress)) (r AuditReport, err error) {
	b, err := json.Marshal(n)
	if err != nil {
		return r, err
	}
	resp, err := o.send(ctx, "POST", "/audit/verify", bytes.NewReader(b), "application/json")
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	err = readLines(resp.Body, "the server stopped before the verification was through", func(line AuditLine) (last bool, err error) {
		switch {
		case line.Done != nil:
			r = *line.Done
			return true, nil
		case line.Error != nil:
			return true, line.Error
		case line.Progress != nil:
			tell(*line.Progress)
		}
		return false, nil
	})
	return r, err
}

// EventProof gives the proof that an event is in the log, as JSON to be kept byte for byte.
func (o *Operator) EventProof(ctx context.Context, seq uint64) ([]byte, error) {
	resp, err := o.send(ctx, "GET", "/audit/events/"+strconv.FormatUint(seq, 10)+"/proof", nil, "")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// Export gives events as lines, to be read to their end and closed. One that was cut off has no last line,
// and a verification tells.
func (o *Operator) Export(ctx context.Context, q ExportQuery) (io.ReadCloser, error) {
	v := url.Values{}
	if q.Agent != "" {
		v.Set("agent", q.Agent)
	}
	for name, t := range map[string]time.Time{"since": q.Since, "until": q.Until} {
		if !t.IsZero() {
			v.Set(name, t.Format(time.RFC3339Nano))
		}
	}
	resp, err := o.send(ctx, "GET", "/audit/export?"+v.Encode(), nil, "")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// AgentAt gives an agent as it was at a time, without its profile, and its last events until then.
func (o *Operator) AgentAt(ctx context.Context, userCode string, at time.Time, events int) (a Agent, err error) {
	v := url.Values{"at": {at.Format(time.RFC3339Nano)}, "events": {strconv.Itoa(events)}}
	return a, o.call(ctx, "GET", "/agents/"+url.PathEscape(userCode)+"?"+v.Encode(), nil, &a)
}

// EraseAgent erases the personal data of a closed agent, for good.
func (o *Operator) EraseAgent(ctx context.Context, userCode string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/agents/"+url.PathEscape(userCode)+"/erase", struct{}{}, &c)
}

// EraseMember erases the personal data of a closed member, for good.
func (o *Operator) EraseMember(ctx context.Context, msisdn string) (c Changed, err error) {
	return c, o.call(ctx, "POST", "/members/"+url.PathEscape(msisdn)+"/erase", struct{}{}, &c)
}
