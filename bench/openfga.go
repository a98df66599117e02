//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
)

// openFGA is the peer of decisions: a server that answers whether a user has a relation to an object.
const openFGA = "OpenFGA"

// findOpenFGA finds the peer's program: the one that was named, or else the one in PATH; "" when there is none.
func (b *bench) findOpenFGA() string {
	if b.openFGA != "" {
		return b.openFGA
	}
	program, err := exec.LookPath("openfga")
	if err != nil {
		return ""
	}
	return program
}

// startOpenFGA starts the peer on the server's core, in memory, without whatever it does besides
// answering. Its caches stay off, as they are by default: they answer with what was true a while ago.
func (b *bench) startOpenFGA(ctx context.Context, program string) (*process, string, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	inner, err := freeAddress() // its HTTP side asks its gRPC side
	if err != nil {
		return nil, "", err
	}
	peer, err := b.processes.start(command{
		name: "openfga", core: serverCore,
		args: []string{
			program, "run", "--datastore-engine", "memory", "--http-addr", addr, "--grpc-addr", inner,
			"--playground-enabled=false", "--metrics-enabled=false", "--log-level", "none",
		},
	})
	if err != nil {
		return nil, "", fmt.Errorf("start %s: %w", openFGA, err)
	}
	return peer, addr, waitListening(ctx, peer, addr)
}

// fgaModel is the least that the question needs: agents who may transact by activations.
const fgaModel = `{"schema_version":"1.1","type_definitions":[{"type":"agent"},{"type":"activation","relations":{"transact":{"this":{}}},
	"metadata":{"relations":{"transact":{"directly_related_user_types":[{"type":"agent"}]}}}}]}`

// fgaTuple says that an agent may transact by an activation.
type fgaTuple struct {
	User     string `json:"user"`
	Relation string `json:"relation"`
	Object   string `json:"object"`
}

func newTuple(code string) fgaTuple {
	return fgaTuple{User: "agent:" + code, Relation: "transact", Object: "activation:" + decidedService + "/" + code}
}

// fgaBatch is the most tuples that one call may write.
const fgaBatch = 100

// teachOpenFGA makes a store in which agents may run the decided service, and gives the question for it.
func teachOpenFGA(ctx context.Context, addr string, codes []uint32) (*ask, error) {
	var made struct {
		Store string `json:"id"`
		Model string `json:"authorization_model_id"`
	}
	base := "http://" + addr + "/stores"
	if err := tell(ctx, base, json.RawMessage(`{"name":"bench"}`), &made); err != nil {
		return nil, err
	}
	base += "/" + made.Store
	if err := tell(ctx, base+"/authorization-models", json.RawMessage(fgaModel), &made); err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(codes, fgaBatch) {
		var keys []fgaTuple
		for _, code := range batch {
			keys = append(keys, newTuple(fmt.Sprint(code)))
		}
		writes := map[string]any{"writes": map[string]any{"tuple_keys": keys}}
		if err := tell(ctx, base+"/write", writes, nil); err != nil {
			return nil, err
		}
	}
	question, err := json.Marshal(map[string]any{"tuple_key": newTuple(agentHole), "authorization_model_id": made.Model})
	return &ask{Path: "/stores/" + made.Store + "/check", Body: string(question), Nobody: true}, err
}

// tell posts JSON and reads the answer into to, unless that is nil.
func tell(ctx context.Context, url string, what, to any) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := plainClient().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: status %d: %.300s", url, resp.StatusCode, body)
	}
	if to == nil {
		return nil
	}
	return json.Unmarshal(body, to)
}
