package console_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/desktest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// fetched is what a page of the desk answers to a script, as this person.
func fetched(p *desktest.Person, path string) string {
	return desktest.Value[string](p, `fetch("`+path+`").then(a => a.text())`)
}

// stepStates are the states of the steps of a proof on a page, in their order.
func stepStates(p *desktest.Person, box string) string {
	return desktest.Value[string](p, `[...document.querySelectorAll('`+box+` [data-step]')].map(li => li.dataset.state).join(" ")`)
}

func TestAudit(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	codes := stalls(t, a, 3)
	if _, err := a.Operator.SetStanding(t.Context(), codes[1], switchboard.NewStanding{Standing: "suspended", Reason: "papers are missing"}); err != nil {
		t.Fatal(err)
	}
	p.Open("/audit")
	p.Sees("Standing changed")
	p.Live()
	sound(p, "audit")

	// Live: what somebody else changes appears, and its badge verifies itself as soon as somebody points at it.
	if _, err := a.Operator.SetStanding(t.Context(), codes[2], switchboard.NewStanding{Standing: "closed", Reason: "asked to leave"}); err != nil {
		t.Fatal(err)
	}
	p.Sees("asked to leave")
	desktest.Value[bool](p, `(document.querySelector("[data-proof]").focus(), true)`)
	p.Wait(`document.querySelector("[data-proof]").dataset.proved === "good" && document.querySelector("[data-proof]").innerText.includes("Verified")`)

	// The badge of what is not the event that the log has stays no badge; and a key that could not be had is asked for again.
	p.Open("/audit")
	desktest.Value[bool](p, `(() => {
		const orig = fetch, badges = [...document.querySelectorAll("[data-proof]")].slice(0, 3);
		window.fetch = (path, ...more) => path === "/audit/key" && !window.failed ? (window.failed = true, Promise.reject(new Error("away"))) : orig(path, ...more);
		badges[2].dataset.hash = badges[1].dataset.hash;
		badges[0].focus();
		window.badges = badges;
		return true
	})()`)
	p.Wait(`window.failed`)
	p.Wait(`(badges[1].focus(), badges[1].dataset.proved === "good")`)
	p.Wait(`(badges[2].focus(), badges[2].dataset.proved === "bad")`)

	p.Open("/audit?subject=agent:" + codes[1] + "&kind=agent.*")
	p.Sees("papers are missing")
	p.SeesNot("asked to leave")
	p.Sees("That is the beginning of the record")
	sound(p, "audit-found")
	p.Open("/audit?subject=agent:nobody")
	p.Sees("No such agent")
	p.Open("/audit?kind=agent.erased")
	p.Sees("Nothing in the record fits")
}

func TestEventProof(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	codes := stalls(t, a, 9)
	seq, err := a.Operator.LatestEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page := "/audit/events/" + strconv.FormatUint(seq-4, 10)
	p.Open(page)
	p.Wait(`document.querySelector("[data-verify]").dataset.done`)
	p.Sees("Verified: the event is in the log, unaltered")
	if got := stepStates(p, "[data-verify]"); got != "good good good good good good" {
		t.Errorf("the steps are %s", got)
	}
	p.Sees(codes[4])
	sound(p, "event")

	// Whatever is changed of a proof, the step that covers it says so.
	proof, key := fetched(p, page+"/proof"), fetched(p, "/audit/key")
	key = key[strings.Index(key, `"key":"`)+7:]
	key = key[:strings.IndexByte(key, '"')]
	p.Open("/audit/log")
	p.Sees("The key of the log")
	sound(p, "audit-log")
	try := func(text, key string) string {
		desktest.Value[bool](p, `(() => { const f = document.querySelector("form[data-check]"); delete f.dataset.done; f.elements.key.value = `+strconv.Quote(key)+`; f.elements.proof.value = `+strconv.Quote(text)+`; f.requestSubmit(); return true })()`)
		p.Wait(`document.querySelector("form[data-check]").dataset.done`)
		return stepStates(p, "form[data-check]")
	}
	if got := try(proof, key); got != "good good good good good good" {
		t.Errorf("a proof that was given: %s", got)
	}
	root := strings.Split(proof, `\n`)[2]
	for name, c := range map[string]struct{ old, new, want string }{
		"formatted anew":    {`"event":{"seq"`, `"event":{ "seq"`, "bad open open open open open"},
		"another shop":      {codes[4], codes[3], "good bad open open open open"},
		"another actor":     {`"actor":"operator:`, `"actor":"operator:x`, "good bad open open open open"},
		"another place":     {`"prev":0`, `"prev":1`, "good good bad open open open"},
		"another path":      {`"proof":["`, `"proof":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","`, "good good good bad open open"},
		"another root":      {root, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "good good good bad open open"},
		"another time":      {`\ntime 20`, `\ntime 21`, "good good good good bad open"},
		"a time elsewhere":  {`Z","prev_hash":"`, `+05:30","prev_hash":"`, "bad open open open open open"},
		"a time and more":   {`Z","prev_hash":"`, `Z, by the board","prev_hash":"`, "bad open open open open open"},
		"no hash before":    {`"prev_hash":"00`, `"prev_hash":"zz`, "bad open open open open open"},
		"another signature": {` ` + strings.Fields(proof[strings.LastIndex(proof, "— "):])[2][:12], ` AAAAAAAAAAAA`, "good good good good bad open"},
	} {
		altered := strings.Replace(proof, c.old, c.new, 1)
		if altered == proof {
			t.Errorf("%s: there is no %q in %s", name, c.old, proof)
		} else if got := try(altered, key); got != c.want {
			t.Errorf("%s: the steps are %s, want %s", name, got, c.want)
		}
	}
	p.Sees("This does not fit")
	if got := try(proof, key+"x"); got != "good good good good good bad" {
		t.Errorf("by another key: %s", got)
	}
	sound(p, "audit-log-tampered")
	p.Allow("404")
	p.Open("/audit/events/999999")
	p.Sees("There is no event 999,999")
}

func TestVerifyLog(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	stalls(t, a, 5)
	p.Open("/audit/log")
	form := `form[action="/audit/verify"]`
	p.Press(form + " [name=replay]")
	p.Press(form + " button")
	p.Sees("Everything fits")
	p.Sees("were played again")
	sound(p, "audit-verified")

	// Without scripts the answer is the page itself.
	whole := desktest.Value[string](p, `fetch("/audit/verify", {method: "POST", body: new URLSearchParams({page: "/audit/log"})}).then(a => a.text())`)
	if !strings.Contains(whole, "Everything fits") || !strings.Contains(whole, "<h1>The log and its proof</h1>") {
		t.Error("without scripts there is no report")
	}

	// By a key of another log nothing fits, and the page says so.
	p.Open("/audit/log")
	p.Press(form + " summary")
	p.Fill(form+" [name=keys]", "no key")
	p.Press(form + " button")
	p.Wait(`document.querySelector("[data-report] .fault")`)
	p.Sees("is not the public key of a log")
}

func TestExport(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	codes := stalls(t, a, 3)
	p.Open("/audit")
	whole := fetched(p, "/audit/export?form=ndjson")
	direct, err := a.Operator.Export(t.Context(), switchboard.ExportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	b, err := io.ReadAll(direct)
	if err != nil || lastLine(string(b)) != lastLine(whole) || !strings.Contains(whole, codes[0]) {
		t.Errorf("the export ends in %q, want %q: %v", lastLine(whole), lastLine(string(b)), err)
	}
	rows, err := csv.NewReader(strings.NewReader(fetched(p, "/audit/export?form=csv&agent="+codes[1]))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "agent:"+codes[1] {
		t.Errorf("the table is %q: %v", rows, err)
	}
	got := desktest.Value[string](p, `fetch("/audit/export?form=csv").then(a => a.headers.get("Content-Disposition"))`)
	if !strings.HasPrefix(got, `attachment; filename="events-`) {
		t.Errorf("the file is %s", got)
	}
	p.Allow("404")
	if status := desktest.Value[int](p, `fetch("/audit/export?agent=nobody").then(a => a.status)`); status != http.StatusNotFound {
		t.Errorf("of nobody: %d", status)
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// TestLongRecord: a search that finds little goes on by itself, and a verification tells how far it is.
func TestLongRecord(t *testing.T) {
	t.Parallel()
	a, p := desk(t)
	var file strings.Builder
	file.WriteString("user_code\n")
	for i := range 42_000 {
		file.WriteString(strconv.Itoa(70_000_000+i) + "\n")
	}
	opt := switchboard.ImportOptions{Partner: sandbox.PartnerID, Format: "csv"}
	if _, err := a.Operator.Import(t.Context(), strings.NewReader(file.String()), opt, func(switchboard.ImportLine) {}); err != nil {
		t.Fatal(err)
	}
	p.Open("/audit?kind=service.set")
	p.Wait(`document.querySelectorAll("[data-found] li").length === 10`)
	p.Sees("That is the beginning of the record")
	p.Open("/audit?kind=agent.erased")
	p.Sees("Nothing in the record fits")
	p.Open("/audit?kind=agent.onboarded")
	p.Sees("Looked back to")
	p.Leave(func() { p.Press(`[rel=next]`) })
	p.Wait(`document.querySelectorAll("[data-found] li").length === 50`)

	p.Open("/audit/log")
	desktest.Value[bool](p, `(() => { window.far = []; new MutationObserver(() => far.push(document.querySelector("p[data-far]").textContent)).observe(document.querySelector("p[data-far]"), { childList: true }); return true })()`)
	p.Press(`form[action="/audit/verify"] button`)
	p.Sees("Everything fits")
	if !desktest.Value[bool](p, `far.some(text => / of 42,\d+ events/.test(text))`) {
		t.Error("the verification does not tell how far it is")
	}
}
