package main

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// channelSecret runs a command that prints a new secret of a channel, and from then on watches that
// nothing else does.
func (s *shell) channelSecret(args ...string) (issued switchboard.IssuedSecret) {
	s.t.Helper()
	s.into(&issued, args...)
	if issued.Channel == "" || issued.SecretID == "" || issued.Secret == "" {
		s.t.Fatalf("%v gave %+v", args, issued)
	}
	s.secrets = append(s.secrets, issued.Secret)
	return issued
}

// The whole life of channels, members and ladders, which must be the same whether a server runs or not.
func TestTheMobileFlow(t *testing.T) {
	bothWays(t, func(s *shell) {
		s.flowOfChannels()
		s.flowOfMemberFiles()
		pins := s.flowOfMembers()
		s.flowOfLadders()
		golden(s.t, "flow/mobile", requestIDs.ReplaceAllString(s.log.String(), "ID"))
		masks := regexp.MustCompile(`…\d+`)
		for _, pin := range pins {
			if regexp.MustCompile(`\b` + pin + `\b`).MatchString(masks.ReplaceAllString(s.log.String(), "")) {
				s.t.Error("a PIN is printed again")
			}
		}
	})
}

func (s *shell) flowOfChannels() {
	first := s.channelSecret("channel", "add", "ussd", "--name", "USSD gateway", "--address", "196.201.214.0/24, 192.0.2.7", "--rate", "50", "--burst", "100")
	second := s.channelSecret("channel", "rotate", "ussd", "--overlap", "1h")
	s.channelSecret("channel", "add", "app.backend")
	s.run("channel", "list")
	s.run("channel", "set", "ussd", "--rate", "0.5")
	s.run("channel", "set", "ussd", "--rate", "0.5")
	s.run("channel", "set", "ussd", "--address", "", "--name", "")
	s.try("channel", "rotate", "ussd")
	s.run("channel", "revoke", "ussd", first.SecretID)
	s.run("channel", "revoke", "ussd", first.SecretID)
	s.run("channel", "list")
	s.run("channel", "list", "--json")
	s.run("channel", "revoke", "app.backend")
	s.run("channel", "revoke", "app.backend")
	s.try("channel", "rotate", "app.backend")
	s.try("channel", "add", "app.backend")
	s.try("channel", "add", "USSD", "--address", "here", "--rate=-1")
	s.try("channel", "add", sandbox.ChannelID)
	s.try("channel", "add", "x", "--rate", "NaN")
	s.try("channel", "set", "ussd")
	s.try("channel", "set", "nobody", "--name", "x")
	s.try("channel", "set", "ussd", "--address", "10.0.0.0/33")
	s.try("channel", "rotate", "ussd", "--overlap", "soon")
	s.try("channel", "revoke", "ussd", second.SecretID+"0")
	s.try("channel", "revoke", "nobody")
}

func (s *shell) flowOfMemberFiles() {
	const file, more = "testdata/flow/members.csv", "testdata/flow/more-members.ndjson"
	s.try("member", "import", file, "--dry-run")
	s.run("member", "list")
	s.try("member", "import", file)
	s.try("member", "import", file, "--json")
	report := filepath.Join(filepath.Dir(s.data), "refused.csv")
	s.try("member", "import", more, "--report", report)
	b, err := os.ReadFile(report)
	if err != nil {
		s.t.Fatal(err)
	}
	s.log.Write(b)
	s.try("member", "import", "-")
	s.try("member", "import", "no-such-file.csv")
	s.run("member", "list", "--limit", "2")
	s.run("member", "list", "--after", "254712345602", "--all", "--json")
}

// flowOfMembers gives the PINs that were issued.
func (s *shell) flowOfMembers() (pins []string) {
	const msisdn = "254712345678"
	s.run("member", "add", msisdn, "--name", "John Doe", "--number", "012939", "--identity-type", "NATIONAL_ID", "--identity", "23994857", "--imsi", "639020000000001")
	s.try("member", "add", msisdn, "--name", "John Doe")
	s.try("member", "add", "254712345679", "--name", "Jane", "--number", "012939")
	s.try("member", "add", "+254712345679", "--name", "Jane", "--identity", "1", "--imsi", "sim")
	s.try("member", "add", "254712345679")
	s.run("member", "show", msisdn)
	var page switchboard.Page[switchboard.IssuedPIN]
	s.into(&page, "member", "issue-pin", msisdn, "254712345601", "--reason", "new member")
	for _, x := range page.Items {
		pins = append(pins, x.PIN)
	}
	if len(pins) != 2 || page.Items[0].MSISDN != msisdn || page.Items[1].MSISDN != "254712345601" {
		s.t.Fatalf("issued for %d members", len(pins))
	}
	s.try("member", "issue-pin", msisdn)
	s.try("member", "issue-pin", msisdn, msisdn, "--reason", "twice")
	s.try("member", "issue-pin", "254700000000", "--reason", "nobody")
	s.run("member", "bind", msisdn, "--app-id", "1099200912931023", "--reason", "seen at the desk")
	s.run("member", "bind", msisdn, "--app-id", "1099200912931023", "--reason", "seen at the desk")
	s.run("member", "bind", msisdn, "--imsi", "639020000000009", "--reason", "new SIM")
	s.try("member", "bind", msisdn, "--imsi", "12", "--reason", "x")
	s.try("member", "bind", msisdn, "--reason", "x")
	s.try("member", "bind", msisdn, "--imsi", "639020000000009")
	s.run("member", "unbind", msisdn, "--reason", "phone stolen")
	s.run("member", "unbind", msisdn, "--reason", "phone stolen")
	s.run("member", "unbind", msisdn, "--device", "all", "--reason", "SIM stolen too")
	s.try("member", "unbind", msisdn, "--device", "phone", "--reason", "x")
	s.try("member", "unbind", msisdn)
	s.run("member", "unlock", msisdn, "--reason", "asked for it")
	s.try("member", "unlock", "254700000000", "--reason", "nobody")
	s.run("member", "status", msisdn, "closed", "--reason", "left")
	s.run("member", "status", msisdn, "closed", "--reason", "left")
	s.try("member", "status", msisdn, "asleep", "--reason", "x")
	s.try("member", "status", msisdn, "open")
	s.run("member", "show", msisdn)
	s.run("member", "show", msisdn, "--events", "1", "--json")
	s.try("member", "show", "nobody")
	return pins
}

func (s *shell) flowOfLadders() {
	const file = "testdata/flow/ladders.xml"
	s.run("member", "ladder", "show")
	s.run("member", "ladder", "set", "otp", "--step", "LOCKED=5:lock", "--step", "WARNED=3:WARN", "--dry-run")
	s.run("member", "ladder", "set", "OTP", "--step", "LOCKED=5:LOCK", "--step", "WARNED=3:WARN")
	s.run("member", "ladder", "set", "OTP", "--step", "LOCKED=5:LOCK", "--step", "WARNED=3:WARN")
	s.run("member", "ladder", "set", "OTP", "--every", "2:WAIT:SUSPEND:48h", "--json")
	s.run("member", "ladder", "show", "OTP")
	s.run("member", "ladder", "show", "otp", "--xml")
	s.run("member", "ladder", "show", "OTP", "--json")
	s.run("member", "ladder", "import", file, "--dry-run")
	s.run("member", "ladder", "import", file, "--type", "otp")
	s.run("member", "ladder", "import", file)
	s.run("member", "ladder", "import", file, "--type", "OTP", "--json")
	s.try("member", "ladder", "import", "no-such-file.xml")
	s.try("member", "ladder", "import", "testdata/flow/members.csv")
	s.try("member", "ladder", "show", "PIN")
	s.try("member", "ladder", "show", "--xml")
	s.try("member", "ladder", "show", "OTP", "--xml", "--json")
	s.try("member", "ladder", "set", "PIN", "--step", "A=1:LOCK")
	s.try("member", "ladder", "set", "OTP")
	s.try("member", "ladder", "set", "OTP", "--step", "A:1:LOCK")
	s.try("member", "ladder", "set", "OTP", "--every", "A=1:LOCK")
	s.try("member", "ladder", "set", "OTP", "--step", "A=1:WARN", "--step", "A=1:SUSPEND:a day")
}

func TestSecretsAreShownOnce(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	for name, args := range map[string][]string{
		"add":    {"channel", "add", "ussd"},
		"rotate": {"channel", "rotate", "app"},
	} {
		if name == "rotate" {
			s.try("channel", "add", "app")
		}
		r := s.run(args...)
		found := regexp.MustCompile(`(?m)^  password +(\S{32,})$`).FindStringSubmatch(r.out)
		if found == nil || !strings.Contains(r.out, "Store the password now. It is not shown again.") || r.err != "" {
			t.Fatalf("%s: %s", name, r.whole())
		}
		s.secrets = append(s.secrets, found[1])
		s.run("channel", "list")
	}
}

func TestPINsForPeopleAndForPrinters(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	s.run("member", "add", "254712345601", "--name", "A")
	s.run("member", "add", "254712345", "--name", "B")
	r := s.run("member", "issue-pin", "254712345601", "254712345", "--reason", "new")
	if !regexp.MustCompile(`^MEMBER           PIN\n254712345601     \d{4}\n254712345        \d{4}\n$`).MatchString(r.out) || !strings.Contains(r.err, "not shown again") {
		t.Errorf("for people: %s", r.whole())
	}
	r = s.run("member", "issue-pin", "254712345601", "--csv", "--reason", "new")
	if rows, err := csv.NewReader(strings.NewReader(r.out)).ReadAll(); err != nil || len(rows) != 2 || !slices.Equal(rows[0], []string{"msisdn", "pin"}) || r.err != "" {
		t.Errorf("for a printer: %v, %s", err, r.whole())
	}
}

// What was issued before something went wrong is told, and what was not is said to be not.
func TestPINsFromStandardInput(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("init")
	for i := 1; i <= 3; i++ {
		s.run("member", "add", fmt.Sprintf("25471234560%d", i), "--name", "A")
	}
	for name, row := range map[string]struct {
		in, args string
		code     int
		out, err string // patterns
	}{
		"lines":        {"254712345601\r\n\n 254712345602\n254712345603", "--csv", exitOK, `^msisdn,pin\n(25471234560\d,\d{4}\n){3}$`, `^$`},
		"one unknown":  {"254712345601\n254700000000\n254712345603\n", "", exitFailed, `^MEMBER.*\n(25471234560[13]  .*\n){2}$`, `(?s)^254700000000: .*1 of 3 members got no PIN.*for them alone`},
		"as JSON":      {"254712345601\n254700000000\n", "--json", exitFailed, `(?s)^\{"items": \[\n  \{"msisdn":"254712345601","pin":"\d{4}"\}\n\]\}\n$`, `^\{"msisdn":"254700000000","reason":".*"\}\n\{"error":`},
		"all unknown":  {"254700000000\n254700000001\n", "--json", exitFailed, `^$`, `2 of 2 members got no PIN`},
		"twice":        {"254712345601\n254712345602\n254712345601\n", "", exitUsage, `^$`, `"254712345601" stands there twice`},
		"nobody":       {"\n", "", exitFailed, `^$`, `no phone number on standard input`},
		"reason to go": {"254712345601\n254712345602\n", "--reason=" + strings.Repeat("x", 201), exitFailed, `^$`, `reason is required`},
	} {
		t.Run(name, func(t *testing.T) {
			tm := terminal{in: row.in}
			args := append([]string{"member", "issue-pin", "-", "--data", s.data, "--reason", "letters"}, strings.Fields(row.args)...)
			r := tm.run(args...)
			if r.code != row.code || !regexp.MustCompile(row.out).MatchString(r.out) || !regexp.MustCompile(row.err).MatchString(r.err) {
				t.Errorf("got %s", r.whole())
			}
		})
	}
}

// A server that gives out in the middle: what it issued is printed, and where to go on is said.
func TestPINsThatStopHalfWay(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			fmt.Fprint(w, `{"msisdn":"254712345601","pin":"4826"}`)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"error":{"code":"unavailable","message":"Too many calls wait."}}`)
	}))
	t.Cleanup(srv.Close)
	tm := terminal{env: map[string]string{"SWITCHBOARD_TOKEN": "any", "SWITCHBOARD_SERVER": srv.URL}}
	r := tm.run("member", "issue-pin", "254712345601", "254712345602", "254712345603", "--csv", "--reason", "letters")
	if r.code != exitFailed || r.out != "msisdn,pin\n254712345601,4826\n" || asked.Load() != 2 ||
		!strings.Contains(r.err, "Too many calls wait.") || !strings.Contains(r.err, "It stopped at 254712345602: 1 of 3 PINs") {
		t.Errorf("got %s", r.whole())
	}
}

// A member whom wrong PINs have suspended is seen to be so, and let in again by the desk.
func TestTheDeskLiftsASuspension(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	s := shell{t: t, data: a.Config.Data}
	mobile := switchboard.NewMobileClient(a.URL, sandbox.ChannelID, sandbox.ChannelSecret)
	login := func(pin switchboard.Secret) switchboard.MobileStatus {
		r, err := mobile.Login(t.Context(), switchboard.LoginRequest{MSISDN: sandbox.MSISDN, PIN: pin,
			Device: switchboard.Device{Type: "APP_ID", ID: sandbox.AppID}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Status
	}
	for range 4 {
		login("9999")
	}
	if list := s.run("member", "list", "--limit", "1").out; !regexp.MustCompile(sandbox.MSISDN + `.* chosen +suspended `).MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}
	show := s.run("member", "show", sandbox.MSISDN).out
	if !regexp.MustCompile(`bound devices +4 +FIRST_SUSPENSION +suspended until \d{4}-`).MatchString(show) || login(sandbox.PIN) != switchboard.MobileSuspended {
		t.Errorf("the member is\n%s", show)
	}
	if r := s.run("member", "unlock", sandbox.MSISDN, "--reason", "seen at the desk"); !strings.Contains(r.out, "free of blocks now") {
		t.Errorf("unlocked: %s", r.whole())
	}
	if got := login(sandbox.PIN); got != switchboard.MobileSuccess {
		t.Errorf("the login of an unlocked member is %s", got)
	}
}
