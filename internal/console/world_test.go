package console_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/openid"
	"github.com/switchboard-platform/switchboard/internal/openid/openidtest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/secret"
)

// world is a sandbox in which there is something of everything, so that every page and every form can be seen.
type world struct {
	t      *testing.T
	a      *apptest.App
	op     *switchboard.Operator
	clerks []*clerk // one of each role, the administrator first

	slow string // a plan that takes long
}

// desks are who works at the desk, the administrator first.
func desks() []struct{ role, name string } {
	return []struct{ role, name string }{{"administrator", "ravi"}, {"viewer", "wambui"}, {"support", "otieno"}, {"reviewer", "asha"}, {"fraud", "meera"}, {"compliance", "njeri"}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	there := openidtest.New(t, "http://localhost"+openid.ReturnPath) // where nobody comes back to
	a := apptest.New(t, apptest.Options{Config: func(c *config.Config) {
		c.OpenIDIssuer, c.OpenIDName, c.OpenIDClientID, c.OpenIDClientSecret = there.Issuer, "Example ID", openidtest.ClientID, secret.NewText(openidtest.Secret)
		c.WebhookAllowHTTP, c.WebhookAllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	w := &world{t: t, a: a, op: a.Operator}
	w.agents()
	w.blocks()
	w.partners()
	w.members()
	w.webhooks()
	w.access()
	for _, d := range desks() {
		w.clerks = append(w.clerks, w.seat(d.role, d.name))
	}
	w.plans()
	return w
}

// ok ends the test where making the world failed.
func (w *world) ok(_ any, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// waits waits until something is so.
func (w *world) waits(what string, so func() bool) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("never came: " + what)
		}
	}
}

// latest is the last event there is.
func (w *world) latest() uint64 {
	w.t.Helper()
	seq, err := w.op.LatestEvent(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return seq
}

// agents are in all states, with services that run, wait, were rejected or are off.
func (w *world) agents() {
	t, ctx, op := w.t, w.t.Context(), w.op
	seedAgents(t, w.a)
	for i, standing := range []string{"suspended", "closed", "closed"} {
		code := fmt.Sprintf("2081031%d", i)
		done(t, op.AddAgent, switchboard.NewAgent{Partner: sandbox.PartnerID, UserCode: code, Profile: person("Achieng", "Odhiambo", "Lakeside Shop", fmt.Sprintf("712345679%d", i), "", "Kisumu", "Kisumu County", "40100")})
		w.ok(op.SetStanding(ctx, code, switchboard.NewStanding{Standing: standing, Reason: "Papers are missing"}))
	}
	w.ok(op.EraseAgent(ctx, "20810312"))
	w.ok(op.SetDevices(ctx, "20810301", switchboard.DevicesChange{Devices: &[]string{"MORPHO-1188"}}))
	for _, agent := range []string{"20810301", "20810302", "20810303"} {
		change(t, op, agent, "45", "activate", switchboard.ServiceCommand{LatLong: "25.3200,82.9800"})
		change(t, op, agent, "53", "activate", switchboard.ServiceCommand{})
		change(t, op, agent, "57", "activate", switchboard.ServiceCommand{Until: time.Now().AddDate(1, 0, 0)})
		change(t, op, agent, "61", "activate", switchboard.ServiceCommand{})
	}
	change(t, op, "20810301", "61", "approve", switchboard.ServiceCommand{}) // by the first of two
	change(t, op, "20810302", "53", "reject", switchboard.ServiceCommand{Comment: "The PAN does not belong to the name."})
	change(t, op, "20810302", "57", "deactivate", switchboard.ServiceCommand{Comment: "Off for the night"})
	done(t, op.SetService, switchboard.Service{Code: "99", Name: "Rail tickets", Review: "none"})
	w.ok(op.RemoveService(ctx, "99"))
	done(t, op.SetService, switchboard.Service{Code: "61", Name: "Gold loan", Review: "before"}) // asks for less strict rules
}

// blocks are of each owner: some act, one is to come, one is lifted, one is asked to be.
func (w *world) blocks() {
	place := func(n switchboard.NewBlock) string { return done(w.t, w.op.PlaceBlock, n).ID }
	for _, owner := range []string{"operator", "compliance", "fraud", "partner"} {
		place(switchboard.NewBlock{Agent: "20810303", Owner: owner, Reason: "Under inquiry by " + owner})
	}
	place(switchboard.NewBlock{Agent: "20810303", Service: "53", Owner: "operator", Reason: "Audit", From: time.Now().AddDate(0, 0, 2)})
	place(switchboard.NewBlock{Service: "53", Owner: "compliance", Reason: "Settlement account frozen"})
	place(switchboard.NewBlock{Partner: sandbox.PartnerID, Owner: "fraud", Reason: "Ghost agents in Patna"})
	lifted := place(switchboard.NewBlock{Agent: "20810302", Owner: "operator", Reason: "Keys lost"})
	asked := place(switchboard.NewBlock{Agent: "20810301", Service: "61", Owner: "fraud", Reason: "Ornaments not weighed"})
	for _, id := range []string{lifted, asked} {
		w.ok(w.op.LiftBlock(w.t.Context(), id, switchboard.BlockLift{Reason: "Seen at the shop"}))
	}
}

// partners have keys and tokens, old and new, and were answered and refused.
func (w *world) partners() {
	t, ctx, op := w.t, w.t.Context(), w.op
	k := done(t, op.AddPartner, switchboard.NewPartner{Name: "Kirana Connect, Nagpur", InitiatorID: "9876543210"})
	w.ok(op.RotateKey(ctx, k.Partner, switchboard.NewKey{}))
	w.ok(op.RevokeKey(ctx, k.DeveloperKey))
	w.ok(op.RotateKey(ctx, k.Partner, switchboard.NewKey{}))
	w.ok(op.SetPartnerAddresses(ctx, k.Partner, []string{"203.0.113.0/24"}))
	old, err := op.AddPartnerToken(ctx, k.Partner, switchboard.NewBearerToken{})
	w.ok(op.AddPartnerToken(ctx, k.Partner, switchboard.NewBearerToken{Keep: true}))
	w.ok(old, err)
	w.ok(op.RevokeToken(ctx, old.TokenID))
	w.ok(w.a.Sandbox().Requests(ctx, switchboard.RequestQuery{}))
	knock(t, w.a, [3]string{sandbox.DeveloperKey, "", "yesterday"})
}

// members are locked, bound, closed and erased; a channel's secrets are old and new.
func (w *world) members() {
	t, ctx, op := w.t, w.t.Context(), w.op
	guess(t, w.a, sandbox.MSISDN, sandbox.IMSI, 12)
	for i, name := range []string{"Akinyi Otieno", "Kipchoge Rono"} {
		msisdn := fmt.Sprintf("25473310020%d", i)
		done(t, op.AddMember, switchboard.NewMember{MSISDN: msisdn, FullName: name})
		w.ok(op.SetMemberStanding(ctx, msisdn, switchboard.MemberStanding{Standing: "closed", Reason: "Moved to another bank"}))
	}
	w.ok(op.EraseMember(ctx, "254733100201"))
	s := done(t, op.AddChannel, switchboard.NewChannel{ID: "ussd", Name: "USSD, Kisumu"})
	w.ok(op.RotateSecret(ctx, s.Channel, switchboard.NewSecret{}))
	w.ok(op.RevokeSecret(ctx, s.Channel, s.SecretID))
	done(t, op.AddChannel, switchboard.NewChannel{ID: "former", Name: "SMS, Kisumu"})
	w.ok(op.RevokeChannel(ctx, "former"))
}

// webhooks arrive, fail and are disabled.
func (w *world) webhooks() {
	hooks, ctx := w.op.Webhooks(), w.t.Context()
	ids := map[string]string{}
	for _, name := range []string{"good", "failing", "disabled"} {
		at, down := receiver(w.t)
		down.Store(name == "failing")
		h, err := hooks.Add(ctx, switchboard.NewWebhook{Partner: sandbox.PartnerID, URL: at, Kinds: []string{"block.*"}})
		w.ok(h, err)
		w.ok(hooks.Test(ctx, h.Webhook.ID))
		ids[name] = h.Webhook.ID
	}
	done(w.t, w.op.PlaceBlock, switchboard.NewBlock{Agent: "20810302", Owner: "operator", Reason: "Float not returned"})
	w.waits("a delivery that fails", func() bool {
		h, err := hooks.Get(ctx, ids["failing"])
		return err == nil && !h.FailingSince.IsZero()
	})
	no := false
	w.ok(hooks.Set(ctx, ids["disabled"], switchboard.WebhookChange{Enabled: &no}))
}

// access is of operators and switches that are there, and that were.
func (w *world) access() {
	t, ctx, op := w.t, w.t.Context(), w.op
	done(t, op.AddOperator, switchboard.NewDeskOperator{Name: "former", Roles: []string{"support"}})
	w.ok(op.RevokeOperator(ctx, "former"))
	w.ok(op.LinkOperator(ctx, sandbox.ReviewerName, openidtest.AshaSub))
	done(t, op.AddSwitch, switchboard.NewTransactionSwitch{ID: "core", Name: "Core banking, Nairobi"})
	done(t, op.AddSwitch, switchboard.NewTransactionSwitch{ID: "old-core"})
	w.ok(op.RevokeSwitch(ctx, "old-core"))
}

// password is what everybody chooses.
const password = "correct horse battery"

// seat is somebody of a role who has signed in, chosen a password, and has something of everything of their own.
func (w *world) seat(role, name string) *clerk {
	w.t.Helper()
	k := settled(w.t, w.a, name, role)
	newClerk(w.t, w.a, name).signIn(password) // at another browser
	k.makePasskey()
	k.know()
	if slices.Contains(k.me.May, "POST /agents/{agent}/services/{service}/claim") {
		w.ok(k.api.ClaimReview(w.t.Context(), map[string]string{"ravi": "20810303", "asha": "20810301"}[name], "53"))
	}
	if slices.Contains(k.me.May, "POST /plans") {
		w.ok(k.api.MakePlan(w.t.Context(), switchboard.NewPlan{Action: "deactivate", FromFile: true}))
	}
	return k
}

// plans are in each state that lasts.
func (w *world) plans() {
	stalls(w.t, w.a, 30)
	w.plan("53", "", 0)
	w.command(w.plan("57", "Pune", 0), "confirm", "applied")
	w.command(w.command(w.plan("57", "Mumbai", 0), "confirm", "applied"), "undo", "undone")
	w.command(w.plan("57", "Nairobi", 0), "discard", "discarded")
	back := w.command(w.plan("57", "Mombasa", 2), "confirm", "applied")
	w.command(w.command(back, "undo", "undoing"), "stop", "undo-stopped")
	w.slow = w.plan("57", "", 1)
}

// plan makes one that activates a service.
func (w *world) plan(service, city string, pace int) string {
	w.t.Helper()
	p := done(w.t, w.op.MakePlan, switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: service, City: city}, Pace: pace})
	w.waits("a draft of a plan", func() bool { return w.planned(p.ID) == "draft" })
	return p.ID
}

// planned is the state of a plan.
func (w *world) planned(id string) string {
	w.t.Helper()
	p, err := w.op.Plan(w.t.Context(), id)
	w.ok(p, err)
	if strings.HasSuffix(p.State, "ing") && p.Counts.Left == 0 {
		return ""
	}
	return p.State
}

// command gives a plan a command, and waits until it is in a state.
func (w *world) command(id, command, state string) string {
	w.t.Helper()
	w.ok(w.op.CommandPlan(w.t.Context(), id, command))
	w.waits("a plan that is "+state, func() bool { return w.planned(id) == state })
	return id
}
