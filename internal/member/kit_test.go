package member_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file. The files were read line by line against the contract; a difference
// is a change of what members and channels may do.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(text), "\n")
	block := ""
	for i, line := range strings.Split(got, "\n") {
		if strings.HasPrefix(line, "== ") {
			block = line
		}
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s differs at line %d (%s), which is now\n%s\nTo accept it: go test ./internal/member -update", path, i+1, block, line)
		}
	}
	if got != string(text) {
		t.Fatalf("%s has more lines than there are cases", path)
	}
}

// noon is when everything happens.
func noon() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

func cause(at time.Time) event.Cause {
	return event.Cause{Actor: "channel:ussd", Key: "s1", Address: "192.0.2.1", RequestID: "r1", At: at}
}

// The devices of the tests. Those called A are the member's, if any is.
var (
	simA    = member.Device{Type: member.IMSI, ID: "639021234567890"}
	appA    = member.Device{Type: member.AppID, ID: "Kf83-Qw91-Zt40-Lm27"}
	simB    = member.Device{Type: member.IMSI, ID: "639029876543210"}
	appB    = member.Device{Type: member.AppID, ID: "Xp52-Vb68-Hn13-Rd74"}
	nothing = member.Device{}

	devices = []struct {
		name string
		member.Device
	}{{"SIM A", simA}, {"app A", appA}, {"SIM B", simB}, {"app B", appB}, {"nothing", nothing}}
)

func deviceName(d member.Device) string {
	for _, x := range devices {
		if x.Device == d {
			return x.name
		}
	}
	return fmt.Sprint(d)
}

// somebody is a member with everything bound and a PIN of their own.
func somebody() member.Member {
	return member.Member{
		ID: "m-1", MSISDN: "254712345678", Number: "SACCO/012939", FullName: "Wanjiku Kamau",
		Identity: member.Identity{Type: member.NationalID, Value: "23994857"},
		IMSI:     simA.ID, AppID: appA.ID,
		PIN: member.PIN{Hash: "$argon2id$hash-of-the-pin", Chosen: true, SetAt: noon().Add(-time.Hour)},
	}
}

func rightIdentity() member.Identity {
	return member.Identity{Type: member.NationalID, Value: " 2399 4857"}
}

func wrongIdentity() member.Identity {
	return member.Identity{Type: member.NationalID, Value: "23994858"}
}

// Tallies as they are at noon.
var (
	warned    = member.Tally{Attempts: 2, Flag: "FIRST_WARNING", Action: member.Warn}
	third     = member.Tally{Attempts: 3, Flag: "FIRST_WARNING", Action: member.Warn}
	suspended = member.Tally{Attempts: 4, Flag: "FIRST_SUSPENSION", Action: member.Suspend, Until: noon().Add(time.Hour)}
	longer    = member.Tally{Attempts: 6, Flag: "SECOND_SUSPENSION", Action: member.Suspend, Until: noon().Add(2 * time.Hour)}
	over      = member.Tally{Attempts: 4, Flag: "FIRST_SUSPENSION", Action: member.Suspend, Until: noon()}
	locked    = member.Tally{Attempts: 3, Flag: "STOP", Action: member.Lock}
	imposed   = member.Tally{Flag: "FRAUD_DESK", Action: member.Lock, Imposed: true}
)

// state is a member in one of the states that make a difference.
type state struct {
	name string
	member.Member
}

// states lists them, from a new member to one whom everything stops.
func states() (list []state) {
	add := func(name string, change func(m *member.Member)) {
		m := somebody()
		change(&m)
		list = append(list, state{name, m})
	}
	add("fresh: the PIN is the issued one, no app", func(m *member.Member) { m.PIN.Chosen, m.AppID = false, "" })
	add("never issued a PIN", func(m *member.Member) { m.PIN = member.PIN{} })
	add("active", func(*member.Member) {})
	add("no app", func(m *member.Member) { m.AppID = "" })
	add("no SIM", func(m *member.Member) { m.IMSI = "" })
	add("no device", func(m *member.Member) { m.IMSI, m.AppID = "", "" })
	add("no identity", func(m *member.Member) { m.Identity = member.Identity{} })
	add("closed", func(m *member.Member) { m.Standing = member.Closed })
	add("closed and locked", func(m *member.Member) { m.Standing, m.Password = member.Closed, locked })
	add("warned", func(m *member.Member) { m.Password = warned })
	add("one attempt from the suspension", func(m *member.Member) { m.Password = third })
	add("suspended", func(m *member.Member) { m.Password = suspended })
	add("suspended, no app", func(m *member.Member) { m.Password, m.AppID = suspended, "" })
	add("suspension over", func(m *member.Member) { m.Password = over })
	add("locked", func(m *member.Member) { m.Password = locked })
	add("locked by a channel", func(m *member.Member) { m.Password = imposed })
	add("others are one attempt from the suspension", func(m *member.Member) { m.Foreign = third })
	add("others suspended", func(m *member.Member) { m.Foreign = suspended })
	add("others suspended, no app", func(m *member.Member) { m.Foreign, m.AppID = suspended, "" })
	add("others locked", func(m *member.Member) { m.Foreign = locked })
	add("others locked, suspended", func(m *member.Member) { m.Foreign, m.Password = locked, suspended })
	add("OTP suspended", func(m *member.Member) { m.OTP = suspended })
	add("OTP suspension over", func(m *member.Member) { m.OTP = over })
	add("OTP locked", func(m *member.Member) { m.OTP = locked })
	add("suspended, OTP for longer", func(m *member.Member) { m.Password, m.OTP = suspended, longer })
	add("suspended for longer than OTP", func(m *member.Member) { m.Password, m.OTP = longer, suspended })
	add("suspended, OTP locked", func(m *member.Member) { m.Password, m.OTP = suspended, locked })
	add("three wrong identities", func(m *member.Member) { m.WrongIdentities = 3 })
	return list
}

// named gives one of the states.
func named(name string) member.Member {
	for _, s := range states() {
		if s.name == name {
			return s.Member
		}
	}
	panic("no state " + name)
}

func ladders() member.Ladders {
	return member.Ladders{Password: member.DefaultLadder(member.Password), OTP: member.DefaultLadder(member.OTP)}
}

// badFields gives the names of the bad fields, in order.
func badFields(check func(*fault.Fields)) string {
	var bad fault.Fields
	check(&bad)
	var names []string
	for _, f := range bad {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

// tallyText is a tally as the golden files have it: "4 SUSPEND FIRST_SUSPENSION 13:00".
func tallyText(t member.Tally) string {
	parts := []string{fmt.Sprint(t.Attempts)}
	if t.Action != member.NoAction || t.Flag != "" {
		parts = append(parts, t.Action.String(), t.Flag)
	}
	if !t.Until.IsZero() {
		parts = append(parts, untilText(t.Until))
	}
	if t.Imposed {
		parts = append(parts, "imposed")
	}
	return strings.Join(parts, " ")
}

// untilText is a time as the golden files have it: of noon's day "13:00", of another "02 Apr 12:00".
func untilText(at time.Time) string {
	if at.YearDay() == noon().YearDay() {
		return at.Format("15:04")
	}
	return at.Format("02 Jan 15:04")
}

func refusalText(r member.Refusal, until time.Time) string {
	if until.IsZero() {
		return r.String()
	}
	return r.String() + " " + untilText(until)
}
