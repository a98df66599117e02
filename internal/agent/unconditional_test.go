package agent_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/block"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// TestUnconditional: an agent who may is let in without condition, and whatever could one day have a say is a
// condition. Where there is none, no question finds a reason.
func TestUnconditional(t *testing.T) {
	t.Parallel()
	soon := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	type world struct {
		rec                  agent.Record
		svc                  agent.Service
		onService, onPartner []block.Block
	}
	for name, row := range map[string]struct {
		change func(*world)
		want   bool
	}{
		"nothing stands against it": {func(*world) {}, true},
		"verified":                  {func(w *world) { w.rec.Activations[0].State = agent.ActiveVerified }, true},
		"waits, review after": {func(w *world) {
			w.rec.Activations[0].State, w.svc.Review = agent.ActiveWaiting, agent.ReviewAfter
		}, true},
		"waits, review before":      {func(w *world) { w.rec.Activations[0].State = agent.ActiveWaiting }, false},
		"another service":           {func(w *world) { w.svc.Code = "46" }, false},
		"off":                       {func(w *world) { w.rec.Activations[0].State = agent.Off }, false},
		"suspended":                 {func(w *world) { w.rec.Agent.Standing = agent.Suspended }, false},
		"removed":                   {func(w *world) { w.svc.Removed = true }, false},
		"begins later":              {func(w *world) { w.rec.Activations[0].Dates.From = soon }, false},
		"ends later":                {func(w *world) { w.rec.Activations[0].Dates.Until = soon }, false},
		"due later":                 {func(w *world) { w.rec.Activations[0].Dates.VerifyBy = soon }, false},
		"a block to come":           {func(w *world) { w.rec.Blocks = []block.Block{{From: soon}} }, false},
		"a block on the service":    {func(w *world) { w.onService = []block.Block{{From: soon}} }, false},
		"a block on the partner":    {func(w *world) { w.onPartner = []block.Block{{Until: soon}} }, false},
		"devices":                   {func(w *world) { w.rec.Agent.Devices = "POS-1" }, false},
		"a fence of a distance":     {func(w *world) { w.svc.Fence.Distance = 100 }, false},
		"a fence around a country":  {func(w *world) { w.svc.Fence.Country = "IN" }, false},
		"a place without any fence": {func(w *world) { w.rec.Agent.LatLong = "28.6,77.2" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world{svc: agent.Service{Code: "45"}, rec: agent.Record{Agent: agent.Agent{UserCode: "1"},
				Activations: []agent.Activation{{UserCode: "1", ServiceCode: "45", State: agent.Active}}}}
			row.change(&w)
			if got := w.rec.Unconditional(&w.svc, w.onService, w.onPartner); got != row.want {
				t.Fatalf("unconditional is %t", got)
			}
			if !row.want {
				return
			}
			for _, q := range []agent.Question{{}, {At: soon.AddDate(500, 0, 0)}, {At: soon, Place: &geo.Point{Lat: 51.5}, Device: "POS-9"}} {
				if reasons := w.rec.Decide(&w.svc, w.onService, w.onPartner, q); len(reasons) > 0 {
					t.Errorf("%+v finds %+v", q, reasons)
				}
			}
		})
	}
}
