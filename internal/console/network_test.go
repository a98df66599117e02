package console_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/config"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
	"github.com/switchboard-platform/switchboard/internal/sign"
)

// network is a sandbox in which a week of work has been done: its clock began that long ago, and has come to now.
type network struct {
	*apptest.App
	t               *testing.T
	chance          *rand.Rand
	back            atomic.Int64            // how long ago its clock is
	partners        []switchboard.IssuedKey // two, besides the sandbox's own
	signing         []*switchboard.Client   // as them
	people          map[string]*switchboard.Operator
	agents          []string
	places, devices map[string]string   // of the agents
	has             map[string][]string // the services they asked for
	down            *atomic.Bool        // the second partner's receiver
	hooks           []string
	imsi            map[string]string // the SIM of a member
	plans           map[string]string // by what became of them
}

// week is how long the network has been at work.
const week = 7 * 24 * time.Hour

// fill makes a network of so many agents.
func fill(t *testing.T, agents int) *network {
	t.Helper()
	n := &network{t: t, chance: rand.New(rand.NewPCG(7, 7)), people: map[string]*switchboard.Operator{}, places: map[string]string{}, devices: map[string]string{}, has: map[string][]string{}, plans: map[string]string{}, imsi: map[string]string{}}
	n.back.Store(int64(week))
	n.App = apptest.New(t, apptest.Options{Now: n.now, Config: func(c *config.Config) {
		c.WebhookAllowHTTP, c.WebhookAllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	n.founds()
	n.channelsAndMembers()
	for i := range agents {
		n.ago(week - 24*time.Hour - time.Duration(i)*(week-48*time.Hour)/time.Duration(agents))
		n.opens(i)
		n.decides(60)
		n.asks(3)
	}
	n.watches()
	n.aDay(agents)
	n.guesses()
	n.plansOfAllKinds()
	n.refuses()
	return n
}

func (n *network) now() time.Time { return time.Now().Add(-time.Duration(n.back.Load())) }

// ago sets the clock; it only ever goes on. What was asked until then is counted at its time, and what is still being
// answered must not seem to take hours.
func (n *network) ago(d time.Duration) {
	n.must2(n.Operator.Activity(n.t.Context(), "hour"))
	time.Sleep(3 * time.Millisecond)
	n.back.Store(int64(d))
}

func (n *network) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// founds makes what there was in the beginning: the catalogue, the people, the partners.
func (n *network) founds() {
	for _, s := range []switchboard.Service{
		{Code: "45", Name: "Cash withdrawal (AePS)", Provider: "Yes Bank", Review: "before", NeedsLatLong: true, FenceCountry: "IN", FenceTolerance: 2000},
		{Code: "53", Name: "Money transfer", Provider: "Eko", Review: "after", VerifyDays: 365},
		{Code: "57", Name: "Bill payment (BBPS)", Review: "none", FenceDistance: 5000},
		{Code: "61", Name: "Gold loan", Provider: "Muthoot", Review: "before", Confirm: []string{"approval", "lifting"}, DormantDays: 90},
		{Code: "72", Name: "Agency banking", Provider: "Equity Bank", Review: "before", FenceCountry: "KE", FenceTolerance: 3000},
		{Code: "80", Name: "Airtime and data", Review: "none"},
	} {
		done(n.t, n.Operator.SetService, s)
	}
	for name, roles := range map[string]string{"meera": "reviewer", "john": "reviewer support", "farida": "fraud", "kabir": "compliance", "wambui": "viewer", "otieno": "support", "anjali": "administrator", "ravi": "administrator"} {
		added := done(n.t, n.Operator.AddOperator, switchboard.NewDeskOperator{Name: name, Roles: strings.Fields(roles), Password: true})
		n.people[name] = switchboard.NewOperator("http://"+n.At.Operator, added.Token)
	}
	n.must2(n.Operator.RevokeOperator(n.t.Context(), "otieno"))
	for _, p := range []switchboard.NewPartner{{Name: "Kirana Connect", InitiatorID: "9876543210"}, {Name: "Jamii Agencies", InitiatorID: "7012345678"}} {
		k := done(n.t, n.Operator.AddPartner, p)
		n.partners = append(n.partners, k)
		n.signing = append(n.signing, switchboard.NewClient(n.URL, switchboard.Credentials{DeveloperKey: k.DeveloperKey, AccessKey: switchboard.Secret(k.AccessKey), InitiatorID: k.InitiatorID}, switchboard.WithClock(n.now)))
		n.must2(n.Operator.AddPartnerToken(n.t.Context(), k.Partner, switchboard.NewBearerToken{}))
	}
	n.signing = append(n.signing, n.Sandbox(switchboard.WithClock(n.now)))
	done(n.t, n.Operator.AddSwitch, switchboard.NewTransactionSwitch{ID: "upi-gateway", Name: "UPI gateway, Mumbai"})
}

// must2 is must for what also gives something that nobody asks for.
func (n *network) must2(_ any, err error) {
	n.t.Helper()
	n.must(err)
}

// channelsAndMembers makes channels, and members on every rung of their ladder.
func (n *network) channelsAndMembers() {
	ctx := n.t.Context()
	done(n.t, n.Operator.AddChannel, switchboard.NewChannel{ID: "ussd-nairobi", Name: "USSD gateway, Nairobi", Addresses: []string{"127.0.0.0/8", "196.201.214.0/24"}, Rate: 50})
	done(n.t, n.Operator.AddChannel, switchboard.NewChannel{ID: "app-jamii", Name: "Jamii app"})
	n.must2(n.Operator.RotateSecret(ctx, "ussd-nairobi", switchboard.NewSecret{}))
	done(n.t, n.Operator.AddChannel, switchboard.NewChannel{ID: "ussd-old", Name: "The gateway before"})
	n.must2(n.Operator.RevokeChannel(ctx, "ussd-old"))
	first, last, _ := names("KE")
	for i := range 36 {
		m := switchboard.NewMember{MSISDN: fmt.Sprintf("2547%08d", 22000000+i*104729), FullName: first[i%len(first)] + " " + last[(i*5+2)%len(last)], MemberNumber: fmt.Sprintf("M%05d", 2041+i*3), IdentityType: string(switchboard.IdentityNationalID), Identity: fmt.Sprintf("2399%04d", 1000+i*7)}
		if i%4 != 3 {
			m.IMSI = fmt.Sprintf("63902%010d", 4400+i)
		}
		if i%3 == 0 {
			m.AppID = fmt.Sprintf("1099%012d", 7700+i)
		}
		done(n.t, n.Operator.AddMember, m)
		if m.IMSI == "" {
			continue
		}
		pin, err := n.Operator.IssuePIN(ctx, m.MSISDN, switchboard.Because{Reason: "First PIN, at the branch"})
		n.must(err)
		if n.imsi[m.MSISDN] = m.IMSI; i%5 > 0 {
			device := switchboard.Device{Type: switchboard.DeviceIMSI, ID: m.IMSI}
			n.must2(gateway(n.App).SetPIN(ctx, switchboard.SetPINRequest{MSISDN: m.MSISDN, PIN: switchboard.Secret(pin.PIN), Device: device, NewPIN: "4711", Identity: switchboard.Identity{Type: switchboard.IdentityType(m.IdentityType), Value: m.Identity}}))
		}
	}
}

// signsIn asks whether a member's PIN is right.
func (n *network) signsIn(msisdn, imsi string, pin switchboard.Secret) {
	n.must2(gateway(n.App).Login(n.t.Context(), switchboard.LoginRequest{MSISDN: msisdn, PIN: pin, Device: switchboard.Device{Type: switchboard.DeviceIMSI, ID: imsi}}))
}

// guesses brings some members up their ladders.
func (n *network) guesses() {
	for i, msisdn := range slices.Sorted(maps.Keys(n.imsi)) {
		guess(n.t, n.App, msisdn, n.imsi[msisdn], []int{0, 0, 1, 0, 2, 0, 0, 4, 0}[i%9])
	}
}

// opens adds an agent and asks for services, as its partner does.
func (n *network) opens(i int) {
	ctx, all := n.t.Context(), towns()
	at := all[n.chance.IntN(len(all))]
	partner, client := n.partners[0].Partner, n.signing[0]
	if at.country == "KE" {
		partner, client = n.partners[1].Partner, n.signing[1]
	} else if i%7 == 3 {
		partner, client = sandbox.PartnerID, n.signing[2]
	}
	code := strconv.Itoa(20811000 + i)
	profile, place := somebody(n.chance, i, at)
	done(n.t, n.Operator.AddAgent, switchboard.NewAgent{Partner: partner, UserCode: code, Profile: profile})
	if n.chance.IntN(12) > 0 {
		n.must2(n.Operator.SetPlace(ctx, code, switchboard.Place{LatLong: place}))
	}
	n.agents, n.places[code] = append(n.agents, code), place
	n.has[code] = n.wishes(at)
	for _, s := range n.has[code] {
		n.must2(client.ActivateService(ctx, code, s, switchboard.ActivateOptions{LatLong: place, Reference: fmt.Sprintf("%s-%s", code, s)}))
		n.looksAt(code, s)
	}
	n.troubles(i, code)
}

// wishes are the services that an agent of a town wants.
func (n *network) wishes(at town) []string {
	some := []string{"80"}
	for s, share := range map[string]int{"45": 60, "53": 55, "57": 70, "61": 12, "72": 0} {
		if at.country == "KE" {
			share = map[string]int{"53": 40, "72": 85}[s]
		}
		if n.chance.IntN(100) < share {
			some = append(some, s)
		}
	}
	return some
}

// looksAt is what reviewers did of most reviews, in time.
func (n *network) looksAt(code, service string) {
	if service == "80" || service == "57" || n.chance.IntN(100) < 6 {
		return
	}
	meera, john, with := n.people["meera"], n.people["john"], switchboard.ServiceCommand{}
	command := "approve"
	if n.chance.IntN(9) == 0 {
		command, with.Comment = "reject", []string{"The PAN does not belong to the name", "The photo of the shop cannot be read", "The address is another one than on the licence"}[n.chance.IntN(3)]
	}
	change(n.t, meera, code, service, command, with)
	if service == "61" && command == "approve" {
		change(n.t, john, code, service, command, with)
	}
}

// troubles are what happens to some agents.
func (n *network) troubles(i int, code string) {
	ctx := n.t.Context()
	switch i % 23 {
	case 4:
		b, err := n.people["farida"].PlaceBlock(ctx, switchboard.NewBlock{Agent: code, Service: "80", Owner: "fraud", Reason: fmt.Sprintf("Unusual volume at night, case F-%d", 2200+i)})
		n.must(err)
		if i%2 == 0 {
			n.must2(n.people["farida"].LiftBlock(ctx, b.ID, switchboard.BlockLift{Reason: "Volume explained by the fair"}))
		}
	case 9:
		n.must2(n.people["kabir"].PlaceBlock(ctx, switchboard.NewBlock{Agent: code, Owner: "compliance", Reason: "Licence of the shop lapsed", Until: time.Now().Add(30 * 24 * time.Hour)}))
	case 13:
		n.must2(n.Operator.SetStanding(ctx, code, switchboard.NewStanding{Standing: "suspended", Reason: "Papers are missing"}))
	case 17:
		change(n.t, n.Operator, code, "80", "deactivate", switchboard.ServiceCommand{Comment: "Shop closed for renovation"})
	case 11: // moved over the border: to Nepal, or to Tanzania
		n.places[code] = "27.7172,85.3240"
		if !slices.Contains(n.has[code], "45") {
			n.places[code] = "-3.3869,36.6830"
		}
		n.must2(n.Operator.SetPlace(ctx, code, switchboard.Place{LatLong: n.places[code]}))
	case 20:
		n.devices[code] = "TAB-22"
		n.must2(n.Operator.SetDevices(ctx, code, switchboard.DevicesChange{Add: []string{fmt.Sprintf("MORPHO-%d", 1100+i), "TAB-22"}}))
	}
}

// decides asks for so many decisions, fewer at night.
func (n *network) decides(many int) {
	hour := n.now().UTC().Hour() // in the middle of India and Kenya it is four hours later
	switch {
	case hour >= 17 || hour < 1:
		many = many / 6
	case hour >= 12 && hour < 15 || hour == 4:
		many = many * 3 / 2
	}
	services := []string{"80", "57", "53", "45", "72", "61"}
	var questions []switchboard.DecisionRequest
	for range 1 + many/2 + n.chance.IntN(many+1) {
		code := n.agents[n.chance.IntN(len(n.agents))]
		q := switchboard.DecisionRequest{Agent: code, Service: services[n.chance.IntN(len(services))], Place: n.places[code], Device: n.devices[code]}
		if has := n.has[code]; n.chance.IntN(12) > 0 {
			q.Service = has[n.chance.IntN(len(has))]
		}
		if n.chance.IntN(40) == 0 {
			q.Place = "-1.2864,36.8172"
		}
		questions = append(questions, q)
	}
	n.must2(switchboard.NewSwitch(n.URL, sandbox.SwitchToken).DecideBatch(n.t.Context(), questions))
}

// watches makes endpoints of webhooks: one is well, one will fail, one is disabled.
func (n *network) watches() {
	ctx := n.t.Context()
	well, _ := receiver(n.t)
	ill, down := receiver(n.t)
	n.down = down
	for i, h := range []switchboard.NewWebhook{
		{Partner: n.partners[0].Partner, URL: well + "/events", Description: "Settlement, Pune", Kinds: []string{"activation.*", "agent.*"}},
		{Partner: n.partners[1].Partner, URL: ill + "/hooks/switchboard", Description: "Float desk, Nairobi"},
		{Partner: sandbox.PartnerID, URL: well + "/trial", Description: "Trial of the test team", Services: []string{"45"}},
	} {
		h := done(n.t, n.Operator.Webhooks().Add, h)
		n.hooks = append(n.hooks, h.Webhook.ID)
		n.must2(n.Operator.Webhooks().Test(ctx, h.Webhook.ID))
		if i == 2 {
			n.must2(n.Operator.Webhooks().Set(ctx, h.Webhook.ID, switchboard.WebhookChange{Enabled: new(false)}))
		}
	}
}

// aDay is the last one: reviews come in, some wait, and one receiver goes down.
func (n *network) aDay(agents int) {
	steps := min(96, 8+agents/3)
	for i := range steps {
		left := time.Hour + 23*time.Hour*time.Duration(steps-i)/time.Duration(steps)
		n.ago(left)
		n.decides(30)
		n.asks(8)
		if i*12/steps != (i-1)*12/steps || i == 0 {
			n.waits(len(n.agents) - 1 - i*12/steps)
		}
		n.down.Store(left < 3*time.Hour)
	}
	for m := min(59, steps); m >= 0; m-- {
		n.ago(time.Duration(m) * time.Minute)
		n.decides(2)
		n.asks(n.chance.IntN(3))
		if m%9 == 4 {
			n.waits(m)
		}
	}
}

// asks makes requests of partners, and calls of a channel.
func (n *network) asks(times int) {
	for range times {
		n.signsIn(sandbox.MSISDN, sandbox.IMSI, sandbox.PIN)
		n.must2(n.signing[n.chance.IntN(3)].Requests(n.t.Context(), switchboard.RequestQuery{Limit: 1}))
	}
}

// waits asks for a service that nobody has looked at yet.
func (n *network) waits(agent int) {
	code := n.agents[agent%len(n.agents)]
	for _, s := range []string{"61", "45", "72", "53"} {
		c, err := n.Operator.ChangeService(n.t.Context(), code, s, "activate", switchboard.ServiceCommand{LatLong: n.places[code]})
		if err != nil || !c.Changed {
			continue
		}
		if s == "61" && agent%2 == 0 {
			change(n.t, n.people["meera"], code, s, "approve", switchboard.ServiceCommand{})
		} else if agent%5 == 0 {
			n.must2(n.people["john"].ClaimReview(n.t.Context(), code, s))
		}
		return
	}
}

// plansOfAllKinds makes a plan of each state.
func (n *network) plansOfAllKinds() {
	ctx := n.t.Context()
	for _, p := range []struct {
		became string
		switchboard.NewPlan
		commands []string
	}{
		{"applied", switchboard.NewPlan{Action: "activate", Reason: "Bill payment for all of Maharashtra", Filter: switchboard.PlanFilter{Service: "57", State: "Maharashtra"}}, []string{"confirm"}},
		{"undone", switchboard.NewPlan{Action: "deactivate", Reason: "Provider at rest over Diwali", Filter: switchboard.PlanFilter{Service: "80", City: "Jaipur"}}, []string{"confirm", "undo"}},
		{"discarded", switchboard.NewPlan{Action: "block", Owner: "fraud", Reason: "Case F-2291", Filter: switchboard.PlanFilter{City: "Patna"}}, []string{"discard"}},
		{"stopped", switchboard.NewPlan{Action: "deactivate", Reason: "Trial of the new float rules", Filter: switchboard.PlanFilter{Service: "80", State: "Tamil Nadu"}, Pace: 1}, []string{"confirm", "stop"}},
		{"filling", switchboard.NewPlan{Action: "block", Owner: "compliance", Reason: "Papers are missing", FromFile: true}, nil},
		{"draft", switchboard.NewPlan{Action: "activate", Reason: "Money transfer in Uttar Pradesh", Filter: switchboard.PlanFilter{Service: "53", State: "Uttar Pradesh", Status: "none"}}, nil},
		{"applying", switchboard.NewPlan{Action: "activate", Reason: "Money transfer in Kenya", Filter: switchboard.PlanFilter{Service: "53", Partner: n.partners[1].Partner}, Pace: 1}, []string{"confirm"}},
	} {
		plan, err := n.people["anjali"].MakePlan(ctx, p.NewPlan)
		n.must(err)
		n.plans[p.became] = plan.ID
		if !p.FromFile {
			n.rests(plan.ID, "be made")
		}
		for _, c := range p.commands {
			n.must2(n.people["ravi"].CommandPlan(ctx, plan.ID, c))
			n.rests(plan.ID, c)
		}
	}
}

// rests waits until a plan has done what it was told, as far as it is waited for.
func (n *network) rests(plan, command string) {
	for range 200 {
		p, err := n.Operator.Plan(n.t.Context(), plan)
		n.must(err)
		if p.State != "making" && p.State != "applying" && p.State != "undoing" && p.State != "confirmed" || p.Pace == 1 && p.Counts.Done > 1 {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	n.t.Fatalf("a plan that was told to %s does not come to rest", command)
}

// refuses are requests that no signature was right of, and places that blocks stand on besides agents.
func (n *network) refuses() {
	k, ctx := n.partners[0], n.t.Context()
	stamp := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).UnixMilli(), 10) }
	for _, headers := range [][3]string{
		{k.DeveloperKey, sign.EPS(k.AccessKey, stamp(-time.Hour)), stamp(-time.Hour)},
		{k.DeveloperKey, sign.EPS("another key", stamp(0)), stamp(0)},
		{k.DeveloperKey, "", stamp(0)},
		{k.DeveloperKey, sign.EPS(k.AccessKey, strconv.FormatInt(time.Now().Unix(), 10)), strconv.FormatInt(time.Now().Unix(), 10)},
	} {
		knock(n.t, n.App, headers)
	}
	n.must2(n.Operator.RotateKey(ctx, k.Partner, switchboard.NewKey{}))
	n.must2(n.Operator.SetReplay(ctx, n.partners[1].DeveloperKey, "strict"))
	for who, b := range map[string]switchboard.NewBlock{
		"farida": {Service: "61", Owner: "fraud", Reason: "Rates under investigation", From: time.Now().Add(24 * time.Hour), Until: time.Now().Add(72 * time.Hour)},
		"kabir":  {Partner: sandbox.PartnerID, Owner: "compliance", Reason: "Agreement to be signed anew", From: time.Now().Add(100 * time.Hour)},
	} {
		n.must2(n.people[who].PlaceBlock(ctx, b))
	}
	b, err := n.people["farida"].PlaceBlock(ctx, switchboard.NewBlock{Agent: n.agents[0], Service: "61", Owner: "fraud", Reason: "Gold of unknown origin, case F-2307"})
	n.must(err)
	n.must2(n.people["farida"].LiftBlock(ctx, b.ID, switchboard.BlockLift{Reason: "Papers were shown"}))
	n.must2(n.people["anjali"].SetService(ctx, switchboard.Service{Code: "61", Name: "Gold loan", Provider: "Muthoot", Review: "before", DormantDays: 90}))
}
