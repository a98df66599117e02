//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiPrefix is where the service's paths begin.
const apiPrefix = "/ekoapi/v3"

// enquire asks once for an agent's services, outside any measurement.
func enquire(ctx context.Context, client *http.Client, addr, prefix string, code uint32) (answer, error) {
	keys := sandboxKeys()
	url := fmt.Sprintf("http://%s%s/user/account/services?initiator_id=%s&user_code=%d", addr, prefix, keys.InitiatorID, code)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signature := sign(newMAC(keys.AccessKey), []byte(stamp))
	// Set directly: the names go out as clients of EPS write them.
	req.Header["developer_key"] = []string{keys.DeveloperKey}
	req.Header["secret-key"] = []string{string(signature[:])}
	req.Header["secret-key-timestamp"] = []string{stamp}
	req.Header["content-type"] = []string{"application/json"}
	resp, err := client.Do(req)
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

// plainClient gives a client that asks for no compression and keeps connections.
func plainClient() *http.Client {
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableCompression: true},
	}
}

// services are the states of an agent's services by code, as an enquiry tells them: "1" is on.
type services map[string]string

// parseServices reads the answer of an enquiry. Codes and states may be numbers or strings.
func parseServices(body []byte) (services, error) {
	var envelope struct {
		Status json.Number `json:"status"`
		Data   struct {
			List []struct {
				Code   any `json:"service_code"`
				Status any `json:"status"`
			} `json:"service_status_list"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("the answer is not the JSON expected: %w: %.300s", err, body)
	}
	if envelope.Status != "0" {
		return nil, fmt.Errorf("the enquiry was refused: %.300s", body)
	}
	states := services{}
	for _, s := range envelope.Data.List {
		states[fmt.Sprint(s.Code)] = fmt.Sprint(s.Status)
	}
	return states, nil
}

// checkStates compares what the server answers for some agents with what they should be.
func checkStates(ctx context.Context, addr string, agents []int, want func(agent int) services) error {
	client := plainClient()
	for _, i := range agents {
		a, err := enquire(ctx, client, addr, apiPrefix, userCode(i))
		if err != nil {
			return err
		}
		have, err := parseServices(a.Body)
		if err != nil {
			return err
		}
		for code, state := range want(i) {
			if have[code] != state {
				return fmt.Errorf("agent %d, service %s: want status %s, have %q", userCode(i), code, state, have[code])
			}
		}
	}
	return nil
}

// spread gives n different agents, evenly spread.
func spread(agents, n int) []int {
	n = min(n, agents)
	chosen := make([]int, n)
	for k := range n {
		chosen[k] = k * (agents / n)
	}
	return chosen
}

// touched gives up to n agents whose state a load has changed and knows, evenly spread.
func touched(state []byte, n int) []int {
	var all []int
	for i, s := range state {
		if s&stateTouched != 0 && s&stateUnknown == 0 {
			all = append(all, i)
		}
	}
	chosen := spread(len(all), n)
	for k, at := range chosen {
		chosen[k] = all[at]
	}
	return slices.Compact(chosen)
}

// wantImported says what an agent has after import: every service on.
func wantImported(int) services {
	want := services{}
	for _, code := range importedServices() {
		want[code] = "1"
	}
	return want
}

// wantPrefix gives the bytes that every right answer to an enquiry starts with: the envelope up to
// its first comma, which holds the status.
func wantPrefix(body []byte) (string, error) {
	if _, err := parseServices(body); err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(body), ",")
	return first, nil
}
