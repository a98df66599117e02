package registry_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/audit"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// withLog gives a world a key for its log.
func withLog(t *testing.T) func(*registry.Config, *secret.PINConfig) {
	t.Helper()
	master, err := secret.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := secret.NewLogKey(master)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *registry.Config, _ *secret.PINConfig) { c.LogKey = key }
}

// verified makes sure that everything fits, after the log is signed.
func (w *world) verified() *audit.Report {
	w.t.Helper()
	if _, err := w.SignLog(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	r, err := w.VerifyLog(w.t.Context(), registry.Verification{Replay: true})
	if err != nil || !r.OK() {
		w.t.Fatalf("it does not fit: %+v, %v", r, err)
	}
	return r
}

// holds says whether a copy of the database has a text anywhere.
func (w *world) holds(text string) bool {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "copy.db")
	if err := w.store.Backup(w.t.Context(), path); err != nil {
		w.t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return bytes.Contains(b, []byte(text))
}

func TestEraseAgent(t *testing.T) {
	t.Parallel()
	p := live(t, 3, 80)
	ctx := t.Context()
	if _, err := p.PlaceBlock(ctx, p.somebody(), block.Block{Target: block.Target{Agent: sandbox.UserCode}, Owner: block.Fraud, Reason: p.text()}); err != nil {
		t.Fatal(err)
	}
	_, err := p.ChangeService(ctx, p.somebody(), registry.Change{UserCode: sandbox.UserCode, ServiceCode: "45", Command: agent.Command{Kind: agent.Deactivate},
		Call: registry.Call{Reference: "R1", Operation: "PUT /x"}, Answer: func(registry.Outcome) []byte { return []byte("Asha Verma") }})
	if err != nil {
		t.Fatal(err)
	}
	p.verified()
	if _, err := p.EraseAgent(ctx, p.somebody(), sandbox.UserCode); !fault.Is(err, fault.Conflict) {
		t.Fatalf("an agent that is not closed: %v", err)
	}
	if _, err := p.SetStanding(ctx, p.somebody(), sandbox.UserCode, agent.Closed, p.text()); err != nil {
		t.Fatal(err)
	}
	personal := []string{"कारण", "Verma", "9123456789"}
	for _, text := range personal {
		if !p.holds(text) {
			t.Fatalf("the database does not hold %q even before", text)
		}
	}
	for i, want := range []bool{true, false} {
		changed, err := p.EraseAgent(ctx, p.somebody(), sandbox.UserCode)
		if err != nil || changed != want {
			t.Fatalf("erased %d times: changed %v, %v", i+1, changed, err)
		}
	}
	for _, text := range personal {
		if p.holds(text) {
			t.Errorf("the database still holds %q", text)
		}
	}
	p.verified()
	checkErased(t, p)
}

// checkErased: the history can still be read, and is without what people wrote.
func checkErased(t *testing.T, p *past) {
	t.Helper()
	rec, events, err := p.History(t.Context(), sandbox.UserCode, 0)
	if err != nil || rec.Agent.ErasedAt.IsZero() || rec.Agent.Profile != (agent.Profile{}) || events[0].Kind != event.AgentErased {
		t.Fatalf("the agent is %+v, %v", rec, err)
	}
	sealed := 0
	for _, e := range events {
		if e.Sealed() != "" {
			sealed++
			if e.Private != "" || !strings.Contains(e.Shown(), `"personal":"erased"`) {
				t.Errorf("event %d shows %s", e.Seq, e.Shown())
			}
		}
	}
	if sealed < 20 {
		t.Errorf("only %d events had personal texts", sealed)
	}
	then, _, err := p.AsOf(t.Context(), sandbox.UserCode, p.at[len(p.at)-1], 0)
	if err != nil || then.Agent.LatLong != "" || then.Agent.Standing != p.was[len(p.was)-1].Agent.Standing {
		t.Errorf("before it was erased it was %+v, %v", then, err)
	}
	list, err := view(p.world, func(tx store.Tx) ([]agent.Agent, error) { return tx.AgentsByMobile(sandbox.PartnerID, "9123456789") })
	if err != nil || len(list) > 0 {
		t.Errorf("the number is still known: %v, %v", list, err)
	}
}

func view[T any](w *world, read func(store.Tx) (T, error)) (v T, err error) {
	err = w.store.View(w.t.Context(), func(tx store.Tx) (err error) {
		v, err = read(tx)
		return err
	})
	return v, err
}

func TestEraseMember(t *testing.T) {
	t.Parallel()
	w := open(t, withLog(t))
	ctx, reason := t.Context(), "seen at the branch"
	if _, err := w.UnlockMember(ctx, w.operator(), sandbox.MSISDN, reason); err != nil {
		t.Fatal(err)
	}
	if _, err := w.UnbindMember(ctx, w.operator(), sandbox.MSISDN, []member.DeviceType{member.AppID}, reason); err != nil {
		t.Fatal(err)
	}
	m, events, err := w.MemberHistory(ctx, sandbox.MSISDN, 1)
	if err != nil || events[0].Private != event.Private("reason", reason) || strings.Contains(events[0].Data, reason) {
		t.Fatalf("the reason is not kept as it should be: %+v, %v", events, err)
	}
	if _, err := w.EraseMember(ctx, w.operator(), sandbox.MSISDN); !fault.Is(err, fault.Conflict) {
		t.Fatalf("an open member: %v", err)
	}
	if _, err := w.SetMemberStanding(ctx, w.operator(), sandbox.MSISDN, member.Closed, reason); err != nil {
		t.Fatal(err)
	}
	w.verified()
	if changed, err := w.EraseMember(ctx, w.operator(), sandbox.MSISDN); err != nil || !changed {
		t.Fatalf("erased: %v, %v", changed, err)
	}
	for _, text := range []string{sandbox.MSISDN, sandbox.FullName, sandbox.NationalID, sandbox.MemberNumber} {
		if w.holds(text) {
			t.Errorf("the database still holds %q", text)
		}
	}
	w.verified()
	checkErasedMember(t, w, m.ID)
}

func checkErasedMember(t *testing.T, w *world, id string) {
	t.Helper()
	ctx := t.Context()
	m, events, err := w.MemberHistory(ctx, id, 0)
	if err != nil || !m.Erased() || m.FullName != "" || m.PIN.Hash != "" || events[0].Kind != event.MemberErased || events[1].Private != "" {
		t.Fatalf("the member is %+v, %+v, %v", m, events, err)
	}
	if changed, err := w.EraseMember(ctx, w.operator(), id); err != nil || changed {
		t.Errorf("erased again: %v, %v", changed, err)
	}
	if _, err := w.EraseMember(ctx, w.operator(), sandbox.MSISDN); !fault.Is(err, fault.NotFound) {
		t.Errorf("by its former number: %v", err)
	}
	if _, err := w.SetMemberStanding(ctx, w.operator(), id, member.Open, "back"); !fault.Is(err, fault.Conflict) {
		t.Errorf("opened again: %v", err)
	}
	if _, err := w.AddMember(ctx, w.operator(), member.Member{MSISDN: sandbox.MSISDN, FullName: "Somebody Else"}); err != nil {
		t.Errorf("the number is not free: %v", err)
	}
}
