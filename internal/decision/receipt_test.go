package decision_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func (w *world) decide(q request) (d switchboard.Decision) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.send(q).body), &d))
	return d
}

func (w *world) check(receipt string) (c switchboard.ReceiptCheck) {
	w.t.Helper()
	body, err := json.Marshal(map[string]string{"receipt": receipt})
	must(w.t, err)
	r := w.send(request{path: "/v1/receipts:check", body: string(body)})
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil || r.status != http.StatusOK {
		w.t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return c
}

// TestReceipts: a receipt says what was asked, by whom, when, on which version of the agent, and the answer.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec, err := w.store.Record(t.Context(), sandbox.UserCode)
	must(t, err)
	version := rec.Head().Version
	yes := w.check(w.decide(request{body: question(sandbox.UserCode, vendors)}).Receipt)
	if !yes.Genuine || !yes.Allowed || yes.Switch != sandbox.SwitchID || yes.Partner != "" || !yes.AnsweredAt.Equal(dawn()) || yes.AgentVersion != version ||
		yes.Agent != sandbox.UserCode || yes.Service != vendors || len(yes.Reasons) != 0 || !yes.At.IsZero() || yes.Place+yes.Device != "" {
		t.Errorf("of a yes: %+v", yes)
	}
	w.command(vendors, agent.Command{Kind: agent.Deactivate})
	no := w.check(w.decide(request{signed: sandboxCreds(), body: question(sandbox.UserCode, vendors, "place", "28.6,77.2", "device", "POS-1",
		"at", "2026-03-02T09:00:00Z")}).Receipt)
	if !no.Genuine || no.Allowed || no.Partner != sandbox.PartnerID || no.Switch != "" || no.AgentVersion != version+1 || strings.Join(no.Reasons, " ") != "deactivated" ||
		no.Place != "28.6,77.2" || no.Device != "POS-1" || !no.At.Equal(dawn().AddDate(0, 0, 1)) {
		t.Errorf("of a no: %+v", no)
	}
	if c := w.check(w.decide(request{body: question("nobody", "999")}).Receipt); !c.Genuine || c.AgentVersion != 0 || c.Agent != "nobody" {
		t.Errorf("of nobody: %+v", c)
	}
}

// TestForgedReceipts: whatever is changed in a receipt, it is genuine no more.
func TestForgedReceipts(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	receipt := w.decide(request{body: question(sandbox.UserCode, "86")}).Receipt
	if !w.check(receipt).Genuine {
		t.Fatal("the receipt itself is not genuine")
	}
	forged := []string{receipt[:len(receipt)-1], receipt + "A", receipt + "=", receipt + "\n", "A" + receipt, "x", strings.Repeat("A", 5000),
		other.decide(request{body: question(sandbox.UserCode, "86")}).Receipt}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range receipt {
		n := strings.IndexByte(alphabet, receipt[i])
		for _, d := range []int{1, 2, 16, 32} {
			forged = append(forged, receipt[:i]+string(alphabet[(n+d)%64])+receipt[i+1:])
		}
	}
	for _, f := range forged {
		if c := w.check(f); c.Genuine || c.Agent != "" {
			t.Errorf("%.200q passes: %+v", f, c)
		}
	}
	for body, want := range map[string]int{`{}`: 400, `{"receipt":7}`: 400, `{"receipt":"x","y":1}`: 400, `{`: 400, `{"receipt":"x"}`: 200} {
		if r := w.send(request{path: "/v1/receipts:check", body: body}); r.status != want {
			t.Errorf("%s: %d", body, r.status)
		}
	}
}
