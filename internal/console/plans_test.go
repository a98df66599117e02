package console_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/plans")
	p.Sees("No bulk change was made yet")
	sound(p, "plans-empty")
	codes := stalls(t, a, 40)

	// What is to be done comes first, then with whom. What is refused stays as it was typed.
	p.Open("/plans/new")
	sound(p, "plans-new")
	p.Leave(func() { p.Press(`.choices a[href="/plans/new?action=activate"]`) })
	form := unfold(p, "/plans")
	p.Choose(form+" [name=service]", "45")
	p.Fill(form+" [name=state]", "Maharashtra")
	p.Fill(form+" [name=reason]", "harvest season")
	p.Choose(form+" [name=until]", "2020-01-01T00:00")
	p.Allow(`status of 4\d\d`)
	p.Send(form)
	p.Sees("must be in the future")
	if got := desktest.Value[string](p, `document.querySelector("[name=reason]").value + document.querySelector("[name=service]").value`); got != "harvest season45" {
		t.Errorf("the form forgot what was typed: %q", got)
	}
	sound(p, "plans-new-refused")
	p.Choose(form+" [name=until]", "")
	p.Send(form)

	// The preview, before anything happens.
	p.Sees("would be changed. Nothing has changed yet")
	p.Sees("Pune, Maharashtra")
	sound(p, "plan-draft")
	path := p.At()
	plan, err := a.Operator.Plan(t.Context(), strings.TrimPrefix(path, "/plans/"))
	if err != nil || plan.Counts.Items < 20 || plan.Reason != "harvest season" {
		t.Fatalf("the plan is %+v: %v", plan, err)
	}
	p.Allow(`status of 4\d\d`)
	form = unfold(p, path+"/confirm")
	p.Fill(form+" [name=count]", "3")
	p.Send(form)
	p.Sees("the number of changes")
	p.Fill(form+" [name=count]", strconv.Itoa(plan.Counts.Items))
	p.Send(form)
	p.Sees("It is done")
	sound(p, "plan-applied")

	// Undone, but for what somebody has changed since.
	code := firstDone(t, a.Operator, plan.ID)
	if _, err := a.Operator.ChangeService(t.Context(), code, "45", "deactivate", switchboard.ServiceCommand{}); err != nil {
		t.Fatal(err)
	}
	p.Send(unfold(p, path+"/undo"))
	p.Sees("It was undone")
	p.Leave(func() { p.Press(`a[href="` + path + `?state=kept"]`) })
	p.Sees("It was changed since")
	p.Sees(code)
	sound(p, "plan-undone")
	if _, err := a.Operator.Agent(t.Context(), codes[0], 0); err != nil {
		t.Fatal(err)
	}
	p.Open("/plans")
	p.Sees("1 kept")
	sound(p, "plans")
}

// firstDone is the agent of the first item that a plan has done.
func firstDone(t *testing.T, op *switchboard.Operator, id string) string {
	t.Helper()
	page, err := op.PlanItems(t.Context(), id, switchboard.PlanItemQuery{State: "done", Limit: 1})
	if err != nil || len(page.Items) == 0 {
		t.Fatalf("nothing was done: %v", err)
	}
	return page.Items[0].UserCode
}

// give puts a file into a field as if somebody had chosen it.
func give(p *desktest.Person, selector, name, content string) {
	quoted := strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(content)
	desktest.Value[bool](p, `(() => { const files = new DataTransfer(); files.items.add(new File(["`+quoted+`"], "`+name+`", {type: "text/csv"})); document.querySelector('`+selector+`').files = files.files; return true })()`)
}

func TestPlanOfFile(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	codes := stalls(t, a, 4)
	p.Open("/plans/new?action=block&source=file")
	form := unfold(p, "/plans")
	p.Choose(form+" [name=owner]", "compliance")
	p.Fill(form+" [name=reason]", "papers are missing")
	p.Send(form)
	p.Sees("Send the file")
	path := p.At()
	sound(p, "plan-file")

	// It can be left at that.
	p.Send(unfold(p, path+"/discard"))
	p.Sees("It was discarded")
	p.Open("/plans/new?action=block&source=file")
	p.Choose(form+" [name=owner]", "compliance")
	p.Fill(form+" [name=reason]", "papers are missing")
	p.Send(form)
	path = p.At()

	// A file with another header is no plan, and says why.
	p.Allow(`status of 4\d\d`)
	give(p, `[name=file]`, "agents.csv", "agent,code\n1,2\n")
	p.Press(`form[data-upload] button.main`)
	p.Sees("code is no column")
	p.Axe()
	give(p, `[name=file]`, "agents.csv", "user_code,service_code\n"+codes[0]+",\n"+codes[1]+",45\nnobody,\n")
	p.Leave(func() { p.Press(`form[data-upload] button.main`) })
	p.Sees("Next: look at it, then confirm 2 changes")
	p.Sees("The file was read")
	p.Leave(func() { p.Press(`a[href="` + path + `?state=refused"]`) })
	p.Sees("nobody")
	sound(p, "plan-file-draft")
	p.Send(unfold(p, path+"/confirm"))
	p.Sees("It is done")
	blocks, err := a.Operator.Blocks(t.Context(), switchboard.BlockQuery{Agent: codes[0]})
	if err != nil || len(blocks.Items) != 1 || blocks.Items[0].Owner != "compliance" {
		t.Errorf("the blocks are %+v: %v", blocks.Items, err)
	}
}

func TestPlanStopped(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	stalls(t, a, 12)
	made := func(pace int) string {
		plan, err := a.Operator.MakePlan(t.Context(), switchboard.NewPlan{Action: "activate", Filter: switchboard.PlanFilter{Service: "45", Partner: sandbox.PartnerID}, Pace: pace})
		if err != nil {
			t.Fatal(err)
		}
		return "/plans/" + plan.ID
	}
	path := made(1)
	p.Open(path)
	p.Send(unfold(p, path+"/confirm"))
	p.Sees("It is at work")
	p.Wait(`document.querySelector("progress")?.value > 0`)
	sound(p, "plan-applying")
	p.Send(unfold(p, path+"/stop"))
	p.Sees("It was stopped half way")
	sound(p, "plan-stopped")
	p.Send(unfold(p, path+"/resume"))
	p.Sees("It goes on")
	p.Send(unfold(p, path+"/stop"))
	p.Sees("It was stopped half way")
	p.Send(unfold(p, path+"/undo"))
	p.Sees("It was undone")

	path = made(0)
	p.Open(path)
	p.Send(unfold(p, path+"/discard"))
	p.Sees("It was discarded")
	sound(p, "plan-discarded")

	// Who may not confirm is told who may, and sees no button.
	path = made(0)
	p.SignIn(sandbox.ReviewerName, sandbox.OperatorPassword)
	p.Open(path)
	p.Sees("An administrator confirms it")
	if p.Has(`form[action$="/confirm"]`) {
		t.Error("a reviewer is shown the form to confirm")
	}
}
