package console_test

import (
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	refusedForms(p)
	seedAgents(t, a)
	p.Open("/blocks")
	p.Sees("Nothing is blocked.")
	fits(t, p, "blocks-none")
	p.Leave(func() { p.Type("c") })
	act(p, "/blocks", "reason", "Settlement account frozen", "owner", "compliance")
	p.Sees("must be an agent, a service of an agent, a service, or a partner")
	if !p.Has(`input[name=reason][value="Settlement account frozen"]`) {
		t.Error("what was typed is lost")
	}
	fits(t, p, "block-new")
	act(p, "/blocks", "service", "53")
	p.Sees("The whole service 53 · Money transfer")
	p.Sees("Settlement account frozen")
	done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Partner: "sandbox", Owner: "operator", Reason: "Contract under review"})
	done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Agent: "20810302", Owner: "fraud", Reason: "SIM swap reported in Nakuru"})
	p.Open("/blocks?owner=fraud")
	p.Sees("SIM swap reported in Nakuru")
	p.SeesNot("Contract under review")
	p.Leave(func() { p.Choose("#f-owner", "") })
	p.Sees("Contract under review")
	fits(t, p, "blocks")
	p.Leave(func() { p.Press(`a[href^="/blocks/"] .code`) })
	p.Sees("SIM swap reported in Nakuru")
	act(p, p.At()+"/lift", "reason", "The customer's SIM was his own")
	p.Sees("The block is lifted.")
	p.Sees("The customer's SIM was his own")
	fits(t, p, "block")
	p.Open("/blocks")
	p.SeesNot("SIM swap")
	p.Open("/blocks?state=all")
	p.Sees("SIM swap")
}

// Where lifting takes two, one asks, the same one cannot lift, and another does; each sees it at once.
func TestBlockLiftedByTwo(t *testing.T) {
	t.Parallel()
	a, p, john := twoDesks(t)
	seedAgents(t, a)
	b := done(t, a.Operator.PlaceBlock, switchboard.NewBlock{Agent: "20810301", Service: "61", Owner: "fraud", Reason: "Ornaments not weighed"})
	page, lift := "/blocks/"+b.ID, "/blocks/"+b.ID+"/lift"
	fraud := []string{"fraud"}
	p.Bear(done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "meera", Roles: fraud}).Token)
	p.Open(page)
	p.Sees("Lift")
	p.Live()
	john.Bear(done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "john", Roles: fraud}).Token)
	john.Open(page)
	act(john, lift, "reason", "Weighed again")
	john.Sees("You have asked to lift it.")
	if john.Has("main form[method=post]") {
		t.Error("the first of two may ask twice")
	}
	p.Sees("john at the desk has asked to lift it.")
	time.Sleep(1100 * time.Millisecond) // the form has just become another one, and rests
	act(p, lift, "reason", "Seen the scales")
	p.Sees("The block is lifted.")
	john.Sees("meera at the desk")
	john.Sees("lifted")
}
