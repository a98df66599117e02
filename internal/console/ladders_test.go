package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/desktest"
)

// TestLadder changes a ladder: what would change is seen first, and nothing has changed until it is said so.
func TestLadder(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/ladders")
	p.Sees("Wrong PINs")
	looked(p, "ladders")
	p.Leave(func() { p.Press(`main a[href="/ladders/PASSWORD"]`) })
	looked(p, "ladder")

	const form = `main form[action="/ladders/PASSWORD"]`
	p.Allow("400")
	p.Fill(form+` [name="step.0.attempts"]`, "5")
	p.Send(form)
	p.Sees("must be in order of attempts")
	if got := value(p, form+` [name="step.0.attempts"]`); got != "5" {
		t.Errorf("the form forgot the attempts: %q", got)
	}
	p.Fill(form+` [name="step.0.attempts"]`, "3")
	p.Fill(form+` [name="step.0.flag"]`, "BE_CAREFUL")
	p.Send(form)
	p.Sees("Nothing has changed yet")
	p.Sees("BE_CAREFUL")
	looked(p, "ladder-preview")
	if l := ladder(t, a.Operator, "PASSWORD"); l.Steps[0].Attempts != 2 {
		t.Errorf("what was only looked at was done: %+v", l)
	}
	p.Leave(func() { p.Press(`main button[value=edit]`) })
	if got := value(p, form+` [name="step.0.flag"]`); got != "BE_CAREFUL" {
		t.Errorf("what was to be edited further was lost: %q", got)
	}
	p.Send(form)
	p.Leave(func() { p.Press(`main button[value=save]`) })
	p.Sees("The ladder is changed")
	if l := ladder(t, a.Operator, "PASSWORD"); l.Steps[0].Attempts != 3 || l.Steps[0].Flag != "BE_CAREFUL" || len(l.Steps) != 5 || l.Every != 2 {
		t.Errorf("%+v", l)
	}
}

func ladder(t *testing.T, op *switchboard.Operator, security string) switchboard.Ladder {
	t.Helper()
	list, err := op.Ladders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.Security == security {
			return l
		}
	}
	t.Fatal("there is no such ladder")
	return switchboard.Ladder{}
}

// TestLadderXML takes a ladder out as a file and another one in.
func TestLadderXML(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	p.Open("/ladders")
	document := desktest.Value[string](p, `fetch("/ladders/OTP/xml").then(r => r.text())`)
	if !strings.Contains(document, "FIRST_WARNING") {
		t.Fatalf("the file says %s", document)
	}
	form := opened(p, "/ladders/import")
	p.Allow("400")
	p.Send(form)
	p.Sees("Choose the file")

	file := filepath.Join(t.TempDir(), "ladders.xml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(document, "FIRST_WARNING", "CAREFUL_NOW")), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Do(chromedp.SetUploadFiles(chromedp.CSS(form+" [name=file]"), []string{file}))
	p.Send(form)
	p.Sees("CAREFUL_NOW")
	p.Leave(func() { p.Press(`main button[value=save]`) })
	p.Sees("The ladder is changed")
	if l := ladder(t, a.Operator, "OTP"); l.Steps[0].Flag != "CAREFUL_NOW" {
		t.Errorf("%+v", l)
	}
	p.Allow("404")
	p.Open("/ladders/NONSENSE")
	p.Sees("There is no page at this address")
}
