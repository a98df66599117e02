package partnerapi_test

import (
	"net/http"
	"testing"

	"github.com/switchboard-platform/switchboard"
)

// TestOwnBlocks: a partner blocks its own agent, sees it, and lifts it.
func TestOwnBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.partner(t, "One", "9000000001")
	agent := one.onboard(t)
	b, err := one.client.PlaceBlock(t.Context(), switchboard.NewBlock{Agent: agent, Service: "45", Reason: "unpaid bill"})
	if err != nil || b.Owner != "partner" || b.State != "acting" || b.Reason != "unpaid bill" || b.PlacedBy != "partner:"+one.id {
		t.Fatalf("%+v, %v", b, err)
	}
	page, err := one.client.Blocks(t.Context(), switchboard.BlockQuery{Open: true, Agent: agent})
	if err != nil || len(page.Items) != 1 || page.Items[0] != b {
		t.Errorf("%+v, %v", page, err)
	}
	for _, changed := range []bool{true, false} {
		l, err := one.client.LiftBlock(t.Context(), b.ID, switchboard.BlockLift{})
		if err != nil || l.Changed != changed || l.Block.State != "lifted" {
			t.Errorf("%+v, %v", l, err)
		}
	}
	if page, err = one.client.Blocks(t.Context(), switchboard.BlockQuery{Open: true}); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	read[switchboard.LiftedBlock](t, one.call(t, "POST", "/v1/blocks/"+b.ID+"/lift", ""))
}

// TestBlocksOfOthers: a partner places none but its own, and of the operator's sees what stands against
// its agents, without the words.
func TestBlocksOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.partner(t, "One", "9000000001"), w.partner(t, "Two", "9000000002")
	mine, others := one.onboard(t), two.onboard(t)
	for _, n := range []switchboard.NewBlock{
		{Agent: mine}, {Agent: mine, Service: "45"}, {Service: "4"}, {Partner: one.id}, {Agent: others}, {Partner: two.id},
	} {
		n.Owner, n.Reason = "fraud", "canary"
		if _, err := w.Operator.PlaceBlock(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	a := one.call(t, "GET", "/v1/blocks?limit=3", "")
	first := read[switchboard.Page[switchboard.Block]](t, a)
	rest := get[switchboard.Page[switchboard.Block]](t, one, "/v1/blocks?before="+first.Next)
	all := append(first.Items, rest.Items...)
	if len(first.Items) != 3 || len(all) != 4 || rest.Next != "" {
		t.Fatalf("the partner sees %+v and %+v", first, rest)
	}
	for _, b := range all {
		if b.Owner != "fraud" || b.Reason != "" || b.PlacedBy != "" || b.Agent == others || b.Partner == two.id {
			t.Errorf("the partner sees %+v", b)
		}
		one.call(t, "POST", "/v1/blocks/"+b.ID+"/lift", `{"reason":"x"}`).refused(t)
	}
	one.call(t, "GET", "/v1/blocks?agent="+others, "").fails(t, http.StatusNotFound, "unknown_agent", "")
	one.call(t, "POST", "/v1/blocks", `{"agent":"`+others+`","reason":"x"}`).fails(t, http.StatusNotFound, "unknown_agent", "")
	for _, body := range []string{`{"agent":"` + mine + `","owner":"fraud","reason":"x"}`, `{"service":"45","reason":"x"}`, `{"partner":"` + one.id + `","reason":"x"}`} {
		one.call(t, "POST", "/v1/blocks", body).fails(t, http.StatusForbidden, "forbidden", "")
	}
}

// refused checks that an answer is a refusal of what the caller may not do, or may not know of.
func (a answer) refused(t *testing.T) {
	t.Helper()
	if a.status != http.StatusForbidden && a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.body)
	}
}
