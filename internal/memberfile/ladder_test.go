package memberfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
)

// published is the default ladder as it is published, out of order and with a comment.
const published = `<ATTEMPTS NAME='DEFAULT_SUSPEND' ACTION='SUSPEND' STEP='2' DURATION='30' UNIT='DAY' NOTIFY='YES'>
	<ATTEMPT NAME='FIRST_WARNING' ACTION='WARN' NOTIFY='NO'>2</ATTEMPT>
	<!-- an hour, and then a day -->
	<ATTEMPT NAME='SECOND_SUSPENSION' ACTION='SUSPEND' DURATION='24' UNIT='HOUR' NOTIFY='YES' RESET_OTP='YES'>6</ATTEMPT>
	<ATTEMPT NAME='FIRST_SUSPENSION' ACTION='SUSPEND' DURATION='60' UNIT='MINUTE' NOTIFY='YES'>4</ATTEMPT>
	<ATTEMPT NAME="SECOND_WARNING" ACTION="WARN"> 5 </ATTEMPT>
	<ATTEMPT NAME='THIRD_WARNING' ACTION='WARN'>7</ATTEMPT>
</ATTEMPTS>`

// locking locks at the third attempt, and says nothing of further ones.
const locking = `<ATTEMPTS NAME='DEFAULT_LOCK' ACTION='LOCK'><ATTEMPT NAME='LOCK' ACTION='LOCK'>3</ATTEMPT></ATTEMPTS>`

func lock(s member.Security) member.Ladder {
	return member.Ladder{Security: s, Steps: []member.Step{{Attempts: 3, Flag: "LOCK", Action: member.Lock}}}
}

func TestReadLadders(t *testing.T) {
	t.Parallel()
	password, otp := member.DefaultLadder(member.Password), lock(member.OTP)
	both := "<?xml version='1.0' encoding='UTF-8'?>\n<A><ATTEMPTS other='x'><ANYTHING/></ATTEMPTS><B><PASSWORD_ATTEMPT_PARAMETERS>" + published +
		"</PASSWORD_ATTEMPT_PARAMETERS></B><OTP_ATTEMPT_PARAMETERS><C>" + locking + "</C></OTP_ATTEMPT_PARAMETERS></A>\n"
	for name, row := range map[string]struct {
		text string
		only member.Security
		want []member.Ladder
	}{
		"alone, for PINs":         {published, member.Password, []member.Ladder{password}},
		"alone, for OTPs":         {published, member.OTP, []member.Ladder{member.DefaultLadder(member.OTP)}},
		"marked":                  {"\ufeff" + published, member.Password, []member.Ladder{password}},
		"no further step":         {locking, member.OTP, []member.Ladder{otp}},
		"no further step, 0":      {strings.Replace(locking, "ACTION", "STEP='0' ACTION", 1), member.OTP, []member.Ladder{otp}},
		"no attributes":           {strings.Replace(locking, " NAME='DEFAULT_LOCK' ACTION='LOCK'", "", 1), member.OTP, []member.Ladder{otp}},
		"empty attributes":        {strings.Replace(locking, "<ATTEMPT NAME", "<ATTEMPT DURATION='' UNIT='' NAME", 1), member.OTP, []member.Ladder{otp}},
		"a name space":            {strings.Replace(locking, "<ATTEMPTS", "<ATTEMPTS xmlns='urn:x' xmlns:y='urn:y'", 1), member.OTP, []member.Ladder{otp}},
		"both":                    {both, "", []member.Ladder{password, otp}},
		"the first of both":       {both, member.Password, []member.Ladder{password}},
		"the second of both":      {both, member.OTP, []member.Ladder{otp}},
		"named by the root":       {"<OTP_ATTEMPT_PARAMETERS>" + locking + "</OTP_ATTEMPT_PARAMETERS>", "", []member.Ladder{otp}},
		"the nearest says it":     {"<PASSWORD_ATTEMPT_PARAMETERS><OTP_ATTEMPT_PARAMETERS>" + locking + "</OTP_ATTEMPT_PARAMETERS></PASSWORD_ATTEMPT_PARAMETERS>", "", []member.Ladder{otp}},
		"what is not asked for":   {strings.Replace(both, "'24'", "'x'", 1), member.OTP, []member.Ladder{otp}},
		"only what follows":       {"<ATTEMPTS NAME='N' ACTION='LOCK' STEP='3'/>", member.OTP, []member.Ladder{{Security: member.OTP, Every: 3, Further: member.Step{Flag: "N", Action: member.Lock}}}},
		"an hour of seconds":      {strings.Replace(locking, "ACTION='LOCK'>", "ACTION='SUSPEND' DURATION='3600' UNIT='SECOND'>", 2), member.OTP, nil},
		"characters by reference": {strings.Replace(locking, "NAME='LOCK'", "NAME='A&amp;&#66;'", 1), member.OTP, []member.Ladder{{Security: member.OTP, Steps: []member.Step{{Attempts: 3, Flag: "A&B", Action: member.Lock}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if row.want == nil {
				row.want = []member.Ladder{{Security: member.OTP, Steps: []member.Step{{Attempts: 3, Flag: "LOCK", Action: member.Suspend, For: time.Hour}}}}
			}
			got, err := ReadLadders(iotest.OneByteReader(strings.NewReader(row.text)), row.only)
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, row.want)
			}
		})
	}
}

func TestLaddersThatAreRefused(t *testing.T) {
	t.Parallel()
	const first = "<ATTEMPT NAME='FIRST_WARNING' ACTION='WARN' NOTIFY='NO'>2</ATTEMPT>"
	with := func(s string) string { return strings.Replace(published, first, s, 1) }
	from := func(old, new string) string { return strings.Replace(published, old, new, 1) }
	below := func(s string) string {
		return "<A><PASSWORD_ATTEMPT_PARAMETERS>" + s + "</PASSWORD_ATTEMPT_PARAMETERS></A>"
	}
	for name, row := range map[string]struct {
		only       member.Security
		text, says string
	}{
		"no kind":         {"", published, "name it: PASSWORD or OTP"},
		"another kind":    {"PIN", published, `PASSWORD or OTP, not for "PIN"`},
		"not there":       {"OTP", below(published), "no ATTEMPTS below OTP_ATTEMPT_PARAMETERS"},
		"not there, too":  {"PASSWORD", "<A>" + published + "</A>", "no ATTEMPTS below PASSWORD_ATTEMPT_PARAMETERS"},
		"none":            {"", "<A/>", "below PASSWORD_ATTEMPT_PARAMETERS or OTP_ATTEMPT_PARAMETERS"},
		"nothing":         {"", "", "no ATTEMPTS"},
		"twice":           {"", below(locking + locking), "two ATTEMPTS for PASSWORD"},
		"not XML":         {"OTP", "msisdn,full_name\n", "outside the document's element"},
		"cut short":       {"OTP", published[:200], "malformed in line 3 (unexpected EOF)"},
		"cut, outside":    {"OTP", below(locking)[:50] + "<", "malformed"},
		"crossed":         {"OTP", "<A><B></A></B>", "malformed in line 1"},
		"two roots":       {"OTP", locking + locking, "put one around both"},
		"text behind":     {"OTP", locking + "x", "outside the document's element"},
		"another charset": {"OTP", "<?xml version='1.0' encoding='ISO-8859-1'?>" + locking, "save it as UTF-8"},
		"a document type": {"OTP", "<!DOCTYPE A [<!ENTITY e '3'>]>" + locking, "take the <!…> declaration out"},
		"an entity":       {"OTP", strings.Replace(locking, ">3<", ">&three;<", 1), "malformed in line 1 (invalid character entity &three;)"},
		"too large":       {"OTP", locking + strings.Repeat(" ", maxLadders), "larger than 1048576 bytes"},

		"a duplicate":          {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>4</ATTEMPT>"), `The ATTEMPT "X" and the ATTEMPT "FIRST_SUSPENSION" are both for 4 attempts`},
		"no number":            {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'></ATTEMPT>"), `Line 2: The ATTEMPT "X" holds ""`},
		"no whole number":      {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>2.5</ATTEMPT>"), `holds "2.5"`},
		"a sign":               {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>+2</ATTEMPT>"), `holds "+2"`},
		"zero attempts":        {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>0</ATTEMPT>"), `holds "0"`},
		"too many attempts":    {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>1000001</ATTEMPT>"), "The ladder for OTP: Please correct: steps must be in order"},
		"an endless number":    {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'>99999999999999999999</ATTEMPT>"), `holds "99999999999999999999"`},
		"an element in it":     {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN'><N>2</N></ATTEMPT>"), `has an element "N" in it`},
		"no name":              {"OTP", with("<ATTEMPT NAME=' ' ACTION='WARN'>2</ATTEMPT>"), "Line 2: The ATTEMPT has no NAME"},
		"a long name":          {"OTP", with("<ATTEMPT NAME='" + strings.Repeat("x", 101) + "' ACTION='WARN'>2</ATTEMPT>"), "flag is required for every step"},
		"no action":            {"OTP", with("<ATTEMPT NAME='X'>2</ATTEMPT>"), `"X" has the ACTION ""; it must be NONE`},
		"unknown action":       {"OTP", with("<ATTEMPT NAME='X' ACTION='warn'>2</ATTEMPT>"), `has the ACTION "warn"`},
		"no duration":          {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND'>2</ATTEMPT>"), `"X" has the ACTION SUSPEND; SUSPEND, and nothing else, has a DURATION`},
		"a duration of zero":   {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' DURATION='0' UNIT='DAY'>2</ATTEMPT>"), `"X" has the ACTION SUSPEND`},
		"duration of a lock":   {"OTP", with("<ATTEMPT NAME='X' ACTION='LOCK' DURATION='1' UNIT='DAY'>2</ATTEMPT>"), `"X" has the ACTION LOCK`},
		"no unit":              {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' DURATION='1'>2</ATTEMPT>"), `the DURATION "1" and the UNIT ""`},
		"unknown unit":         {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' DURATION='1' UNIT='WEEK'>2</ATTEMPT>"), `the UNIT "WEEK"`},
		"a unit alone":         {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' UNIT='DAY'>2</ATTEMPT>"), `the DURATION "" and the UNIT "DAY"`},
		"an endless duration":  {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' DURATION='2000000000' UNIT='DAY'>2</ATTEMPT>"), `the DURATION "2000000000"`},
		"a long duration":      {"OTP", with("<ATTEMPT NAME='X' ACTION='SUSPEND' DURATION='4000' UNIT='DAY'>2</ATTEMPT>"), "from 1 second to ten years (X)"},
		"unknown attribute":    {"OTP", with("<ATTEMPT NAME='X' ACTION='WARN' STEP='2'>2</ATTEMPT>"), `"X" has the attribute "STEP", which is none of NAME, ACTION, DURATION`},
		"attribute twice":      {"OTP", with("<ATTEMPT NAME='X' NAME='Y' ACTION='WARN'>2</ATTEMPT>"), `has the attribute "NAME" twice`},
		"another element":      {"OTP", with("<TRY NAME='X'>2</TRY>"), `There is a "TRY" in ATTEMPTS`},
		"text between":         {"OTP", with("2"), `There is text in ATTEMPTS beside its ATTEMPT elements: "2"`},
		"misspelled step":      {"OTP", from("STEP=", "STEPS="), `The ATTEMPTS "DEFAULT_SUSPEND" has the attribute "STEPS", which is none of STEP, NAME`},
		"step is no number":    {"OTP", from("STEP='2'", "STEP='x'"), `The ATTEMPTS "DEFAULT_SUSPEND" has the STEP "x"`},
		"further has no name":  {"OTP", from(" NAME='DEFAULT_SUSPEND'", ""), "Line 1: The ATTEMPTS has no NAME"},
		"further has no end":   {"OTP", from(" DURATION='30' UNIT='DAY'", ""), `The ATTEMPTS "DEFAULT_SUSPEND" has the ACTION SUSPEND`},
		"further, bad action":  {"OTP", strings.Replace(locking, "'LOCK'", "'LOCKED'", 1), `The ATTEMPTS "DEFAULT_LOCK" has the ACTION "LOCKED"`},
		"nothing stops anyone": {"OTP", strings.Replace(locking, "'LOCK'>3", "'WARN'>3", 1), "The ladder for OTP: Please correct: steps must end by suspending or locking"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadLadders(strings.NewReader(row.text), row.only)
			if got != nil || !fault.Is(err, fault.Invalid) || !strings.Contains(fault.As(err).Message, row.says) {
				t.Errorf("got %+v, %v\nwant %q", got, err, row.says)
			}
		})
	}
}

func TestALadderThatBreaksOff(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line went dead")
	_, err := ReadLadders(io.MultiReader(strings.NewReader(locking), iotest.ErrReader(broken)), member.OTP)
	if !errors.Is(err, broken) || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

// written is a ladder as WriteLadder writes it.
func written(t *testing.T, l member.Ladder) string {
	t.Helper()
	var b strings.Builder
	if err := WriteLadder(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteLadder(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "ladder.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, member.DefaultLadder(member.Password)); got != string(golden) {
		t.Errorf("got\n%s\nwant\n%s", got, golden)
	}
	broken := errors.New("the pipe is closed")
	if err := WriteLadder(brokenWriter{broken}, lock(member.OTP)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestLaddersComeBack(t *testing.T) {
	t.Parallel()
	rungs := member.Ladder{Security: member.OTP, Steps: []member.Step{{Attempts: 1, Flag: `<'A'> & "B"`, Action: member.NoAction}}}
	for i, d := range []time.Duration{time.Second, 59 * time.Second, time.Minute, 61 * time.Second, time.Hour, 61 * time.Minute,
		24 * time.Hour, 25 * time.Hour, 48 * time.Hour, 3660 * 24 * time.Hour} {
		rungs.Steps = append(rungs.Steps, member.Step{Attempts: i + 2, Flag: d.String(), Action: member.Suspend, For: d})
	}
	for name, l := range map[string]member.Ladder{
		"default": member.DefaultLadder(member.Password), "one-time": member.DefaultLadder(member.OTP), "lock": lock(member.Password), "rungs": rungs,
		"further alone": {Security: member.OTP, Every: 3, Further: member.Step{Flag: "ü", Action: member.Lock}},
	} {
		got, err := ReadLadders(strings.NewReader(written(t, l)), "")
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], l) {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, got, err, l)
		}
	}
}

func FuzzReadLadders(f *testing.F) {
	for _, only := range []string{"PASSWORD", "OTP", ""} {
		f.Add(only, []byte(published))
		f.Add(only, []byte(locking))
		f.Add(only, []byte("<A><PASSWORD_ATTEMPT_PARAMETERS>"+published+"</PASSWORD_ATTEMPT_PARAMETERS><OTP_ATTEMPT_PARAMETERS>"+locking+"</OTP_ATTEMPT_PARAMETERS></A>"))
		f.Add(only, []byte("<!DOCTYPE A>"+locking))
	}
	f.Fuzz(func(t *testing.T, only string, text []byte) {
		ladders, err := ReadLadders(strings.NewReader(string(text)), member.Security(only))
		if err != nil {
			if ladders != nil || !fault.Is(err, fault.Invalid) {
				t.Errorf("got %+v and %v", ladders, err)
			}
			return
		}
		if len(ladders) == 0 {
			t.Error("neither a ladder nor an error")
		}
		for _, l := range ladders {
			var bad fault.Fields
			if l.Check(&bad); len(bad) > 0 || only != "" && string(l.Security) != only {
				t.Errorf("for %q came %+v, in which is wrong: %v", only, l, bad)
			}
			again, err := ReadLadders(strings.NewReader(written(t, l)), "")
			if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0], l) {
				t.Errorf("%+v comes back as %+v, %v", l, again, err)
			}
		}
	})
}
