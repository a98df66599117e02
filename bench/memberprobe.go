//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// mobileClient asks single questions of the mobile banking API, outside any measurement.
type mobileClient struct {
	addr   string
	client *http.Client
	calls  atomic.Uint64 // the last reference used
}

func newMobileClient(addr string) *mobileClient {
	m := &mobileClient{addr: addr, client: plainClient()}
	m.calls.Store(firstReference(0, time.Now()))
	return m
}

// ask sends one call; its api_request_id and identifier_type are added to the payload.
func (m *mobileClient) ask(ctx context.Context, action string, payload map[string]string) (answer, error) {
	payload["api_request_id"], payload["identifier_type"] = fmt.Sprint(m.calls.Add(1)), "MSISDN"
	body, err := json.Marshal(map[string]any{"action": action, "payload": payload})
	if err != nil {
		return answer{}, err
	}
	return send(ctx, m.client, "http://"+m.addr+mobilePath, channelBasic(), body)
}

// want sends one call and compares one field of the answer.
func (m *mobileClient) want(ctx context.Context, field, value, action string, payload map[string]string) error {
	a, err := m.ask(ctx, action, payload)
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(a.Body, &fields); err != nil {
		return fmt.Errorf("the answer is not the JSON expected: %w: %.300s", err, a.Body)
	}
	if fields[field] != value {
		return fmt.Errorf("%s: want %s %s, have %.300s", action, field, value, a.Body)
	}
	return nil
}

// send posts JSON and gives the answer, which must have status 200.
func send(ctx context.Context, client *http.Client, url, authorization string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.300s", resp.StatusCode, text)
	}
	return answer{Header: resp.Header, Body: text}, err
}

// pinMaker gives members PINs: an issued one from the operator, which the member replaces at once.
type pinMaker struct {
	*mobileClient
	operator string
	token    string
}

// newPINMaker reads the operator's token out of the data directory of a running server.
func newPINMaker(srv *server, dir string) (*pinMaker, error) {
	token, err := operatorToken(dir)
	return &pinMaker{newMobileClient(srv.addr), srv.operator, token}, err
}

// operatorToken reads the token that a running server lets the operator in with.
func operatorToken(dir string) (string, error) {
	token, err := os.ReadFile(filepath.Join(dir, "operator.token"))
	return strings.TrimSpace(string(token)), err
}

// issue asks the operator for a PIN.
func (p *pinMaker) issue(ctx context.Context, member int) (string, error) {
	url := fmt.Sprintf("http://%s/operator/v1/members/%d/pin", p.operator, msisdn(member))
	a, err := send(ctx, p.client, url, "Bearer "+p.token, []byte(`{"reason":"benchmark"}`))
	if err != nil {
		return "", err
	}
	var issued struct {
		PIN string `json:"pin"`
	}
	err = json.Unmarshal(a.Body, &issued)
	return issued.PIN, err
}

// choose gives a member chosenPIN.
func (p *pinMaker) choose(ctx context.Context, member int) error {
	pin, err := p.issue(ctx, member)
	for err == nil && pin == chosenPIN { // it could not be replaced by itself
		pin, err = p.issue(ctx, member)
	}
	if err != nil {
		return fmt.Errorf("issue a PIN: %w", err)
	}
	return p.want(ctx, "set_pin_status", "SUCCESS", "SET_PIN", map[string]string{
		"identifier": fmt.Sprint(msisdn(member)), "pin": pin, "new_pin": chosenPIN,
		"device_identifier_type": "IMSI", "device_identifier": fmt.Sprint(imsi(member)),
		"identity_type": "NATIONAL_ID", "identity": fmt.Sprint(nationalID(member)),
	})
}
