package switchboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Decide asks whether an agent of this partner may use a service. An error is no answer: the agent may not.
func (c *Client) Decide(ctx context.Context, q DecisionRequest) (d Decision, err error) {
	return d, c.callAPI(ctx, http.MethodPost, "/v1/decisions", true, q, &d)
}

// DecideBatch asks up to 1,000 questions at once. The answers are in the order of the questions.
func (c *Client) DecideBatch(ctx context.Context, questions []DecisionRequest) ([]Decision, error) {
	var answer struct {
		Decisions []Decision `json:"decisions"`
	}
	body := map[string][]DecisionRequest{"decisions": questions}
	if err := c.callAPI(ctx, http.MethodPost, "/v1/decisions:batch", true, body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Decisions) != len(questions) {
		return nil, fmt.Errorf("%d questions got %d answers", len(questions), len(answer.Decisions))
	}
	return answer.Decisions, nil
}

// CheckReceipt says whether a receipt is genuine, and what it says.
func (c *Client) CheckReceipt(ctx context.Context, receipt string) (r ReceiptCheck, err error) {
	return r, c.callAPI(ctx, http.MethodPost, "/v1/receipts:check", true, map[string]string{"receipt": receipt}, &r)
}

// Decide asks whether an agent may use a service. An error is no answer: the agent may not.
func (s *Switch) Decide(ctx context.Context, q DecisionRequest) (Decision, error) {
	return s.c.Decide(ctx, q)
}

// DecideBatch asks up to 1,000 questions at once. The answers are in the order of the questions.
func (s *Switch) DecideBatch(ctx context.Context, questions []DecisionRequest) ([]Decision, error) {
	return s.c.DecideBatch(ctx, questions)
}

// CheckReceipt says whether a receipt is genuine, and what it says.
func (s *Switch) CheckReceipt(ctx context.Context, receipt string) (ReceiptCheck, error) {
	return s.c.CheckReceipt(ctx, receipt)
}

// Decide asks as a switch would, by the operator's right. It counts as no use of the service.
func (o *Operator) Decide(ctx context.Context, q DecisionRequest) (d Decision, err error) {
	v := url.Values{}
	for _, p := range [...][2]string{{"place", q.Place}, {"device", q.Device}} {
		if p[1] != "" {
			v.Set(p[0], p[1])
		}
	}
	if !q.At.IsZero() {
		v.Set("at", q.At.Format(time.RFC3339Nano))
	}
	path := "/agents/" + url.PathEscape(q.Agent) + "/services/" + url.PathEscape(q.Service) + "/decision?" + v.Encode()
	return d, o.call(ctx, http.MethodGet, path, nil, &d)
}

// CheckReceipt says whether a receipt is genuine, and what it says.
func (o *Operator) CheckReceipt(ctx context.Context, receipt string) (r ReceiptCheck, err error) {
	return r, o.call(ctx, http.MethodPost, "/receipts/check", map[string]string{"receipt": receipt}, &r)
}
