package registry_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/access"
	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/registry"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// person is an operator with a name and roles.
func (w *world) person(name string, roles access.Roles) registry.Caller {
	return registry.Caller{Roles: roles, Cause: event.Cause{Actor: "operator:" + name, At: w.Now()}}
}

func (w *world) admin(name string) registry.Caller { return w.person(name, access.Administrator) }

// shared is whoever comes with the operators' shared token.
func (w *world) shared() registry.Caller { return w.admin("token") }

// partner is the sandbox's partner with its key.
func (w *world) partner() registry.Caller {
	return registry.Caller{PartnerID: sandbox.PartnerID, Cause: event.Cause{
		Actor: "partner:" + sandbox.PartnerID, Key: sandbox.DeveloperKey, At: w.Now()}}
}

// on makes a block of an owner.
func on(owner block.Owner, t block.Target) block.Block {
	return block.Block{Target: t, Owner: owner, Reason: "because"}
}

var (
	onAgent      = block.Target{Agent: sandbox.UserCode}
	onActivation = block.Target{Agent: sandbox.UserCode, Service: "45"}
	onService    = block.Target{Service: "45"}
	onPartner    = block.Target{Partner: sandbox.PartnerID}
)

// placed places a block that must be taken.
func (w *world) placed(by registry.Caller, b block.Block) block.Block {
	w.t.Helper()
	b, err := w.PlaceBlock(context.Background(), by, b)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// change applies a command to service 45 of the sandbox's agent.
func (w *world) change(by registry.Caller, kind agent.CommandKind) (agent.Activation, error) {
	out, err := w.ChangeService(context.Background(), by, registry.Change{UserCode: sandbox.UserCode, ServiceCode: "45",
		Command: agent.Command{Kind: kind, Comment: "because"}})
	return out.Activation, err
}

// changed is change that must work.
func (w *world) changed(by registry.Caller, kind agent.CommandKind) agent.Activation {
	w.t.Helper()
	a, err := w.change(by, kind)
	if err != nil {
		w.t.Fatalf("%s: %v", kind, err)
	}
	return a
}

// reasons gives why the agent may not use service 45; nil when it may.
func (w *world) reasons(userCode string) (codes []agent.ReasonCode) {
	w.t.Helper()
	v, err := w.Decide(context.Background(), registry.Asker{Holder: access.HolderSwitch, ID: "test", At: w.Now()}, &registry.Ask{Agent: userCode, Service: "45"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range v.Reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

func (w *world) wantReasons(what string, want ...agent.ReasonCode) {
	w.t.Helper()
	if got := w.reasons(sandbox.UserCode); !slices.Equal(got, want) {
		w.t.Errorf("%s: the reasons are %v, want %v", what, got, want)
	}
}

// rules changes the rules of service 45.
func (w *world) rules(by registry.Caller, change func(*agent.Service)) (registry.Step, error) {
	w.t.Helper()
	dir, err := w.Directory(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	s, _ := dir.Service("45")
	change(&s)
	return w.SetService(context.Background(), by, s)
}

// confirm makes service 45 take two people for what.
func (w *world) confirm(what agent.Confirm) {
	w.t.Helper()
	if step, err := w.rules(w.admin("asha"), func(s *agent.Service) { s.Confirm = what }); err != nil || step != registry.Done {
		w.t.Fatal(step, err)
	}
}

// lifted lifts a block as an administrator.
func (w *world) lifted(b block.Block) {
	w.t.Helper()
	if _, step, err := w.LiftBlock(context.Background(), w.admin("root"), b.ID, "done with"); err != nil || step != registry.Done {
		w.t.Fatal(step, err)
	}
}

// Every owner, every role, on every kind of target: who may place and who may lift.
func TestOwnersOfBlocks(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	own := map[access.Roles][]block.Owner{
		access.Viewer: nil, access.Support: {block.Operator}, access.Reviewer: {block.Operator}, access.Fraud: {block.Fraud},
		access.Compliance: {block.Compliance}, access.Administrator: {block.Operator, block.Compliance, block.Fraud, block.Partner},
	}
	for roles, owners := range own {
		for _, owner := range block.Owners() {
			for _, target := range []block.Target{onAgent, onActivation, onService, onPartner} {
				what := fmt.Sprintf("%s of %s on %s", roles, owner, target)
				want := fault.Code("")
				if !slices.Contains(owners, owner) {
					want = fault.Forbidden
				}
				first, err := w.PlaceBlock(t.Context(), w.person("asha", roles), on(owner, target))
				wantCode(t, "place, "+what, err, want)
				if err == nil {
					w.lifted(first)
				}
				if owner == block.System { // placed by the sweep alone
					continue
				}
				by := w.admin("root")
				if owner == block.Partner && target.Agent != "" {
					by = w.partner()
				}
				b := w.placed(by, on(owner, target))
				_, _, err = w.LiftBlock(t.Context(), w.person("asha", roles), b.ID, "")
				if roles == access.Administrator {
					want = fault.Invalid // a reason is missing
				}
				wantCode(t, "lift, "+what, err, want)
				_, step, err := w.LiftBlock(t.Context(), w.admin("root"), b.ID, "a mistake")
				if err != nil || (step == registry.Done) != (want != "") {
					t.Errorf("lift by an administrator, %s: %v, %v", what, step, err)
				}
			}
		}
	}
	w.changed(w.operator(), agent.Activate)
	w.wantReasons("when all are lifted")
}

// Each kind of block has its own place in the decision, all of them at once, and each leaves it alone.
func TestBlocksActAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.changed(w.operator(), agent.Activate)
	w.wantReasons("before any block")
	var all []block.Block
	for _, b := range []block.Block{on(block.Fraud, onAgent), on(block.Compliance, onActivation), on(block.Operator, onService), on(block.Operator, onPartner)} {
		all = append(all, w.placed(w.admin("root"), b))
	}
	w.wantReasons("with four", agent.BlockedAgent, agent.BlockedActivation, agent.BlockedService, agent.BlockedPartner)
	for i, b := range all {
		if got, step, err := w.LiftBlock(t.Context(), w.admin("root"), b.ID, "done with"); err != nil || step != registry.Done || got.Open() || got.LiftedBy != "operator:root" {
			t.Errorf("block %d: %v, %v, %+v", i, step, err, got)
		}
		if got := w.reasons(sandbox.UserCode); len(got) != len(all)-i-1 {
			t.Errorf("%d are lifted, and there is %v", i+1, got)
		}
		if _, step, err := w.LiftBlock(t.Context(), w.admin("root"), b.ID, "again"); err != nil || step != registry.SoAlready {
			t.Errorf("block %d again: %v, %v", i, step, err)
		}
	}
	w.blockChains()
}

// blockChains checks the chains of what blocks were placed on, and what is told of them.
func (w *world) blockChains() {
	w.t.Helper()
	dir, err := w.Directory(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	svc, _ := dir.Service("45")
	p, _ := dir.Partner(sandbox.PartnerID)
	rec, events, err := w.History(context.Background(), sandbox.UserCode, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if e := events[0]; e.Field("block") == "" || e.Shown() == e.Data || e.Sealed() == "" {
		w.t.Errorf("the last event is %s, shown as %s", e.Data, e.Shown())
	}
	want := []event.Kind{event.BlockPlaced, event.BlockLifted}
	for subject, head := range map[event.Subject]event.Head{
		{Kind: event.Agent, ID: sandbox.UserCode}: rec.Head(), {Kind: event.Service, ID: "45"}: svc.Head, {Kind: event.Partner, ID: sandbox.PartnerID}: p.Head,
	} {
		kinds := w.chain(subject, head)
		if n := len(kinds) - 2; !slices.Equal(kinds[n:], want) && subject.Kind != event.Agent {
			w.t.Errorf("the events of %s are %v", subject, kinds)
		}
	}
}

func TestFutureBlocks(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	w.changed(w.operator(), agent.Activate)
	b := on(block.Fraud, onAgent)
	b.From, b.Until = w.Now().Add(time.Hour), w.Now().Add(2*time.Hour)
	first := w.placed(w.admin("root"), b)
	b.From = w.Now().Add(90 * time.Minute)
	second := w.placed(w.admin("root"), b)
	for _, bad := range []block.Block{
		{Target: onAgent, Reason: "why", From: w.Now()}, {Target: onAgent, Reason: "why", Until: w.Now()}, {Target: onAgent},
		{Target: onAgent, Reason: "why", From: b.Until, Until: b.From}, {Reason: "why"}, {Target: block.Target{Agent: "a", Partner: "p1"}, Reason: "why"},
	} {
		_, err := w.PlaceBlock(t.Context(), w.admin("root"), bad)
		wantCode(t, fmt.Sprintf("%+v", bad), err, fault.Invalid)
	}
	if got, _, err := w.LiftBlock(t.Context(), w.admin("root"), second.ID, "no need"); err != nil || got.StateAt(w.Now()) != block.Cancelled {
		t.Errorf("the second one: %v, %s", err, got.StateAt(w.Now()))
	}
	w.wantReasons("before it begins")
	w.pass(time.Hour)
	w.wantReasons("from its beginning on", agent.BlockedAgent)
	w.pass(time.Hour - time.Microsecond)
	w.wantReasons("to its end", agent.BlockedAgent)
	w.pass(time.Microsecond)
	w.wantReasons("at its end")
	if got, err := w.Block(t.Context(), w.admin("root"), first.ID); err != nil || got.StateAt(w.Now()) != block.Ended {
		t.Errorf("the first one: %v, %s", err, got.StateAt(w.Now()))
	}
}

func TestBlocksOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	for target, code := range map[block.Target]fault.Code{
		{Agent: "nobody"}: fault.UnknownAgent, {Agent: "nobody", Service: "45"}: fault.UnknownAgent, {Service: "999"}: fault.UnknownService,
		{Agent: sandbox.UserCode, Service: "999"}: fault.UnknownService, {Partner: "p9"}: fault.NotFound,
	} {
		_, err := w.PlaceBlock(t.Context(), w.admin("root"), on(block.Operator, target))
		wantCode(t, target.String(), err, code)
	}
	_, _, err := w.LiftBlock(t.Context(), w.admin("root"), "none", "why")
	wantCode(t, "no block", err, fault.NotFound)
}

// A partner blocks its own agents, sees blocks on them, and lifts its own alone.
func TestBlocksOfPartners(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	by, ctx := w.partner(), t.Context()
	w.changed(by, agent.Activate)
	w.confirm(agent.ConfirmLifting)
	others := w.otherAgent()
	for _, c := range []struct {
		b    block.Block
		code fault.Code
	}{
		{on(block.Operator, onAgent), fault.Forbidden}, {on(block.System, onAgent), fault.Forbidden},
		{on(block.Partner, onService), fault.Forbidden}, {on(block.Partner, onPartner), fault.Forbidden},
		{on(block.Partner, block.Target{Agent: others}), fault.UnknownAgent},
	} {
		_, err := w.PlaceBlock(ctx, by, c.b)
		wantCode(t, c.b.String(), err, c.code)
	}
	mine, theirs := w.placed(by, on(block.Partner, onActivation)), w.placed(w.admin("root"), on(block.Fraud, onAgent))
	hidden := []block.Block{w.placed(w.admin("root"), on(block.Partner, block.Target{Agent: others})), w.placed(w.admin("root"), on(block.Fraud, onPartner))}
	for _, b := range hidden {
		_, err := w.Block(ctx, by, b.ID)
		wantCode(t, "a block on "+b.String(), err, fault.NotFound)
		_, _, err = w.LiftBlock(ctx, by, b.ID, "")
		wantCode(t, "lifting one on "+b.String(), err, fault.NotFound)
	}
	_, _, err := w.LiftBlock(ctx, by, theirs.ID, "please")
	wantCode(t, "another owner's", err, fault.Forbidden)
	if _, step, err := w.LiftBlock(ctx, by, mine.ID, ""); err != nil || step != registry.Done {
		t.Errorf("its own: %v, %v", step, err)
	}
	if list, err := w.Blocks(ctx, by, store.BlockFilter{Agent: sandbox.UserCode, Limit: 10}); err != nil || len(list) != 2 || list[0].ID != theirs.ID {
		t.Errorf("the list is %v, %v", list, err)
	}
	_, err = w.Blocks(ctx, by, store.BlockFilter{Agent: others, Limit: 10})
	wantCode(t, "those of another's agent", err, fault.UnknownAgent)
	_, err = w.Blocks(ctx, by, store.BlockFilter{Limit: 10})
	wantCode(t, "those of everybody", err, fault.UnknownAgent)
}

// otherAgent makes an agent of another partner.
func (w *world) otherAgent() string {
	w.t.Helper()
	p, _, err := w.AddPartner(context.Background(), w.operator(), partnerNamed("Other"), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.Onboard(context.Background(), w.operator(), registry.Onboarding{PartnerID: p.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Agent.UserCode
}

// Credentials that end between the door and the change end the change.
func TestBlocksWithCredentialsThatEnded(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	token := issued(t)(w.AddToken(ctx, w.operator(), access.HolderPartner, sandbox.PartnerID, registry.Overlap{}))
	desk := issued(t)(w.AddOperator(ctx, w.operator(), "asha", access.Support))
	withToken, withKey, person := w.partner(), w.partner(), w.person("asha", access.Support)
	withToken.Cause.Key, person.Cause.Key = token.Token.ID, desk.Token.ID
	place := func(by registry.Caller) error {
		owner := block.Partner
		if by.PartnerID == "" {
			owner = block.Operator
		}
		_, err := w.PlaceBlock(ctx, by, on(owner, onAgent))
		return err
	}
	for what, by := range map[string]registry.Caller{"token": withToken, "key": withKey, "person": person} {
		wantCode(t, what, place(by), "")
	}
	for _, id := range []string{token.Token.ID, desk.Token.ID} {
		if _, err := w.RevokeToken(ctx, w.operator(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.RevokeKey(ctx, w.operator(), sandbox.DeveloperKey); err != nil {
		t.Fatal(err)
	}
	foreign := withToken
	foreign.Cause.Key = desk.Token.ID
	for what, by := range map[string]registry.Caller{"token": withToken, "key": withKey, "person": person, "another's token": foreign} {
		wantCode(t, what+" after its end", place(by), fault.Unauthenticated)
	}
}

// One block stops a service for all its agents, with one event.
func TestOneBlockStopsAService(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, nil), t.Context()
	const n = 10_000
	i := 0
	sum, err := w.Import(ctx, w.operator(), registry.Import{PartnerID: sandbox.PartnerID, Refused: func(x registry.Refusal) { t.Error(x) },
		Progress: func(registry.ImportSummary) {}, Next: func() (registry.ImportRow, bool, error) {
			i++
			return registry.ImportRow{Line: i, UserCode: fmt.Sprintf("%08d", 40_000_000+i), Services: []string{"45"}}, i <= n, nil
		}})
	if err != nil || sum.Activated != n {
		t.Fatal(sum, err)
	}
	before := w.events()
	b := w.placed(w.person("ravi", access.Fraud), on(block.Fraud, onService))
	if got := w.events() - before; got != 1 {
		t.Errorf("%d events record it", got)
	}
	all := func(want ...agent.ReasonCode) {
		t.Helper()
		for k := 1; k <= n; k++ {
			if got := w.reasons(fmt.Sprintf("%08d", 40_000_000+k)); !slices.Equal(got, want) {
				t.Fatalf("agent %d: %v, want %v", k, got, want)
			}
		}
	}
	all(agent.BlockedService)
	if _, _, err := w.LiftBlock(ctx, w.person("ravi", access.Fraud), b.ID, ""); err != nil {
		t.Fatal(err)
	}
	all()
}

// events is how many events there are.
func (w *world) events() uint64 {
	w.t.Helper()
	s, err := w.store.Stats(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return uint64(s.Events)
}
