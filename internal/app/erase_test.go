package app_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/app"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// TestErasedIsOverwritten: of a profile so long that it has pages of its own, nothing is left in the file when it is
// erased, not even in pages that are free.
func TestErasedIsOverwritten(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	ctx := t.Context()
	partners, err := a.Operator.Partners(ctx)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("Gulmohar Lane ", 14)
	p := switchboard.Profile{Mobile: "9000000042", FirstName: long, MiddleName: long, LastName: long, ShopName: long,
		Address: switchboard.Address{Line: long, City: long, State: long, District: long, Area: long}}
	if _, err := a.Operator.AddAgent(ctx, switchboard.NewAgent{Partner: partners[0].ID, UserCode: "agent-1", Profile: p}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Operator.SetStanding(ctx, "agent-1", switchboard.NewStanding{Standing: "closed", Reason: "asked to be forgotten"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Operator.EraseAgent(ctx, "agent-1"); err != nil {
		t.Fatal(err)
	}
	a.Stop(t)
	b, err := os.ReadFile(app.DatabasePath(a.Config.Data))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("Gulmohar")); n > 0 {
		t.Errorf("the file still has it %d times", n)
	}
}
