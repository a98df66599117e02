package sqlite

import (
	"cmp"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/partner"
	"github.com/switchboard-platform/switchboard/internal/store"
)

// permitted is what Permit makes of a packed record.
func permitted(p *packer, packed []byte, dir *store.Directory, code string) (brief briefest, ok bool) {
	ok = brief.read(p, packed, code) && brief.unconditional(dir, dir.ServiceAt(code))
	return brief, ok
}

// TestPermitIsTheRule: from the packed bytes alone comes what the rule says of the whole record, for whatever record.
func TestPermitIsTheRule(t *testing.T) {
	t.Parallel()
	p, yes := newPacker(), 0
	rapid.Check(t, func(t *rapid.T) {
		r := someRecord(t)
		if rapid.Bool().Draw(t, "plain") {
			r.Agent.Standing, r.Agent.Devices, r.Blocks = agent.Open, "", nil
		}
		packed := packRecord(p, nil, &store.Record{Record: *r})
		for i, a := range r.Activations {
			if a.ServiceCode == "" || r.ActivationIndex(a.ServiceCode) != i {
				continue // no agent has a service twice
			}
			svc := agent.Service{Code: a.ServiceCode, Review: rapid.SampledFrom([]agent.Review{agent.ReviewNone, agent.ReviewBefore, agent.ReviewAfter}).Draw(t, "review")}
			dir := (&store.Directory{Services: []agent.Service{svc}}).Index()
			brief, ok := permitted(p, packed, dir, svc.Code)
			want := r.Unconditional(&svc, nil, nil)
			if want && r.Agent.PartnerID != "" && !ok || ok && !want {
				t.Fatalf("%+v: permitted %v, the rule says %v", a, ok, want)
			}
			if ok {
				yes++
				if brief.partnerID != r.Agent.PartnerID || brief.version != r.Agent.Head.Version {
					t.Fatalf("%+v is not of %+v", brief, r.Agent)
				}
			}
		}
	})
	if yes == 0 {
		t.Error("nothing was ever permitted")
	}
}

// TestPermitMakesNoGarbage: a decision that comes out of memory leaves nothing behind.
func TestPermitMakesNoGarbage(t *testing.T) {
	p := newPacker()
	r := &store.Record{Record: agent.Record{Agent: agent.Agent{UserCode: "1", PartnerID: "p", Standing: agent.Open}}}
	r.Activations = []agent.Activation{{UserCode: "1", ServiceCode: "45", State: agent.Active}}
	packed := packRecord(p, nil, r)
	dir := (&store.Directory{Services: []agent.Service{{Code: "45"}}}).Index()
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := permitted(p, packed, dir, "45"); !ok {
			t.Fatal("it is not permitted")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestPermitComesFromMemory: once an agent is held, the yes is quick.
func TestPermitComesFromMemory(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		a := agent.Agent{UserCode: "20810200", PartnerID: "p1", Head: event.Head{Version: 1}}
		return cmp.Or(tx.SavePartner(partner.Partner{ID: "p1"}), tx.SaveService(agent.Service{Code: "45"}), tx.CreateAgent(a),
			tx.CreateActivation(agent.Activation{UserCode: a.UserCode, ServiceCode: "45", State: agent.Active, Head: event.Head{Version: 2}}))
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(t.Context(), "20810200"); err != nil {
		t.Fatal(err)
	}
	if p, ok := s.Permit("20810200", "45"); !ok || (p != store.Permit{PartnerID: "p1", Version: 2}) {
		t.Errorf("got %+v, %v", p, ok)
	}
}
