package console_test

import (
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/desktest"
)

// reviewers are two people who review, at a browser each.
func reviewers(t *testing.T) (*apptest.App, *desktest.Person, *desktest.Person) {
	t.Helper()
	a, meera, john := twoDesks(t)
	refusedForms(meera)
	refusedForms(john)
	seedAgents(t, a)
	meera.Bear(done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "meera", Roles: []string{"reviewer"}}).Token)
	john.Bear(done(t, a.Operator.AddOperator, switchboard.NewDeskOperator{Name: "john", Roles: []string{"reviewer", "support"}}).Token)
	return a, meera, john
}

// One works through the queue by the keyboard alone: claims, approves, rejects with a reason, goes on.
func TestReviews(t *testing.T) {
	t.Parallel()
	a, meera, john := reviewers(t)
	meera.Open("/reviews")
	meera.Sees("Nothing waits.")
	fits(t, meera, "reviews-none")
	meera.Live()
	change(t, a.Operator, "20810301", "45", "activate", switchboard.ServiceCommand{LatLong: "25.3200,82.9800"})
	change(t, a.Operator, "20810302", "53", "activate", switchboard.ServiceCommand{})
	change(t, a.Operator, "20810303", "53", "activate", switchboard.ServiceCommand{})
	meera.Sees("Lakshmi Narayanan")
	fits(t, meera, "reviews")

	meera.Type("jj")
	meera.Leave(func() { meera.Type("c") })
	meera.Sees("You are looking at it")
	if at := meera.At(); at != "/reviews/20810302/53" {
		t.Errorf("the second row leads to %s", at)
	}
	john.Open("/reviews/20810302/53")
	john.Sees("meera at the desk is looking at it")
	if john.Has(`form[action$="/approve"]`) {
		t.Error("what another looks at is offered")
	}
	fits(t, john, "review-taken")
	meera.Type("r")
	meera.Wait(`document.activeElement.name === "comment"`)
	meera.Type("The PAN does not belong to the name.")
	meera.Leave(func() { meera.Type("\r") })
	meera.Sees("53 · Money transfer of agent 20810302 is rejected.")
	meera.Sees("Cash withdrawal (AePS) for Asha Verma")
	fits(t, meera, "review")
	meera.Leave(func() { meera.Type("n") })
	meera.Sees("Money transfer for Lakshmi Narayanan")
	approve(meera)
	meera.Sees("53 · Money transfer of agent 20810303 is approved.")
	meera.Sees("for Asha Verma")
	john.Open(asha)
	john.Sees("waiting for review")
}

// A claim can be given back, and what is refused keeps its words.
func TestReviewRefused(t *testing.T) {
	t.Parallel()
	a, meera, john := reviewers(t)
	change(t, a.Operator, "20810301", "45", "activate", switchboard.ServiceCommand{})
	meera.Open("/reviews/20810301/45")
	meera.Live()
	act(meera, asha+"/services/45/claim")
	act(meera, asha+"/services/45/release")
	meera.Sees("It is back in the queue.")
	long := strings.Repeat("न", 100) // fits the field, and is too many bytes
	act(meera, asha+"/services/45/reject", "comment", long)
	meera.Sees("must be plain text")
	if got := desktest.Value[string](meera, `document.querySelector("form[action$='/reject'] [name=comment]").value`); got != long {
		t.Error("what was typed is lost")
	}
	meera.Axe()
	john.Open("/reviews/20810301/45")
	john.Live()
	act(meera, asha+"/services/45/approve", "comment", "Documents seen", "verify_by", "2031-01-01T00:00")
	meera.Sees("is approved")
	john.Sees("It does not wait for a review any more.")
	john.Open("/reviews/20810301/99")
	if !strings.Contains(desktest.Value[string](john, "document.title"), "not work") {
		t.Error("a review of a service that there is not is shown")
	}
}

// Where two must approve, the first is told so, cannot be the second, and another is.
func TestReviewByTwo(t *testing.T) {
	t.Parallel()
	a, meera, john := reviewers(t)
	change(t, a.Operator, "20810301", "61", "activate", switchboard.ServiceCommand{})
	meera.Open("/reviews/20810301/61")
	meera.Sees("It takes two people")
	approve(meera)
	meera.Sees("waits for a second one")
	meera.Open("/reviews/20810301/61")
	meera.Sees("You have approved it. Somebody else must as well.")
	if meera.Has(`form[action$="/approve"]`) {
		t.Error("one can be both of the two")
	}
	meera.Live()
	john.Open("/reviews/20810301/61")
	john.Sees("meera at the desk has approved it first.")
	fits(t, john, "review-second")
	approve(john)
	john.Sees("61 · Gold loan of agent 20810301 is approved.")
	meera.Sees("It does not wait for a review any more.")

	// Nobody approves what they asked for themselves, where the service demands two.
	john.Open(asha)
	act(john, asha+"/services/45/activate")
	john.Leave(func() { john.Press(`a[href="/reviews/20810301/45"]`) })
	john.Sees("You asked for it yourself: somebody else must approve it.")
}

// approve goes to the button by its key, once the page has stood long enough for that, and presses it.
func approve(p *desktest.Person) {
	p.Wait("performance.now() > 1100")
	p.Type("a")
	p.Leave(func() { p.Type("\r") })
}
